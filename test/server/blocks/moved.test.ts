// A series that somebody moves as a whole in Google: what was said of some of its events holds for the same ones where they are now.
import { sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openWorld, type World } from '../sync/world.ts';
import { Freeing } from './freeing.ts';
import { monday, type Name, Shop } from './shop.ts';

let world: World;
let shop: Shop;
beforeAll(async () => {
  world = await openWorld();
  shop = await Shop.open(world);
});
afterAll(async () => {
  await shop.close();
  await world.close();
});

const day = 86_400_000;
const date = (n: number, days = 0) =>
  new Date(Date.parse(monday) + (n * 7 + days) * day).toISOString().slice(0, 10);
/** Original start of the n-th of a weekly series at nine in Oslo. */
const start = (n: number, time = '08:00') => `${date(n)}T${time}:00.000Z`;
const times = (from: string, to: string, on = monday, timeZone = 'Europe/Oslo') => ({
  start: { dateTime: `${on}T${from}:00`, timeZone },
  end: { dateTime: `${on}T${to}:00`, timeZone },
});
const timed = (from: string, to: string) => {
  const { start: begin, end } = times(from, to);
  return { start: { date: null, ...begin }, end: { date: null, ...end } };
};
const none = { dateTime: null, timeZone: null };
const allDay = (of: number) => ({
  start: { ...none, date: date(0, of) },
  end: { ...none, date: date(0, of + 1) },
});

let series: string;
const decide = async (whom: Name[], more: object, at = shop) => {
  const shares = whom.map((name) => ({ resourceId: at.resource[name] }));
  const said = { eventId: series, shares, ...more };
  const { status, body } = await at.call<{ decision: { id: string } }>('POST', at.on('decisions'), said);
  expect(status).toBe(201);
  return body.decision.id;
};
const from = (n: number, time?: string) => ({ scope: 'following', from: start(n, time) });
const only = (n: number, time?: string) => ({ scope: 'event', from: start(n, time) });
const blocked = (time: string, weeks = [1, 2, 3, 4, 5], days = 0) =>
  Promise.all(weeks.map((n) => shop.blockedAt(time, date(n, days))));
const move = async (change: Record<string, unknown>, event = series) => {
  await shop.edit(event, change);
  await shop.pull();
};
const inForce = async () => (await shop.decisions()).filter(({ endedAt }) => !endedAt);
const places = async () => (await inForce()).map(({ scope, from: at }) => `${scope} ${at}`).sort();

const nobody: Name[] = [];
const asSaid: Name[][] = [nobody, ['Per'], ['Per'], ['Anna'], ['Per']];
/** The product's own case: nobody by default, Per from the third on, and Anna for one of these. */
const typed = async (event: object = {}) => {
  series = await shop.type('Anna', 'Course', { event: { recurrence: ['RRULE:FREQ=WEEKLY'], ...event } });
  await shop.pull();
  await decide(['Per'], from(2));
  await decide(['Anna'], only(4));
};

describe('what was said from one on, and of one', () => {
  beforeEach(async () => {
    await shop.clear();
    await shop.set({ undecided: 'nobody' });
    await typed();
  });

  test.each([
    ['an hour earlier', '08:00', times('08:00', '09:00')],
    ['an hour later', '10:00', times('10:00', '11:00')],
    [
      'to another zone with the same time on its clock',
      '10:00',
      times('09:00', '10:00', monday, 'Europe/London'),
    ],
    ['to where it is the evening before', '09:00', times('22:00', '23:00', date(0, -1), 'Pacific/Honolulu')],
    ['to whole days', '09:00', allDay(0)],
    ['to begin some weeks before, and an hour earlier', '08:00', times('08:00', '09:00', date(-3))],
  ])('holds where the series is moved %s', async (_, time, change) => {
    await move(change);
    expect(await blocked(time)).toEqual(asSaid);
    expect(await shop.told('decision_lost')).toEqual([]);
    expect(await shop.told('adopted')).toEqual([]);
  });

  test('holds on the new weekday where it is moved to another, earlier or later', async () => {
    await move(times('09:00', '10:00', date(0, 2)));
    expect(await blocked('09:00', undefined, 2)).toEqual(asSaid);
    expect(await blocked('09:00')).toEqual([[], [], [], [], []]);
    await move(times('14:00', '15:00', date(0, 1)));
    expect(await blocked('14:00', undefined, 1)).toEqual(asSaid);
  });

  test('holds where it is made days and timed again', async () => {
    await move(allDay(1));
    expect(await blocked('09:00', undefined, 1)).toEqual(asSaid);
    await move(timed('11:00', '12:00'));
    expect(await blocked('11:00')).toEqual(asSaid);
    expect(await places()).toEqual([`event ${start(4, '10:00')}`, `following ${start(2, '10:00')}`]);
  });

  test('holds on both sides of a change of the clocks', async () => {
    await decide(['Kari'], from(14, '07:00'));
    await decide([], only(12, '07:00'));
    await move(times('08:00', '09:00'));
    expect(await places()).toEqual(
      [`event ${start(4, '07:00')}`, `following ${start(2, '07:00')}`]
        .concat(`event ${start(12, '06:00')}`, `following ${start(14, '06:00')}`)
        .sort(),
    );
  });

  test('gives way to what is said after the move', async () => {
    await move(times('08:00', '09:00'));
    await decide(['Anna'], from(2, '07:00'));
    expect(await blocked('08:00')).toEqual([[], ['Anna'], ['Anna'], ['Anna'], ['Anna']]);
  });

  test('gives way to what the event itself says where it is now, written while we were away', async () => {
    await shop.written();
    await shop.edit(series, times('08:00', '09:00'));
    const kari = { resourceId: shop.resource.Kari, places: null, startShift: 0, endShift: 0, means: null };
    const id = `${series}_${date(4).replaceAll('-', '')}T070000Z`;
    await shop.mark(id, { id: uuid(), scope: 'event', from: start(4, '07:00'), shares: [kari] });
    await shop.pull();
    expect(await blocked('08:00')).toEqual([[], ['Per'], ['Per'], ['Kari'], ['Per']]);
    expect(await inForce()).toHaveLength(2);
  });

  test('is ended and said anew, once: read again, nothing changes, and what is ended stays so', async () => {
    shop.clock.now += 1000;
    await move(times('08:00', '09:00'));
    const once = await shop.decisions();
    expect(once.map(({ endedBy, actor }) => endedBy ?? actor)).toEqual(['event', 'event', 'event', 'event']);
    expect(once.map(({ endedAt }) => endedAt !== null)).toEqual([true, true, false, false]);
    await shop.pullAll();
    await move({ summary: 'Course, renamed' });
    expect(await shop.decisions()).toEqual(once);
    await shop.call('DELETE', `/decisions/${once.find(({ from: at }) => at === start(4, '07:00'))!.id}`);
    await shop.pullAll();
    expect(await blocked('08:00')).toEqual([[], ['Per'], ['Per'], ['Per'], ['Per']]);
  });

  test('holds where the move is found by reading everything, and where it is moved back', async () => {
    await shop.edit(series, times('08:00', '09:00'));
    await shop.pullAll();
    expect(await blocked('08:00')).toEqual(asSaid);
    await move(times('09:00', '10:00'));
    expect(await blocked('09:00')).toEqual(asSaid);
    expect(await places()).toEqual([`event ${start(4)}`, `following ${start(2)}`]);
  });

  test('is left as it is by another rule, an earlier end, and a move of another series', async () => {
    const before = await shop.decisions();
    const other = await shop.type('Kari', 'Yoga', { event: { recurrence: ['RRULE:FREQ=WEEKLY'] } });
    await shop.pull();
    await move(times('13:00', '14:00'), other);
    await move({ recurrence: ['RRULE:FREQ=WEEKLY;COUNT=9'] });
    expect(await shop.decisions()).toEqual(before);
    expect(await blocked('09:00')).toEqual(asSaid);
  });

  test('holds as it did for an event that Google left standing by itself', async () => {
    await world.context.db.execute(sql`
      insert into events select (e).* from (select jsonb_populate_record(m, jsonb_build_object(
          'event_id', m.event_id || '_left', 'series_id', m.event_id, 'original', ${start(4)}::text,
          'starts_at', ${start(4, '12:00')}::text, 'ends_at', ${start(4, '13:00')}::text, 'recurrence', null)) as e
        from events m where m.event_id = ${series}) made`);
    await move(times('08:00', '09:00'));
    expect(await blocked('13:00', [4])).toEqual([['Anna']]);
    expect(await places()).toEqual([`event ${start(4)}`, `following ${start(2, '07:00')}`]);
  });

  test('of all of the series stays what it was', async () => {
    const id = await decide(['Kari'], { scope: 'series' });
    await move(times('08:00', '09:00'));
    expect((await inForce()).map((one) => one.id)).toContain(id);
    expect(await blocked('08:00', [1, 2])).toEqual([['Kari'], ['Per']]);
  });
});

describe('of several', () => {
  beforeEach(async () => {
    await shop.clear();
    await shop.set({ undecided: 'nobody' });
  });

  test('on one day, each goes to its own', async () => {
    const rule = (hours: string) => ({ recurrence: [`RRULE:FREQ=DAILY;BYHOUR=${hours}`] });
    await typed(rule('9,14'));
    await decide(['Kari'], only(4, '13:00'));
    await move({ ...times('10:00', '11:00'), ...rule('10,15') });
    expect(await blocked('10:00', [4])).toEqual([['Anna']]);
    expect(await blocked('15:00', [4])).toEqual([['Kari']]);
  });

  test('on two days moved by one, the one of the same day counts, and of the other staff are told', async () => {
    await typed({ recurrence: ['RRULE:FREQ=WEEKLY;BYDAY=MO,TU'] });
    await decide(['Kari'], { scope: 'event', from: `${date(4, 1)}T08:00:00.000Z` });
    await move({ ...times('09:00', '10:00', date(0, 1)), recurrence: ['RRULE:FREQ=WEEKLY;BYDAY=TU,WE'] });
    expect(await blocked('09:00', [4], 1)).toEqual([['Kari']]);
    expect(await shop.told('decision_lost')).toMatchObject([{ to: 'staff', details: { eventId: series } }]);
  });

  test('one that has no event any more stays as it is, and staff are told once', async () => {
    await typed();
    const id = (await inForce()).find(({ scope }) => scope === 'event')!.id;
    await move({ ...times('08:00', '09:00'), recurrence: ['RRULE:FREQ=WEEKLY;COUNT=3'] });
    await move(times('10:00', '11:00'));
    expect(await shop.told('decision_lost')).toMatchObject([{ about: id, calendarId: shop.calendarId }]);
    expect(await places()).toEqual([`event ${start(4)}`, `following ${start(2, '09:00')}`]);
  });

  test('what waits to be confirmed waits where it belongs now', async () => {
    await shop.set({ adopt: 'ask' });
    series = await shop.type('Anna', 'Course', { event: { recurrence: ['RRULE:FREQ=WEEKLY'] } });
    const per = { resourceId: shop.resource.Per, places: null, startShift: 0, endShift: 0, means: null };
    const id = `${series}_${date(2).replaceAll('-', '')}T080000Z`;
    await shop.mark(id, { id: uuid(), scope: 'following', from: start(2), shares: [per] });
    await shop.pull();
    await move(times('08:00', '09:00'));
    const [waiting, ...others] = await inForce();
    expect([waiting, others]).toMatchObject([{ proposed: true, from: start(2, '07:00') }, []]);
    expect(await blocked('08:00', [2])).toEqual([[]]);
    await shop.call('POST', `/decisions/${waiting!.id}/accept`);
    expect(await blocked('08:00', [1, 2])).toEqual([[], ['Per']]);
  });

  test('what names no day at all keeps no reading back', async () => {
    series = await shop.type('Anna', 'Course', { event: { recurrence: ['RRULE:FREQ=WEEKLY'] } });
    await shop.pull();
    for (const at of ['2027-02-30', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '9999-12-31']) {
      await shop.mark(series, { id: uuid(), scope: 'following', from: at, shares: [] });
      await shop.pull();
    }
    expect(await shop.decisions()).toHaveLength(4);
    await move(times('08:00', '09:00', date(0, 1)));
    await move(allDay(3));
    expect(await blocked('09:00', [1], 3)).toEqual([[]]);
  });
});

describe('where it stands in Google', () => {
  const id = (n: number, time: string) => `${series}_${date(n).replaceAll('-', '')}T${time}00Z`;
  const marked = async (it: Freeing, n: number, time: string) =>
    Object.keys(await it.privateOf(id(n, time))).some((key) => key.startsWith('sidebookDecision'));
  const weekly = { recurrence: ['RRULE:FREQ=WEEKLY;COUNT=8'] };
  const open = async (settings: object = { undecided: 'nobody' }) => {
    const it = await Freeing.open(world, settings as Record<string, unknown>);
    series = await it.type('Anna', 'Course', { day: monday, event: weekly });
    await it.pull();
    return it;
  };

  test('the mark is in the event as it is now, and what is read from then on changes nothing', async () => {
    const it = await open();
    await decide(['Per'], from(2), it.shop);
    await decide(['Anna'], only(4), it.shop);
    await it.settle();
    expect([await marked(it, 2, '0800'), await marked(it, 4, '0800')]).toEqual([true, true]);
    await it.shop.edit(series, times('08:00', '09:00'));
    await it.settle();
    expect([await marked(it, 2, '0700'), await marked(it, 4, '0700')]).toEqual([true, true]);
    const said = await it.shop.decisions();
    await it.shop.control.expireSyncTokens({ calendar: it.shop.googleId });
    await it.settle();
    expect(await it.shop.decisions()).toEqual(said);
    await it.shop.edit(series, times('13:00', '14:00'));
    await it.settle();
    expect(await it.shop.blockedAt('13:00', date(3))).toEqual(['Per']);
    expect(await it.shop.blockedAt('13:00', date(4))).toEqual(['Anna']);
  });

  test('our tables lost, the marks alone say it', async () => {
    const it = await open();
    await decide(['Per'], from(2), it.shop);
    await it.settle();
    await it.shop.edit(series, times('08:00', '09:00'));
    await it.settle();
    await it.shop.lose();
    await it.lose();
    await it.settle();
    expect(await it.shop.blockedAt('08:00', date(1))).toEqual([]);
    expect(await it.shop.blockedAt('08:00', date(3))).toEqual(['Per']);
  });

  test.each([
    ['earlier', '0700', times('08:00', '09:00')],
    ['later', '0900', times('10:00', '11:00')],
  ])(
    'what is to be Free from one on, but for one, is so %s too, and is set back',
    async (_, time, change) => {
      const it = await open({ undecided: 'everybody' });
      const following = { eventId: id(2, '0800'), scope: 'following' };
      const { body: run } = await it.fix({ events: [following] });
      await it.settle();
      await it.undo({ eventId: id(4, '0800') });
      await it.settle();
      await it.shop.edit(series, change);
      await it.settle();
      const areFree = () => Promise.all([1, 2, 3, 4, 5].map((n) => it.isFree(id(n, time))));
      expect(await areFree()).toEqual([false, true, true, false, true]);
      expect((await it.fixes()).map(({ from: at }) => at)).toEqual([
        start(2, `${time.slice(0, 2)}:00`),
        start(4, `${time.slice(0, 2)}:00`),
      ]);
      await it.shop.call('POST', `/runs/${run.id}/undo`);
      await it.settle();
      expect(await areFree()).toEqual([false, false, false, false, false]);
    },
  );
});
