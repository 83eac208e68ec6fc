// A small business with calendars in a local Google, and bookings changed behind the acts' backs: for tests of pushing.
import { randomBytes } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import { connectAccount, identify } from '../../../server/accounts/connect.ts';
import { defaultSettings } from '../../../server/businesses/settings.ts';
import { follow, see } from '../../../server/calendars/follow.ts';
import { allocations, bookings, pushes, sessions } from '../../../server/database/ledger.ts';
import { businesses, customers, links, resources, services } from '../../../server/database/schema.ts';
import { type Budget, createBudget } from '../../../server/jobs/budget.ts';
import { type Claim, claim, owePushes } from '../../../server/jobs/queue.ts';
import { pushUnit } from '../../../server/sync/push.ts';
import type { BookingStatus, BusinessSettings } from '../../../shared/api.ts';
import { localTime } from '../../../shared/time.ts';
import type { Google } from '../../google/server.ts';
import type { World } from './world.ts';

const hour = 3_600_000;

export class Clinic {
  readonly world: World;
  readonly businessId = uuid();
  readonly serviceId = uuid();
  readonly owner = `${randomBytes(6).toString('hex')}@clinic.test`;
  readonly budget: Budget;
  accountId = '';
  refreshToken = '';
  #bookings = 0;

  private constructor(world: World) {
    this.world = world;
    this.budget = createBudget(world.context.db, world.context.config.google);
  }

  static async open(world: World, settings: Partial<BusinessSettings> = {}): Promise<Clinic> {
    const clinic = new Clinic(world);
    const { context, google } = world;
    const { businessId } = clinic;
    // What an earlier test left owed is not this one's concern.
    await context.db.execute(sql`truncate pushes, drifts, log_entries, budgets`);
    await google.control.clearFaults();
    await context.db.insert(businesses).values({
      id: businessId,
      slug: businessId,
      name: 'Clinic',
      zone: 'Europe/Oslo',
      locale: 'en',
      settings: {
        ...defaultSettings,
        ...settings,
      },
    });
    await context.db
      .insert(services)
      .values({ businessId, id: clinic.serviceId, name: 'Check-up', lengthMinutes: 60, questions: [] });
    await google.control.createPerson({ email: clinic.owner, name: 'Owner', zone: 'Europe/Oslo' });
    await clinic.connect();
    return clinic;
  }

  get db() {
    return this.world.context.db;
  }

  get control() {
    return this.world.google.control;
  }

  async connect(): Promise<void> {
    ({ accountId: this.accountId, refreshToken: this.refreshToken } = await this.#connect(this.owner));
  }

  async #connect(person: string) {
    const { refresh_token: refreshToken } = await this.control.issueTokens({ person });
    const known = await identify(this.world.context, refreshToken);
    const { businessId } = this;
    const { id: accountId } = await this.db.transaction((tx) =>
      connectAccount(tx, this.world.context, { businessId, ...known }),
    );
    return { accountId, refreshToken };
  }

  /** Another person's account, connected to the same business. */
  async addAccount(): Promise<Account> {
    const person = `${randomBytes(6).toString('hex')}@clinic.test`;
    await this.control.createPerson({ email: person, name: 'Colleague', zone: 'Europe/Oslo' });
    const { accountId } = await this.#connect(person);
    return { person, accountId };
  }

  /** A calendar in Google, followed; and a resource of the given kind whose bookings are written to it. */
  async addResource(
    name: string,
    options: { color?: number; on?: Calendar; of?: Account } = {},
  ): Promise<Resource> {
    const calendar = options.on ?? (await this.addCalendar(name, options.of));
    const id = uuid();
    const { businessId } = this;
    await this.db.insert(resources).values({
      businessId,
      id,
      kind: 'room',
      name,
      zone: 'Europe/Oslo',
      color: options.color ?? null,
      hours: { weekly: [], dates: [] },
    });
    await this.db
      .insert(links)
      .values({ businessId, resourceId: id, calendarId: calendar.id, reads: true, writes: true });
    return { id, calendar };
  }

  async addCalendar(summary: string, of?: Account): Promise<Calendar> {
    const { person, accountId } = of ?? { person: this.owner, accountId: this.accountId };
    const { id: googleId } = await this.control.createCalendar({ owner: person, summary });
    const { businessId } = this;
    const seen = await see(this.world.context, businessId, { accountId, googleId });
    const made = await this.db.transaction((tx) => follow(tx, { businessId, accountId, ...seen }));
    return { id: made.id, googleId };
  }

  async relink(resource: Resource, calendar: Calendar): Promise<void> {
    await this.db
      .update(links)
      .set({ calendarId: calendar.id })
      .where(and(eq(links.businessId, this.businessId), eq(links.resourceId, resource.id)));
    resource.calendar = calendar;
  }

  async book(on: Resource[], about: About = {}): Promise<Booked> {
    const { businessId, serviceId } = this;
    const [id, customerId] = [uuid(), uuid()];
    const start = Date.parse('2027-01-04T08:00Z') + this.#bookings++ * hour;
    await this.db.transaction(async (tx) => {
      await tx.insert(customers).values({ businessId, id: customerId, name: about.name ?? 'Anna' });
      await tx.insert(bookings).values({
        businessId,
        id,
        serviceId,
        customerId,
        status: about.status ?? 'confirmed',
        startsAt: new Date(start),
        endsAt: new Date(start + hour),
        zone: 'Europe/Oslo',
        localStart: localTime('Europe/Oslo', start),
        expiresAt: about.status === 'pending' ? new Date(start) : null,
        notes: about.notes ?? null,
        answers: {},
        manageHash: id,
      });
      await this.#allocate(tx, { bookingId: id, sessionId: null }, { on, start });
      await owePushes(tx, { businessId, unitId: id, bookingId: id, sessionId: null, revision: 1 });
    });
    return { id, start };
  }

  async bookSession(on: Resource[], names: string[]): Promise<Booked> {
    const { businessId, serviceId } = this;
    const id = uuid();
    const start = Date.parse('2027-01-04T08:00Z') + this.#bookings++ * hour;
    const times = { startsAt: new Date(start), endsAt: new Date(start + hour), zone: 'Europe/Oslo' };
    await this.db.transaction(async (tx) => {
      await tx.insert(sessions).values({ businessId, id, serviceId, seats: 8, ...times });
      for (const name of names) {
        const [bookingId, customerId] = [uuid(), uuid()];
        await tx.insert(customers).values({ businessId, id: customerId, name });
        const status = 'confirmed' as const;
        const row = { businessId, id: bookingId, serviceId, customerId, sessionId: id, status, answers: {} };
        const localStart = localTime('Europe/Oslo', start);
        await tx.insert(bookings).values({ ...row, ...times, localStart, manageHash: bookingId });
      }
      await this.#allocate(tx, { bookingId: null, sessionId: id }, { on, start });
      await owePushes(tx, { businessId, unitId: id, bookingId: null, sessionId: id, revision: 1 });
    });
    return { id, start };
  }

  /** What of it changes: its time, notes, status, or (`on`) the resources it holds. */
  async change({ id, start }: Booked, to: { start?: number; on?: Resource[] } & About): Promise<void> {
    const { businessId } = this;
    await this.db.transaction(async (tx) => {
      const begin = to.start ?? start;
      const [row] = await tx
        .update(bookings)
        .set({
          startsAt: new Date(begin),
          endsAt: new Date(begin + hour),
          revision: sql`${bookings.revision} + 1`,
          ...(to.notes !== undefined && { notes: to.notes }),
          ...(to.status && { status: to.status, expiresAt: null }),
        })
        .where(and(eq(bookings.businessId, businessId), eq(bookings.id, id)))
        .returning();
      const gone = to.status === 'cancelled' || to.status === 'declined';
      if (to.on || gone)
        await tx
          .delete(allocations)
          .where(and(eq(allocations.businessId, businessId), eq(allocations.unitId, id)));
      if (to.on) await this.#allocate(tx, { bookingId: id, sessionId: null }, { on: to.on, start: begin });
      await owePushes(tx, {
        businessId,
        unitId: id,
        bookingId: id,
        sessionId: null,
        revision: row!.revision,
      });
    });
  }

  cancel = (booked: Booked) => this.change(booked, { status: 'cancelled' });

  async #allocate(
    tx: Parameters<typeof owePushes>[0],
    unit: { bookingId: string | null; sessionId: string | null },
    { on, start }: { on: Resource[]; start: number },
  ): Promise<void> {
    const { businessId, serviceId } = this;
    const unitId = (unit.bookingId ?? unit.sessionId)!;
    await tx.insert(allocations).values(
      on.map(({ id: resourceId }, position) => ({
        businessId,
        unitId,
        ...unit,
        serviceId,
        resourceId,
        place: 1,
        position,
        during: { start, end: start + hour },
        startsAt: new Date(start),
        endsAt: new Date(start + hour),
      })),
    );
  }

  claim = (): Promise<Claim[]> => claim(this.db, { limit: 100, perCalendar: 100 });

  /** One try of all that is due. */
  async push(): Promise<void> {
    for (const one of await this.claim()) await pushUnit(this.world.context, this.budget, one);
  }

  /**
   * As when time has passed: leases run out, waits are over; calendars that no test reads hold nothing. What was found
   * missing was found half a minute earlier, and all that was read was read as much earlier.
   */
  async later(): Promise<void> {
    await this.db.execute(sql`update pulls set read_at = now() where token is null`);
    await this.db.execute(sql`
      with missing as (
        update pushes set missing_at = missing_at - interval '31 seconds'
          where missing_at > now() - interval '31 seconds' returning business_id)
      update pulls set read_at = read_at - interval '31 seconds'
        where token is not null and business_id in (select business_id from missing)`);
    await this.db.execute(sql`update pushes set due_at = now(), leased_until = null where done < wanted`);
  }

  /** Tries until nothing is owed, or (after `most` tries) fails. */
  async settle(most = 10): Promise<void> {
    for (let i = 0; i < most; i++) {
      await this.later();
      const claims = await this.claim();
      if (claims.length === 0) return;
      for (const one of claims) await pushUnit(this.world.context, this.budget, one);
    }
    throw new Error(`still owed: ${JSON.stringify(await this.rows())}`);
  }

  async rows() {
    return this.db
      .select()
      .from(pushes)
      .where(eq(pushes.businessId, this.businessId))
      .orderBy(pushes.calendarId);
  }

  async row(booked: Booked, { calendar }: Resource) {
    const all = await this.rows();
    return all.find((row) => row.unitId === booked.id && row.calendarId === calendar.id);
  }

  /** Has a push know something else as written: as if an answer was lost, or a drift was settled. */
  async write(booked: Booked, resource: Resource, written: Record<string, unknown> | null): Promise<void> {
    const { id } = (await this.row(booked, resource))!;
    await this.db.update(pushes).set({ written }).where(eq(pushes.id, id));
  }

  /** What stands in Google's calendar, deleted events left out. */
  async events({ googleId }: Calendar) {
    const { events } = await this.control.calendarState({ calendar: googleId });
    return events.filter(({ status }) => status !== 'cancelled');
  }

  async booking({ id }: Booked) {
    const [row] = await this.db.select().from(bookings).where(eq(bookings.id, id));
    return row!;
  }

  /** A person edits the one event of a calendar. */
  async edit(calendar: Calendar, change: Record<string, unknown>): Promise<void> {
    const [event] = await this.events(calendar);
    await this.control.changeEvent({
      person: this.owner,
      calendar: calendar.googleId,
      event: event!.id,
      change,
    });
  }

  async delete(calendar: Calendar): Promise<void> {
    const [event] = await this.events(calendar);
    await this.control.deleteEvent({ person: this.owner, calendar: calendar.googleId, event: event!.id });
  }

  /** Faults of this clinic's requests only. */
  fault = (fault: Fault) => this.control.addFault({ person: this.owner, ...fault });

  /** Resolves once every fault has struck: a request with latency is waiting at Google then. */
  async struck(): Promise<void> {
    while ((await this.control.faults()).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** What was asked of Google, as method ids. */
  async asked(): Promise<string[]> {
    const all = await this.control.log();
    return all.filter(({ person }) => person === this.owner).map(({ method }) => method);
  }
}

type Fault = Parameters<Google['control']['addFault']>[0];
export interface Calendar {
  id: string;
  googleId: string;
}
export interface Account {
  person: string;
  accountId: string;
}
export interface Resource {
  id: string;
  calendar: Calendar;
}
export interface Booked {
  id: string;
  start: number;
}
interface About {
  name?: string;
  notes?: string | null;
  status?: BookingStatus;
}
