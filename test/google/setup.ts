// Setting the local Google up: people, calendars, shares, clients, switches and quota.
import { generateKeyPairSync } from 'node:crypto';
import type { Client } from './oauth-data.ts';
import type { Limits } from './quota.ts';
import { invalid } from './refusal.ts';
import type { Calendar, Person, Role, State } from './state.ts';
import type { Switches } from './switches.ts';
import { isZone } from './when.ts';
import type { World } from './world.ts';

const COLORS = ['#039be5', '#33b679', '#8e24aa', '#f4511e', '#f6bf26', '#0b8043', '#d50000', '#616161'];

export function setUp({ state, switches, quota }: World) {
  return {
    /** A person with a primary calendar of the same id. */
    async createPerson(of: Omit<Person, 'status'>): Promise<Person> {
      if (!isZone(of.zone)) throw invalid(`Unknown zone ${of.zone}`, '1.3');
      if (state.people.has(of.email)) throw invalid(`${of.email} exists already`, '1.1');
      const created: Person = { ...of, status: 'active' };
      state.people.set(of.email, created);
      addCalendar(state, {
        id: of.email,
        summary: of.name,
        zone: of.zone,
        owner: of.email,
        primary: true,
      });
      return created;
    },
    /** Suspended: refresh gives invalid_grant. Blocked by admin: admin_policy_enforced. */
    async setPersonStatus(of: { email: string; status: Person['status'] }): Promise<void> {
      personOf(state, of.email).status = of.status;
      state.changed();
    },
    /** A secondary calendar, or with `generated` one like Holidays: read-only and not watchable. */
    async createCalendar(of: {
      owner: string;
      summary: string;
      zone?: string;
      id?: string;
      description?: string;
      color?: string;
      generated?: boolean;
      createdBy?: string;
    }): Promise<{ id: string }> {
      const { zone = personOf(state, of.owner).zone } = of;
      const host = of.generated ? 'group.v.calendar.google.com' : 'group.calendar.google.com';
      const id = of.id ?? `c_${crypto.randomUUID().replaceAll('-', '')}@${host}`;
      addCalendar(state, { ...of, id, zone });
      return { id };
    },
    /** Gives a person a role on a calendar; `none` takes it away and drops it from their list. */
    async share(of: { calendar: string; person: string; role: Role | 'none' }): Promise<void> {
      const calendar = calendarOf(state, of.calendar);
      const { email } = personOf(state, of.person);
      const change = state.next();
      if (of.role === 'none') {
        delete calendar.roles[email];
        calendar.listings[email] = { change, deleted: true };
      } else {
        calendar.roles[email] = of.role;
        calendar.listings[email] = { change };
      }
      state.changed();
    },
    /** Deletes a secondary calendar with all its events: 404 from then on. */
    async deleteCalendar(of: { calendar: string }): Promise<void> {
      const calendar = calendarOf(state, of.calendar);
      state.calendars.delete(calendar.id);
      state.changed();
    },
    /** Name, description, zone or colour of a calendar. */
    async changeCalendar(
      of: { calendar: string } & Partial<Pick<Calendar, 'summary' | 'description' | 'zone' | 'color'>>,
    ): Promise<void> {
      const { calendar: id, ...change } = of;
      const calendar = calendarOf(state, id);
      Object.assign(calendar, change, { change: state.next() });
      state.forget(calendar);
      state.changed();
    },
    /** An OAuth client besides `DEFAULT_CLIENT`. */
    async createClient(of: Partial<Client> & Pick<Client, 'id' | 'secret'>): Promise<Client> {
      const client: Client = {
        redirectUris: [],
        loopback: true,
        testing: false,
        ...of,
      };
      state.oauth.clients[client.id] = client;
      state.changed();
      return client;
    },
    /** A service account with domain-wide delegation for `scopes`; the private key is PEM. */
    async createServiceAccount(of: { email: string; scopes: string[] }): Promise<{ privateKey: string }> {
      const { privateKey, publicKey } = generateKeyPairSync('rsa', {
        modulusLength: 2_048,
        publicKeyEncoding: { type: 'spki', format: 'pem' },
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      });
      state.oauth.serviceAccounts[of.email] = { ...of, publicKey };
      state.changed();
      return { privateKey };
    },
    async setSwitches(of: Partial<Switches>): Promise<Switches> {
      return Object.assign(switches, of);
    },
    /** Also forgets what has been used. */
    async setQuota(of: Partial<Limits>): Promise<void> {
      quota.limits = { ...quota.limits, ...of };
      quota.clear();
    },
  };
}

function addCalendar(
  state: State,
  of: {
    id: string;
    summary: string;
    zone: string;
    owner: string;
    primary?: boolean;
  } & Partial<Calendar>,
): void {
  if (state.calendars.has(of.id)) throw invalid(`${of.id} exists already`, '1.1');
  const { email } = personOf(state, of.owner);
  if (!isZone(of.zone)) throw invalid(`Unknown zone ${of.zone}`, '1.3');
  const change = state.next();
  const { owner: _, ...given } = of;
  state.calendars.set(of.id, {
    color: COLORS[state.calendars.size % COLORS.length]!,
    primary: false,
    generated: false,
    ...given,
    dataOwner: email,
    change,
    syncFloor: 0,
    roles: { [email]: of.generated ? 'reader' : 'owner' },
    listings: { [email]: { change } },
    events: new Map(),
    purged: new Set(),
  });
  state.changed();
}

export function personOf(state: State, email: string): Person {
  const found = state.people.get(email);
  if (!found) throw invalid(`No person ${email}`, '1.13');
  return found;
}

export function calendarOf(state: State, id: string): Calendar {
  const calendar = state.calendars.get(id);
  if (!calendar) throw invalid(`No calendar ${id}`, '1.13');
  return calendar;
}
