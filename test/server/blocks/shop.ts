// A small practice on one shared calendar: three people and a room, each bookable by itself, and a Google to type into.
import { randomBytes } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { v7 as uuid } from 'uuid';
import { makeApp } from '../../../server/app.ts';
import { makeKey } from '../../../server/auth/keys.ts';
import { createBusiness } from '../../../server/businesses/businesses.ts';
import type { Context } from '../../../server/context.ts';
import { pushes } from '../../../server/database/ledger.ts';
import { decisions, marks, messages, pulls } from '../../../server/database/mirror.ts';
import { blocks, calendars, links, resources } from '../../../server/database/schema.ts';
import { createConfirm } from '../../../server/sync/confirm.ts';
import { readCalendar } from '../../../server/sync/pull.ts';
import { Scope } from '../../../shared/api.ts';
import type { CalendarSettings } from '../../../shared/calendar-api.ts';
import { type Mark, writeMark } from '../../../shared/marks.ts';
import { weekdays } from '../../business.ts';
import type { World } from '../sync/world.ts';

export const hour = 3_600_000;
/** Monday 2027-01-11, 08:00 in Oslo, is now. */
export const monday = '2027-01-11';
const now = Date.parse(`${monday}T07:00:00Z`);

export interface Answer<Body> {
  status: number;
  body: Body;
}
type Body = Record<string, unknown>;

/** Whose resources: people, and a room without a member. */
export const names = ['Anna', 'Kari', 'Per', 'Room 2'] as const;
export type Name = (typeof names)[number];

export class Shop {
  readonly world: World;
  readonly context: Context;
  readonly app: FastifyInstance;
  readonly clock: { now: number };
  businessId = '';
  calendarId = '';
  accountId = '';
  googleId = '';
  /** Of resources, by name; of the services that book one of them alone; of members. */
  readonly resource = {} as Record<Name, string>;
  readonly service = {} as Record<Name, string>;
  readonly member = {} as Record<Name, string>;
  readonly #domain = `${randomBytes(5).toString('hex')}.test`;
  /** Whose calendar it is in Google. */
  #keeper = 'owner';
  #key = '';
  #settings = {} as CalendarSettings;

  private constructor(of: Pick<Shop, 'world' | 'context' | 'app' | 'clock'>) {
    this.world = of.world;
    this.context = of.context;
    this.app = of.app;
    this.clock = of.clock;
  }

  /** `readOnly`: the calendar is Anna's, and the connected account may only look at it. */
  static async open(world: World, { linked = true, readOnly = false } = {}): Promise<Shop> {
    const clock = { now };
    const known = { ...world.context, now: () => clock.now };
    const context: Context = { ...known, confirm: createConfirm(known) };
    const shop = new Shop({ world, context, app: await makeApp(context), clock });
    if (readOnly) shop.#keeper = 'Anna';
    await shop.#found();
    await shop.#staff();
    await shop.#follow();
    if (linked) await shop.link();
    return shop;
  }

  async #found(): Promise<void> {
    const { db } = this.context;
    await db.transaction(async (tx) => {
      const business = await createBusiness(tx, {
        name: 'Fjord',
        zone: 'Europe/Oslo',
        owner: this.mail('owner'),
      });
      this.businessId = business.id;
      this.#key = (await makeKey(tx, business.id, { name: 'Front desk', scopes: [...Scope.options] })).key;
    });
  }

  async #staff(): Promise<void> {
    for (const name of names) {
      const isPerson = name !== 'Room 2';
      if (isPerson)
        this.member[name] = await this.make('/members', { email: this.mail(name), name, role: 'staff' });
      this.resource[name] = await this.make('/resources', {
        kind: isPerson ? 'person' : 'room',
        name,
        hours: weekdays('08:00', '16:00'),
        places: isPerson ? 1 : 3,
        memberId: this.member[name] ?? null,
      });
      this.service[name] = await this.make('/services', {
        name: `With ${name}`,
        lengthMinutes: 60,
        horizonDays: 60,
        groups: [{ resourceIds: [this.resource[name]] }],
      });
    }
  }

  async #follow(): Promise<void> {
    const { control } = this;
    for (const name of ['owner', ...names.slice(0, 3)])
      await control.createPerson({ email: this.mail(name), name, zone: 'Europe/Oslo' });
    const owner = this.mail('owner');
    const keeper = this.mail(this.#keeper);
    const calendar = (await control.createCalendar({ owner: keeper, summary: 'Everybody' })).id;
    this.googleId = calendar;
    for (const person of ['owner', ...names.slice(0, 3)].map(this.mail))
      if (person !== keeper)
        await control.share({ calendar, person, role: person === owner ? 'reader' : 'writer' });
    const { refresh_token: refreshToken } = await control.issueTokens({ person: owner });
    this.accountId = await this.make('/accounts', { refreshToken });
    this.calendarId = await this.make('/calendars', {
      accountId: this.accountId,
      googleId: this.googleId,
    });
    const [row] = await this.context.db.select().from(calendars).where(eq(calendars.id, this.calendarId));
    this.#settings = row!.settings;
  }

  /** Each resource reads the calendar. */
  async link(): Promise<void> {
    const { businessId, calendarId } = this;
    const each = { businessId, calendarId, reads: true, writes: false };
    await this.context.db.delete(links).where(eq(links.businessId, businessId));
    await this.context.db
      .insert(links)
      .values(names.map((name) => ({ ...each, resourceId: this.resource[name] })));
    await this.pull();
  }

  close = () => this.app.close();

  /** As it was when it was opened: an empty calendar, nothing decided, nothing booked. */
  async clear(): Promise<void> {
    const { db } = this.context;
    this.clock.now = now;
    await this.control.clearFaults();
    const { events } = await this.control.calendarState({ calendar: this.googleId });
    const standing = events.filter(({ status }) => status !== 'cancelled');
    // Exceptions before their series, which take them along.
    for (const { id: event } of standing.sort((a) => (a.recurringEventId ? -1 : 1)))
      await this.control.deleteEvent({ person: this.mail(this.#keeper), calendar: this.googleId, event });
    for (const table of [
      'decisions',
      'fixes',
      'marks',
      'rules',
      'messages',
      'allocations',
      'pushes',
      'blocks',
      'openings',
      'audit',
      'bookings',
    ])
      await db.execute(sql`delete from ${sql.identifier(table)} where business_id = ${this.businessId}`);
    await db.update(resources).set({ opens: 'hours' }).where(eq(resources.businessId, this.businessId));
    await db.update(calendars).set({ settings: this.#settings }).where(eq(calendars.id, this.calendarId));
    await this.link();
  }

  get control() {
    return this.world.google.control;
  }

  mail = (name: string): string => `${name.toLowerCase().replace(' ', '')}@${this.#domain}`;

  async call<Shape = Body>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<Shape>> {
    const answer = await this.app.inject({
      method: method as InjectOptions['method'],
      url: `/api/v1${path}`,
      headers: { authorization: `Bearer ${this.#key}`, ...headers },
      payload: body as InjectOptions['payload'],
    });
    return {
      status: answer.statusCode,
      body: (answer.body === '' ? undefined : answer.json()) as Shape,
    };
  }

  async make(path: string, body: unknown): Promise<string> {
    const { status, body: made } = await this.call<{ id: string }>('POST', path, body);
    if (status !== 201) throw new Error(`${path}: ${status} ${JSON.stringify(made)}`);
    return made.id;
  }

  on = (rest: string): string => `/calendars/${this.calendarId}/${rest}`;

  set = (settings: Body): Promise<Answer<Body>> =>
    this.call('PATCH', `/calendars/${this.calendarId}`, { settings });

  /** Reads what changed in Google, as a worker does. */
  async pull(): Promise<void> {
    const { businessId, calendarId } = this;
    await readCalendar(this.context, { businessId, calendarId });
  }

  /** A person types an event; from and to are times of a day in Oslo, or all of it. */
  async type(person: string, title: string, when: Partial<Typed> = {}): Promise<string> {
    const { day = monday, from = '09:00', to = '10:00', allDay = false, event = {} } = when;
    const at = (time: string) => ({ dateTime: `${day}T${time}:00`, timeZone: 'Europe/Oslo' });
    const after = new Date(Date.parse(day) + 24 * hour).toISOString().slice(0, 10);
    const times = allDay ? { start: { date: day }, end: { date: after } } : { start: at(from), end: at(to) };
    const made = await this.control.addEvent({
      person: this.mail(person),
      calendar: this.googleId,
      event: { summary: title, ...times, ...event },
    });
    return made.id as string;
  }

  edit = (event: string, change: Body) =>
    this.control.changeEvent({ person: this.mail(this.#keeper), calendar: this.googleId, event, change });

  /** Writes into an event what Sidebook elsewhere, or of before, would have. */
  mark = (event: string, decision: Mark['decision']) =>
    this.edit(event, {
      extendedProperties: {
        private: writeMark({ businessId: this.businessId, decision, freed: null }),
      },
    });

  /** Reads everything anew. */
  async pullAll(): Promise<void> {
    await this.control.expireSyncTokens({ calendar: this.googleId });
    await this.pull();
  }

  /** Starts offered with one resource alone on a day, as Oslo's clock reads. */
  async starts(name: Name, day = monday): Promise<string[]> {
    const { status, body } = await this.call<{ slots: { start: string }[] }>(
      'GET',
      `/availability?serviceId=${this.service[name]}&from=${day}T00:00:00Z&to=${day}T23:59:00Z`,
    );
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body.slots.map(({ start }) => oslo(start));
  }

  /** Who cannot be booked at nine, or as told, on a day. */
  async blockedAt(time = '09:00', day = monday): Promise<Name[]> {
    const free = await Promise.all(
      names.map(async (name) => [name, (await this.starts(name, day)).includes(time)] as const),
    );
    return free.filter(([, isFree]) => !isFree).map(([name]) => name);
  }

  book = (name: Name, time: string, more: Body = {}) =>
    this.call<{ id: string; revision: number }>('POST', '/bookings', {
      serviceId: this.service[name],
      start: `${monday}T${time}:00+01:00`,
      customer: { name: 'Ola' },
      ...more,
    });

  /** Has an event of the calendar be a booking's own. */
  async ofBooking(eventId: string): Promise<void> {
    const { businessId, calendarId, context } = this;
    const { body } = await this.book('Kari', '13:00');
    await context.db.insert(pushes).values({
      ...{ businessId, id: uuid(), unitId: body.id, bookingId: body.id, calendarId, eventId },
      ...{ present: true, wanted: 1, done: 1 },
    });
  }

  /** Done with a person's own calendar in place of the shared one. */
  async withOwn(person: Name, act: () => Promise<void>): Promise<void> {
    const { calendarId, googleId } = this;
    const own = this.mail(person);
    await this.control.share({ calendar: own, person: this.mail('owner'), role: 'writer' });
    this.calendarId = await this.make('/calendars', { accountId: this.accountId, googleId: own });
    this.googleId = own;
    try {
      await this.link();
      await act();
    } finally {
      Object.assign(this, { calendarId, googleId });
      await this.link();
    }
  }

  async rows() {
    const mine = eq(blocks.businessId, this.businessId);
    return this.context.db.select().from(blocks).where(mine).orderBy(sql`lower(during)`, blocks.resourceId);
  }

  decisions = () =>
    this.context.db
      .select()
      .from(decisions)
      .where(eq(decisions.businessId, this.businessId))
      .orderBy(decisions.madeAt);

  marks = () => this.context.db.select().from(marks).where(eq(marks.businessId, this.businessId));

  async told(kind: string) {
    const rows = await this.context.db
      .select()
      .from(messages)
      .where(eq(messages.businessId, this.businessId));
    return rows.filter((row) => row.kind === kind);
  }

  async owed(): Promise<number> {
    const [row] = await this.context.db.select().from(pulls).where(eq(pulls.calendarId, this.calendarId));
    return row!.wanted - row!.done;
  }

  /** What is owed to events is as good as written. */
  async written(): Promise<void> {
    await this.context.db.execute(sql`update marks set done = wanted where business_id = ${this.businessId}`);
  }

  async lose(): Promise<void> {
    await this.context.db.delete(decisions).where(eq(decisions.businessId, this.businessId));
  }
}

interface Typed {
  day: string;
  from: string;
  to: string;
  allDay: boolean;
  event: Body;
}

/** What the clock in Oslo reads in winter. */
export const oslo = (instant: string): string =>
  new Date(Date.parse(instant) + hour).toISOString().slice(11, 16);
