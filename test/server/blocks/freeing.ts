// A practice whose events are set Free: what is owed is worked off as a worker does, and Google's events are compared whole.
import { and, asc, eq, sql } from 'drizzle-orm';
import type * as z from 'zod';
import { asAccount } from '../../../server/accounts/accounts.ts';
import { markEvent } from '../../../server/blocks/mark-event.ts';
import { events, fixes } from '../../../server/database/mirror.ts';
import { accounts, calendars } from '../../../server/database/schema.ts';
import { claimMarks, type MarkClaim } from '../../../server/jobs/marks.ts';
import { rollOn } from '../../../server/sync/roll.ts';
import type { Run } from '../../../shared/calendar-api.ts';
import type { World } from '../sync/world.ts';
import { Shop } from './shop.ts';

export type RunShape = z.output<typeof Run>;
type Body = Record<string, unknown>;

export class Freeing {
  readonly shop: Shop;

  private constructor(shop: Shop) {
    this.shop = shop;
  }

  /** Each event blocks whoever typed it: three of four stay free, so each is to be Free. */
  static async open(world: World, settings: Body = { undecided: 'creator' }): Promise<Freeing> {
    await world.google.control.clearFaults();
    await world.context.db.execute(sql`truncate marks, fixes, budgets`);
    const shop = await Shop.open(world);
    await shop.set(settings);
    const freeing = new Freeing(shop);
    await freeing.pull();
    return freeing;
  }

  get db() {
    return this.shop.context.db;
  }

  get of() {
    return { businessId: this.shop.businessId, calendarId: this.shop.calendarId };
  }

  pull = () => this.shop.pull();

  /** One claim of each account, as a worker takes them. */
  claim = (): Promise<MarkClaim[]> => claimMarks(this.db, { limit: 4 });

  /** As when time has passed: leases run out, waits are over. */
  later = () =>
    this.db.execute(sql`update marks set due_at = now(), leased_until = null where done < wanted`);

  /** Works until nothing is owed. @returns how many claims it took */
  async work(most = 200): Promise<number> {
    for (let count = 0; count < most; count++) {
      await this.later();
      const claims = await this.claim();
      if (claims.length === 0) return count;
      for (const claim of claims) await markEvent(this.shop.context, claim);
    }
    throw new Error(`still owed: ${JSON.stringify(await this.shop.marks())}`);
  }

  /** Works and pulls until neither has anything to do. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 10; turn++) {
      await this.pull();
      if ((await this.work()) === 0) return;
    }
    throw new Error('it never comes to rest');
  }

  /** As a day's roll does. */
  roll = () => rollOn(this.shop.context);

  /** What we know of events is lost, and they are read anew. */
  async lose(): Promise<void> {
    await this.db.execute(sql`truncate fixes, marks, runs`);
    await this.db.execute(sql`delete from events`);
    await this.shop.control.expireSyncTokens({ calendar: this.shop.googleId });
  }

  /** The account may only read the calendar from now on. */
  readOnly = () =>
    this.db.update(calendars).set({ accessRole: 'reader' }).where(eq(calendars.id, this.shop.calendarId));

  type = (person: string, title: string, when: Parameters<Shop['type']>[2] = {}) =>
    this.shop.type(person, title, when);

  weekly = (person: string, title: string, more: Body = {}) =>
    this.shop.type(person, title, {
      day: '2027-01-12',
      event: { recurrence: ['RRULE:FREQ=WEEKLY;COUNT=6'], ...more },
    });

  fix = (wish: Body = {}) =>
    this.shop.call<RunShape>('POST', this.shop.on('fix'), { dryRun: false, ...wish });
  undo = (which: Body) => this.shop.call<{ events: number }>('POST', this.shop.on('undo'), which);

  /** All of it as Google has it, but for what every write changes. */
  async google(eventId: string): Promise<Body> {
    const [account] = await this.db.select().from(accounts).where(eq(accounts.id, this.shop.accountId));
    const google = asAccount(this.shop.context, { ...account!, ownApp: null });
    const {
      etag: _,
      updated: __,
      sequence: ___,
      ...event
    } = await google.getEvent(this.shop.googleId, eventId);
    return event as Body;
  }

  isFree = async (eventId: string): Promise<boolean> =>
    (await this.google(eventId)).transparency === 'transparent';

  privateOf = async (eventId: string): Promise<Record<string, string>> =>
    ((await this.google(eventId)).extendedProperties as { private?: Record<string, string> } | undefined)
      ?.private ?? {};

  /** Who is taken when: all that availability knows of events. */
  async taken(): Promise<unknown[]> {
    const rows = await this.shop.rows();
    return rows.map(({ resourceId, during, places }) => ({ resourceId, during, places }));
  }

  /** Requests that change an event, since the number. */
  async writes(since = 0): Promise<string[]> {
    const log = await this.shop.control.log({ since });
    return log
      .filter(({ method, calendar }) => calendar === this.shop.googleId && /update|patch|insert/.test(method))
      .map(({ method, status }) => `${method} ${status}`);
  }

  async lastRequest(): Promise<number> {
    return (await this.shop.control.log()).at(-1)?.n ?? 0;
  }

  mirrored = () =>
    this.db
      .select()
      .from(events)
      .where(eq(events.calendarId, this.shop.calendarId))
      .orderBy(asc(events.eventId));

  fixes = () =>
    this.db
      .select()
      .from(fixes)
      .where(and(eq(fixes.businessId, this.shop.businessId), eq(fixes.calendarId, this.shop.calendarId)))
      .orderBy(asc(fixes.madeAt));
}
