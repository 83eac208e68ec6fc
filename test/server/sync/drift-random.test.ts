// Random changes on both sides, heard and pushed in any order: after quiet Google and booking agree, or staff are asked.
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCatalogue } from '../../../server/availability/catalogue.ts';
import type { By } from '../../../server/bookings/by.ts';
import { cancel } from '../../../server/bookings/cancel.ts';
import { findBooking } from '../../../server/bookings/find.ts';
import { reassign } from '../../../server/bookings/reassign.ts';
import { reschedule } from '../../../server/bookings/reschedule.ts';
import { commit } from '../../../server/commit.ts';
import type { Transaction } from '../../../server/database/open.ts';
import { links } from '../../../server/database/schema.ts';
import { Refusal } from '../../../server/errors.ts';
import { settleDrift } from '../../../server/sync/settle.ts';
import type { Booked, Resource } from './clinic.ts';
import { Listener } from './listener.ts';
import { openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const hour = 3_600_000;
const sequences = 24;
const policies = ['restore', 'ask', 'follow'] as const;

/** Numbers that a seed gives again (mulberry32). */
function randomly(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

class Play {
  readonly listener: Listener;
  readonly rooms: Resource[];
  readonly bookings: Booked[];
  readonly pick: (below: number) => number;
  readonly done: string[] = [];

  constructor(
    listener: Listener,
    of: { rooms: Resource[]; bookings: Booked[]; pick: (below: number) => number },
  ) {
    this.listener = listener;
    this.rooms = of.rooms;
    this.bookings = of.bookings;
    this.pick = of.pick;
  }

  one = <T>(list: readonly T[]): T => list[this.pick(list.length)]!;

  async step(): Promise<void> {
    const acts = [
      this.person,
      this.person,
      this.staff,
      this.hear,
      this.hear,
      this.push,
      this.push,
      this.time,
      this.fault,
    ];
    await this.one(acts)();
  }

  person = async () => {
    const { clinic } = this.listener;
    const room = this.one(this.rooms);
    const { events } = await clinic.control.calendarState({ calendar: room.calendar.googleId });
    if (events.length === 0) return;
    const event = this.one(events);
    const on = { person: clinic.owner, calendar: room.calendar.googleId, event: event.id };
    const start = this.bookings[0]!.start + (10 + this.pick(40)) * hour;
    const at = (ms: number) => ({ dateTime: new Date(ms).toISOString(), timeZone: 'UTC' });
    const change = (of: Record<string, unknown>) => clinic.control.changeEvent({ ...on, change: of });
    const what =
      event.status === 'cancelled'
        ? 'undelete'
        : this.one(['drag', 'stretch', 'free', 'busy', 'delete', 'move', 'write']);
    this.done.push(`person ${what}`);
    // What we took away ourselves, or have given up for another, is none of ours any more, should it come back.
    const known = (await clinic.rows()).some(({ eventId }) => eventId === event.id);
    if (what === 'undelete' && !(known && event.removedBy === 'person')) return;
    try {
      if (what === 'undelete') await clinic.control.restoreEvent(on);
      if (what === 'drag') await change({ start: at(start), end: at(start + hour) });
      if (what === 'stretch') await change({ end: at(Date.parse(event.start?.dateTime ?? '') + 2 * hour) });
      if (what === 'free') await change({ transparency: 'transparent' });
      if (what === 'busy') await change({ transparency: 'opaque' });
      if (what === 'write') await change({ description: `${event.description ?? ''}\nby hand` });
      if (what === 'delete') await clinic.control.deleteEvent(on);
      if (what === 'move')
        await clinic.control.moveEvent({ ...on, to: this.one(this.rooms).calendar.googleId });
    } catch (error) {
      this.done.push(`  refused: ${(error as Error).message}`);
    }
  };

  staff = async () => {
    const { clinic } = this.listener;
    const { id } = this.one(this.bookings);
    const what = this.one(['reschedule', 'reassign', 'cancel', 'settle']);
    this.done.push(`staff ${what}`);
    const [hours, to, choice, rare] = [
      this.pick(40),
      this.one(this.rooms),
      this.one(['restore', 'follow'] as const),
      this.pick(3),
    ];
    if (what === 'cancel' && rare > 0) return;
    const open = (await this.listener.drifts()).filter(({ state }) => state === 'open');
    const act = async (tx: Transaction, by: By) => {
      const { row, resources } = await findBooking(tx, clinic.businessId, id);
      const { revision } = row;
      const start = new Date(this.bookings[0]!.start + (10 + hours) * hour).toISOString();
      if (what === 'reschedule')
        await reschedule(tx, by, { id, revision, start, resourceIds: [], override: true });
      const [from] = resources;
      if (what === 'reassign' && from)
        await reassign(tx, by, { id, revision, from: from.resourceId, to: to.id, override: true });
      if (what === 'cancel') await cancel(tx, by, { id, revision, reason: null, override: true });
      if (what === 'settle' && open[0]) await settleDrift(tx, by, { id: open[0].id, choice });
    };
    try {
      await commit(world.context, async (tx) => {
        const catalogue = await readCatalogue(tx, clinic.businessId);
        await act(tx, { catalogue, actor: 'key', staff: true, now: world.context.now() });
      });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.done.push(`  refused: ${error.code}`);
    }
  };

  hear = async () => {
    this.done.push('hear');
    const complete = this.pick(6) === 0;
    await this.listener.hear(this.one(this.rooms).calendar, { complete });
  };

  push = async () => {
    this.done.push('push');
    await this.listener.clinic.push();
  };

  time = async () => {
    this.done.push('time');
    await this.listener.clinic.later();
    await this.listener.rest();
  };

  fault = async () => {
    const kind = this.one(['lostAnswer', 'reset'] as const);
    this.done.push(kind);
    await this.listener.clinic.fault({
      kind,
      times: 1,
      on: this.one(['events.update', 'events.move', 'events.insert', 'events.delete']),
    });
  };

  /** Each booking is in Google once, where its room writes to, and as it is; unless staff are asked about it. */
  async check(): Promise<void> {
    const { clinic } = this.listener;
    const rows = await clinic.rows();
    expect(rows.filter(({ diedAt }) => diedAt)).toEqual([]);
    const open = new Set(
      (await this.listener.drifts()).flatMap(({ state, pushId }) => (state === 'open' ? [pushId] : [])),
    );
    const all = await Promise.all(
      this.rooms.map(async (room) => ({ room, events: await clinic.events(room.calendar) })),
    );
    for (const { id } of this.bookings) {
      const mine = all.flatMap(({ room, events }) =>
        events
          .filter((event) => event.extendedProperties?.private?.sidebookBooking === id)
          .map((event) => ({ room, event })),
      );
      const { row, resources } = await findBooking(clinic.db, clinic.businessId, id);
      if (rows.some((push) => push.unitId === id && open.has(push.id))) continue;
      if (row.status === 'cancelled') {
        expect(mine).toEqual([]);
        continue;
      }
      const [link] = await clinic.db
        .select()
        .from(links)
        .where(and(eq(links.businessId, clinic.businessId), eq(links.resourceId, resources[0]!.resourceId)));
      expect(mine.map(({ room }) => room.calendar.id)).toEqual([link!.calendarId]);
      const { event } = mine[0]!;
      expect(new Date(event.start!.dateTime!)).toEqual(row.startsAt);
      expect(new Date(event.end!.dateTime!)).toEqual(row.endsAt);
    }
  }
}

test.each(Array.from({ length: sequences }, (_, i) => i))(
  'sequence %i',
  { timeout: 60_000 },
  async (seed) => {
    const pick = randomly(seed + first);
    const one = () => policies[pick(3)]!;
    const listener = await Listener.open(world, { moved: one(), deleted: one(), freed: one(), left: one() });
    const rooms = await listener.rooms('Room', 'Hall', 'Shed');
    const bookings = [await listener.booked([rooms[0]!]), await listener.booked([rooms[1]!])];
    const play = new Play(listener, { rooms, bookings, pick });
    try {
      for (let i = 0; i < 14; i++) await play.step();
      await listener.clinic.control.clearFaults();
      await listener.quiet(30);
      await play.check();
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${play.done.join('\n')}`, { cause: error });
    }
  },
);

const first = 0;
