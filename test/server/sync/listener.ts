// A clinic whose calendars are read too, so that what people do to its bookings' events is heard: for tests of drift.
import { and, desc, eq, sql } from 'drizzle-orm';
import { follow, see } from '../../../server/calendars/follow.ts';
import { commit } from '../../../server/commit.ts';
import { pushes } from '../../../server/database/ledger.ts';
import { drifts, messages, pulls } from '../../../server/database/mirror.ts';
import { businesses, serviceGroupResources, serviceGroups } from '../../../server/database/schema.ts';
import { meetOurs } from '../../../server/sync/meet.ts';
import { readCalendar } from '../../../server/sync/pull.ts';
import type { BusinessSettings } from '../../../shared/api.ts';
import { type Booked, type Calendar, Clinic, type Resource } from './clinic.ts';
import type { World } from './world.ts';

type Policies = BusinessSettings['drift'];
const hour = 3_600_000;

export class Listener {
  readonly clinic: Clinic;
  #calendars: Calendar[] = [];

  private constructor(clinic: Clinic) {
    this.clinic = clinic;
  }

  static async open(world: World, drift: Partial<Policies> = {}): Promise<Listener> {
    const clinic = await Clinic.open(world);
    const listener = new Listener(clinic);
    await listener.choose(drift);
    return listener;
  }

  async choose(drift: Partial<Policies>): Promise<void> {
    await this.clinic.db.execute(sql`
      update businesses set settings = jsonb_set(settings, '{drift}', settings->'drift' || ${JSON.stringify(drift)}::text::jsonb)
        where ${eq(businesses.id, this.clinic.businessId)}`);
  }

  /** Rooms with a calendar each, any of which the service takes; read once, so that they are known. */
  async rooms(...names: string[]): Promise<Resource[]> {
    const made: Resource[] = [];
    for (const name of names) made.push(await this.clinic.addResource(name));
    await this.offer(made);
    this.#calendars = [...this.#calendars, ...made.map(({ calendar }) => calendar)];
    await this.hear();
    return made;
  }

  async offer(...groups: Resource[][]): Promise<void> {
    const { db, businessId, serviceId } = this.clinic;
    for (const [position, group] of groups.entries()) {
      await db.insert(serviceGroups).values({ businessId, serviceId, position });
      await db
        .insert(serviceGroupResources)
        .values(
          group.map(({ id: resourceId }, rank) => ({ businessId, serviceId, position, resourceId, rank })),
        );
    }
  }

  /** A calendar that is there already is followed, and read with the others. */
  async follow(googleId: string): Promise<Calendar> {
    const { clinic } = this;
    const { businessId, accountId } = clinic;
    const seen = await see(clinic.world.context, businessId, { accountId, googleId });
    const { id } = await clinic.db.transaction((tx) => follow(tx, { businessId, accountId, ...seen }));
    const calendar = { id, googleId };
    this.#calendars.push(calendar);
    return calendar;
  }

  /** Booked, shown in Google, read back, and quiet since. */
  async booked(on: Resource[], about: Parameters<Clinic['book']>[1] = {}): Promise<Booked> {
    const made = await this.clinic.book(on, about);
    await this.clinic.settle();
    await this.hear();
    await this.rest();
    return made;
  }

  /** As when time has passed: what was written is known to be older than what is read from now on. */
  async rest(): Promise<void> {
    await this.clinic.db.update(pushes).set({ writtenAt: sql`${pushes.writtenAt} - interval '1 minute'` });
  }

  /** Reads what changed since the last time, of one calendar or of all; `complete`: everything. */
  async hear(only?: Calendar, { complete = false } = {}): Promise<void> {
    const { clinic } = this;
    const { businessId, budget } = clinic;
    for (const { id } of only ? [only] : this.#calendars) {
      if (complete) await clinic.db.update(pulls).set({ token: null }).where(this.#pull(id));
      const { kept } = await readCalendar(
        { ...clinic.world.context, budget },
        { businessId, calendarId: id },
      );
      if (!kept) throw new Error('Overtaken by another reading');
    }
  }

  /** A reading whose network is done, to be met later. */
  async reading({ id, googleId }: Calendar): Promise<{ meet(): Promise<void> }> {
    const { clinic } = this;
    const { context } = clinic.world;
    const { businessId } = clinic;
    const now = context.now();
    const [pull] = await clinic.db.select().from(pulls).where(this.#pull(id));
    const google = context.google.account(clinic.refreshToken);
    const page = await google.listEvents(googleId, { syncToken: pull?.token ?? '' });
    return {
      meet: () =>
        commit(context, (tx) => meetOurs(tx, { context, businessId, calendarId: id, now }, page.items)),
    };
  }

  #pull = (calendarId: string) =>
    and(eq(pulls.businessId, this.clinic.businessId), eq(pulls.calendarId, calendarId));

  /** Hears and pushes until nothing more comes of it. */
  async quiet(most = 12): Promise<void> {
    for (let i = 0; i < most; i++) {
      const before = await this.#change();
      await this.hear();
      await this.clinic.later();
      await this.clinic.push();
      if ((await this.#change()) === before) return;
    }
    throw new Error('No quiet: it goes on and on');
  }

  /** Changes whenever anything of ours did: in Google, or in what is owed and known. */
  async #change(): Promise<string> {
    const { counter } = await this.clinic.control.state();
    const rows = await this.clinic.rows();
    const known = rows.map(({ wanted, done, missingAt, elsewhere }) => [wanted, done, missingAt, elsewhere]);
    return JSON.stringify([counter, known, await this.drifts()]);
  }

  /** The latest first. */
  async drifts() {
    return this.clinic.db
      .select()
      .from(drifts)
      .where(eq(drifts.businessId, this.clinic.businessId))
      .orderBy(desc(drifts.id));
  }

  /** To whom, and of what kind, the oldest first. */
  async told() {
    const rows = await this.clinic.db
      .select()
      .from(messages)
      .where(eq(messages.businessId, this.clinic.businessId))
      .orderBy(messages.id);
    return rows.map(({ to, kind }) => `${to}: ${kind}`);
  }

  /** A person drags the one event of a calendar to another start; the end comes along, unless given. */
  async drag({ calendar }: Resource, start: number, end = start + hour): Promise<void> {
    const at = (ms: number) => ({ dateTime: new Date(ms).toISOString(), timeZone: 'Europe/Oslo' });
    await this.clinic.edit(calendar, { start: at(start), end: at(end) });
  }

  /** A person moves the one event of a calendar to another. */
  async moveTo(from: Resource, to: Resource): Promise<void> {
    const [event] = await this.clinic.events(from.calendar);
    await this.clinic.control.moveEvent({
      person: this.clinic.owner,
      calendar: from.calendar.googleId,
      event: event?.id ?? '',
      to: to.calendar.googleId,
    });
  }

  /** The one event of a calendar, as far as it is ours: null if there is none. */
  async shown({ calendar }: Resource) {
    const [event, ...others] = await this.clinic.events(calendar);
    if (others.length > 0) throw new Error(`${others.length + 1} events where one is expected`);
    if (!event) return null;
    const { id, description, transparency = 'opaque' } = event;
    return {
      id,
      start: Date.parse(event.start?.dateTime ?? ''),
      end: Date.parse(event.end?.dateTime ?? ''),
      description,
      transparency,
    };
  }

  /** What we wrote to Google. */
  async writes(): Promise<string[]> {
    const asked = await this.clinic.asked();
    return asked.filter((method) => !['events.get', 'events.list', 'calendarList.get'].includes(method));
  }
}
