// Setting events Free and undoing it: Google shows it, availability stays as it was, and undone nothing is left of it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorld, type World } from '../sync/world.ts';
import { Freeing, type RunShape } from './freeing.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const first = '2027-01-12T08:00:00.000Z';
const second = '2027-01-19T08:00:00.000Z';
const third = '2027-01-26T08:00:00.000Z';
const idAt = (series: string, original: string) =>
  `${series}_${original.replace(/\.000/, '').replace(/[-:]/g, '')}`;

describe('a single event', () => {
  test('set Free and undone: availability never changes, and Google has it exactly as before', async () => {
    const it = await Freeing.open(world);
    const id = await it.type('anna', 'Dentist', {
      event: { description: 'Bring papers', colorId: '5', extendedProperties: { private: { theirs: 'x' } } },
    });
    await it.pull();
    const [before, taken] = [await it.google(id), await it.taken()];
    expect(await it.shop.blockedAt()).toEqual(['Anna']);

    const { status, body: run } = await it.fix({ events: [{ eventId: id }] });
    expect([status, run]).toMatchObject([
      202,
      { kind: 'fix', total: 1, done: 0, state: 'running', skipped: [] },
    ]);
    await it.settle();
    expect(await it.google(id)).toEqual({
      ...before,
      transparency: 'transparent',
      extendedProperties: { private: { ...(await it.privateOf(id)), theirs: 'x' } },
    });
    expect(Object.keys(await it.privateOf(id))).toHaveLength(2);
    expect(await it.taken()).toEqual(taken);
    const [row] = await it.mirrored();
    expect(row).toMatchObject({ free: false, freed: true });
    expect((await it.shop.marks())[0]).toMatchObject({ free: true, was: 'opaque' });
    const { body: done } = await it.shop.call<RunShape>('GET', `/runs/${run.id}`);
    expect(done).toMatchObject({ done: 1, failed: 0, state: 'done' });

    expect(await it.undo({ eventId: id })).toEqual({ status: 202, body: { events: 1 } });
    await it.settle();
    expect(await it.google(id)).toEqual(before);
    expect(await it.taken()).toEqual(taken);
    expect((await it.mirrored())[0]).toMatchObject({ free: false, freed: false });
    expect((await it.undo({ eventId: id })).status).toBe(409);
  });

  test('all day, of a calendar day: as well', async () => {
    const it = await Freeing.open(world);
    const id = await it.type('kari', 'Course', { allDay: true });
    await it.pull();
    const [before, taken] = [await it.google(id), await it.taken()];
    await it.fix({ events: [{ eventId: id }] });
    await it.settle();
    expect(await it.isFree(id)).toBe(true);
    expect(await it.taken()).toEqual(taken);
    await it.undo({ eventId: id });
    await it.settle();
    expect(await it.google(id)).toEqual(before);
  });

  test('found after our tables were lost counts as it was, is left Free, and can still be undone', async () => {
    const it = await Freeing.open(world);
    const id = await it.type('anna', 'Dentist');
    await it.pull();
    const [before, taken] = [await it.google(id), await it.taken()];
    await it.fix({ events: [{ eventId: id }] });
    await it.settle();
    await it.lose();
    await it.settle();
    expect([await it.isFree(id), await it.taken()]).toEqual([true, taken]);
    await it.undo({ eventId: id });
    await it.settle();
    expect([await it.google(id), await it.taken()]).toEqual([before, taken]);
  });

  test('with a decision: it stands in the event beside the mark, and stays when Free is undone', async () => {
    const it = await Freeing.open(world);
    const id = await it.type('anna', 'Dentist');
    await it.pull();
    const before = await it.google(id);
    const said = { eventId: id, shares: [{ resourceId: it.shop.resource.Kari }], free: true };
    expect((await it.shop.call('POST', it.shop.on('decisions'), said)).status).toBe(201);
    await it.settle();
    expect(await it.isFree(id)).toBe(true);
    expect(Object.keys(await it.privateOf(id))).toHaveLength(2);
    expect(await it.shop.blockedAt()).toEqual(['Kari']);
    await it.undo({ eventId: id });
    await it.settle();
    expect(await it.isFree(id)).toBe(false);
    expect(Object.keys(await it.privateOf(id))).toHaveLength(1);
    expect(await it.shop.blockedAt()).toEqual(['Kari']);
    const [decision] = await it.shop.decisions();
    await it.shop.call('DELETE', `/decisions/${decision!.id}`);
    await it.settle();
    expect(await it.google(id)).toEqual(before);
    expect(await it.shop.blockedAt()).toEqual(['Anna']);
  });
});

describe('a series', () => {
  test('as a whole: the master and its Busy exceptions; one that a person set Free stays theirs', async () => {
    const it = await Freeing.open(world);
    const id = await it.weekly('anna', 'Training');
    await it.shop.edit(idAt(id, second), { summary: 'Training, outdoors' });
    await it.shop.edit(idAt(id, third), { transparency: 'transparent' });
    await it.pull();
    const ids = [id, idAt(id, first), idAt(id, second), idAt(id, third)];
    const before = await Promise.all(ids.map(it.google.bind(it)));
    const taken = await it.taken();
    const { body: run } = await it.fix({ events: [{ eventId: id, scope: 'series' }] });
    expect(run).toMatchObject({ total: 2, skipped: [] });
    await it.settle();
    expect(await Promise.all(ids.map(it.isFree))).toEqual([true, true, true, true]);
    expect(await it.privateOf(idAt(id, third))).toEqual({});
    expect(await it.taken()).toEqual(taken);

    const { body: undo } = await it.shop.call<RunShape>('POST', `/runs/${run.id}/undo`);
    expect(undo).toMatchObject({ kind: 'undo', total: 2, state: 'running' });
    await it.settle();
    expect(await Promise.all(ids.map(it.google.bind(it)))).toEqual(before);
    expect(await it.taken()).toEqual(taken);
    expect((await it.shop.call<RunShape>('GET', `/runs/${run.id}`)).body.state).toBe('undone');
    expect((await it.shop.call('POST', `/runs/${run.id}/undo`)).status).toBe(409);
    expect((await it.shop.call<{ items: RunShape[] }>('GET', it.shop.on('runs'))).body.items).toMatchObject([
      { kind: 'undo', state: 'done', done: 2 },
      { kind: 'fix', state: 'undone' },
    ]);
  });

  test('one occurrence of a Free series is set back by itself, and waits for the series to be written', async () => {
    const it = await Freeing.open(world);
    const id = await it.weekly('anna', 'Training');
    await it.pull();
    const before = await it.google(idAt(id, second));
    const taken = await it.taken();
    await it.fix({ events: [{ eventId: id, scope: 'series' }] });
    // Before anything is written.
    await it.undo({ eventId: idAt(id, second) });
    await it.settle();
    expect(await it.google(idAt(id, second))).toEqual(before);
    expect(await it.isFree(idAt(id, third))).toBe(true);
    await it.undo({ eventId: id, scope: 'series' });
    await it.settle();
    expect(await it.isFree(id)).toBe(false);
    expect(await it.taken()).toEqual(taken);
  });

  test('from a point on: occurrences inside the window, later ones as they enter', async () => {
    const it = await Freeing.open(world);
    const id = await it.type('anna', 'Training', {
      day: '2027-01-12',
      event: { recurrence: ['RRULE:FREQ=WEEKLY'] },
    });
    await it.pull();
    const taken = await it.taken();
    const { body: run } = await it.fix({ events: [{ eventId: idAt(id, second), scope: 'following' }] });
    await it.settle();
    expect(run.total).toBe(taken.length - 1);
    expect(await it.isFree(id)).toBe(false);
    expect(await it.isFree(idAt(id, first))).toBe(false);
    expect(await it.isFree(idAt(id, second))).toBe(true);
    expect(await it.taken()).toEqual(taken);
    const freed = async () => (await it.mirrored()).filter((row) => row.freed).length;
    expect(await freed()).toBe(run.total);

    it.shop.clock.now += 14 * 24 * 3_600_000;
    // Something of it changes, or the window rolls: both look again.
    await it.roll();
    await it.settle();
    expect(await freed()).toBe(run.total + 2);
    await it.undo({ eventId: id, scope: 'series' });
    await it.settle();
    expect(await freed()).toBe(0);
    expect(await it.isFree(idAt(id, second))).toBe(false);
  });

  test('beyond the days that are expanded: wished now, and set Free as it comes in; not what is over', async () => {
    const it = await Freeing.open(world);
    const every = (day: string, rule: string) =>
      it.type('anna', 'Training', { day, event: { recurrence: [`RRULE:${rule}`] } });
    const later = await every('2027-04-06', 'FREQ=WEEKLY');
    const [yearly, cancelled] = [
      await every('2026-06-01', 'FREQ=YEARLY'),
      await every('2027-04-06', 'FREQ=DAILY'),
    ];
    const over = await every('2026-12-01', 'FREQ=WEEKLY;COUNT=2');
    await it.shop.edit(`${cancelled}_20270407T070000Z`, { status: 'cancelled' });
    await it.pull();
    const from = { eventId: `${later}_20270413T070000Z`, scope: 'following' };
    const single = { eventId: `${later}_20270427T070000Z` };
    expect((await it.fix({ events: [from] })).body).toMatchObject({ total: 0, state: 'done', skipped: [] });
    const { body: run } = await it.fix({
      events: [
        { eventId: yearly, scope: 'series' },
        { eventId: over, scope: 'series' },
        { eventId: `${cancelled}_20270407T070000Z` },
        single,
      ],
    });
    expect(run).toMatchObject({
      total: 1,
      skipped: [{ reason: 'over', count: 2 }, { reason: 'set_free_already' }],
    });
    await it.settle();
    expect([await it.isFree(yearly), await it.isFree(later)]).toEqual([true, false]);

    it.shop.clock.now += 45 * 24 * 3_600_000;
    await it.roll();
    await it.settle();
    const all = ['06', '13', '20'].map((day) => it.isFree(`${later}_202704${day}T070000Z`));
    expect(await Promise.all(all)).toEqual([false, true, true]);
  });

  test('from a later point on it is set back, and from there set Free anew', async () => {
    const it = await Freeing.open(world);
    const id = await it.weekly('anna', 'Training');
    await it.pull();
    const all = () => Promise.all([first, second, third].map((at) => it.isFree(idAt(id, at))));
    const from = (at: string) => ({ eventId: idAt(id, at), scope: 'following' });
    await it.fix({ events: [from(first)] });
    await it.settle();
    expect(await it.undo(from(second))).toEqual({ status: 202, body: { events: 5 } });
    await it.settle();
    expect(await all()).toEqual([true, false, false]);
    await it.fix({ events: [from(third)] });
    await it.settle();
    expect(await all()).toEqual([true, false, true]);
    await it.undo(from(third));
    await it.settle();
    expect(await all()).toEqual([true, false, false]);
  });

  test('set Free again once some of it was undone, all of it stays Free, and the later run undoes it', async () => {
    const it = await Freeing.open(world);
    const id = await it.weekly('anna', 'Training');
    await it.pull();
    const series = { events: [{ eventId: id, scope: 'series' }] };
    const { body: run } = await it.fix(series);
    await it.settle();
    const all = () => Promise.all([id, idAt(id, second), idAt(id, third)].map(it.isFree));
    await it.undo({ eventId: idAt(id, second) });
    await it.shop.edit(idAt(id, third), { transparency: 'opaque' });
    await it.settle();
    expect(await all()).toEqual([true, false, false]);

    it.shop.clock.now += 60_000;
    const { body: again } = await it.fix(series);
    expect(again.total).toBe(2);
    for (let turn = 0; turn < 2; turn++) await it.settle();
    expect(await all()).toEqual([true, true, true]);
    const undo = (of: RunShape) =>
      it.shop.call<RunShape & { message: string }>('POST', `/runs/${of.id}/undo`);
    expect(await undo(run)).toMatchObject({
      status: 409,
      body: { message: expect.stringMatching(/by a later run/) },
    });
    expect((await undo(again)).body).toMatchObject({ kind: 'undo', total: 3 });
    await it.settle();
    expect(await all()).toEqual([false, false, false]);
  });

  test('decided to be Free once more after one of it was undone, it is so wholly; its run can be undone still', async () => {
    const it = await Freeing.open(world);
    const id = await it.weekly('anna', 'Training');
    await it.pull();
    const { body: run } = await it.fix({ events: [{ eventId: id, scope: 'series' }] });
    await it.settle();
    await it.undo({ eventId: idAt(id, second) });
    await it.settle();
    it.shop.clock.now += 60_000;
    const said = {
      eventId: id,
      scope: 'series',
      shares: [{ resourceId: it.shop.resource.Kari }],
      free: true,
    };
    expect((await it.shop.call('POST', it.shop.on('decisions'), said)).status).toBe(201);
    await it.settle();
    expect(await it.isFree(idAt(id, second))).toBe(true);
    await it.shop.call('POST', `/runs/${run.id}/undo`);
    await it.settle();
    expect([await it.isFree(id), await it.isFree(idAt(id, second))]).toEqual([false, false]);
  });

  test('moved by a person, it goes on being Free from its point on', async () => {
    const it = await Freeing.open(world);
    const id = await it.weekly('anna', 'Training');
    await it.pull();
    await it.fix({ events: [{ eventId: idAt(id, second), scope: 'following' }] });
    await it.settle();
    await it.shop.edit(id, {
      start: { dateTime: '2027-01-12T11:00:00', timeZone: 'Europe/Oslo' },
      end: { dateTime: '2027-01-12T12:00:00', timeZone: 'Europe/Oslo' },
    });
    await it.settle();
    expect(await it.isFree(`${id}_20270119T100000Z`)).toBe(true);
    expect(await it.isFree(`${id}_20270112T100000Z`)).toBe(false);
  });
});

describe('all that match', () => {
  test('are counted first, by reason, and then set Free; undone all are as they were', async () => {
    const it = await Freeing.open(world);
    const { shop } = it;
    const ids = [
      await it.type('anna', 'Dentist', { from: '08:00', to: '08:30' }),
      await it.type('kari', 'Errand', { from: '11:00', to: '12:00' }),
    ];
    const series = await it.weekly('per', 'Training');
    const mixed = await it.weekly('anna', 'Lunch');
    await it.type('owner', 'Board meeting');
    await it.type('anna', 'Free', { event: { transparency: 'transparent' } });
    const past = await it.type('anna', 'Over', { day: '2027-01-04' });
    await it.pull();
    await shop.call('POST', shop.on('decisions'), {
      eventId: mixed,
      from: second,
      shares: Object.values(shop.resource).map((resourceId) => ({ resourceId })),
    });
    await it.settle();
    const [before, taken] = [
      await Promise.all([...ids, series, mixed].map(it.google.bind(it))),
      await it.taken(),
    ];
    const since = await it.lastRequest();
    const dry = await it.fix({ dryRun: true });
    expect(dry.status).toBe(200);
    expect(dry.body).toMatchObject({ id: null, state: 'dry', done: 0, total: 2 + 1 + 5 });
    expect([...dry.body.skipped].sort((a, b) => a.reason.localeCompare(b.reason))).toEqual([
      { reason: 'blocks_everybody', count: 1 },
      { reason: 'free_already', count: 1 },
      { reason: 'undecided', count: 1 },
    ]);
    expect(await it.fixes()).toEqual([]);

    const { body: run } = await it.fix();
    expect(run).toMatchObject({ total: dry.body.total, skipped: dry.body.skipped, state: 'running' });
    await it.settle();
    expect(await it.writes(since)).toEqual(Array(8).fill('events.update 200'));
    expect(await Promise.all([...ids, series, past, mixed].map(it.isFree))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(await it.isFree(idAt(mixed, third))).toBe(true);
    expect(await it.isFree(idAt(mixed, second))).toBe(false);
    expect(await it.taken()).toEqual(taken);
    expect((await it.fix()).body).toMatchObject({ total: 0, state: 'done' });

    await shop.call('POST', `/runs/${run.id}/undo`);
    await it.settle();
    expect(await Promise.all([...ids, series, mixed].map(it.google.bind(it)))).toEqual(before);
    expect(await it.taken()).toEqual(taken);
  });

  test('of some days, and by some rules', async () => {
    const it = await Freeing.open(world, {});
    const { shop } = it;
    await shop.call('PUT', shop.on('rules'), {
      rules: [{ when: { texts: ['#info'] }, whom: { kind: 'nobody' } }, { whom: { kind: 'creator' } }],
    });
    await it.pull();
    const info = await it.type('anna', 'Plants watered #info');
    await it.type('anna', 'Dentist', { day: '2027-01-12' });
    await it.weekly('kari', 'Training');
    await it.pull();
    const { body } = await shop.call<{ rules: { id: string }[] }>('GET', shop.on('rules'));
    const total = async (match: object) => (await it.fix({ dryRun: true, match })).body.total;
    expect(await total({})).toBe(3);
    expect(await total({ ruleIds: [body.rules[0]!.id] })).toBe(1);
    expect(await total({ from: '2027-01-12', to: '2027-01-19' })).toBe(3);
    expect(await total({ from: '2027-01-20' })).toBe(4);
    await it.fix({ match: { ruleIds: [body.rules[0]!.id] } });
    await it.settle();
    expect(await it.isFree(info)).toBe(true);
  });

  test('but not what only waits for an answer; named, that too', async () => {
    const it = await Freeing.open(world, {
      undecided: 'everybody',
      unanswered: 'ignore',
      tentative: 'ignore',
    });
    const attendees = [
      { email: it.shop.googleId, responseStatus: 'needsAction' },
      { email: it.shop.mail('owner') },
    ];
    const id = await it.type('anna', 'Board', { event: { attendees } });
    await it.type('anna', 'Perhaps', { event: { status: 'tentative' } });
    await it.pull();
    expect(await it.taken()).toEqual([]);
    const skipped = [{ reason: 'undecided', count: 2 }];
    expect((await it.fix()).body).toMatchObject({ total: 0, skipped });
    expect((await it.fix({ events: [{ eventId: id }] })).body).toMatchObject({ total: 1, skipped: [] });
    await it.settle();
    expect(await it.isFree(id)).toBe(true);
  });

  test('that cannot be, or not by us, are told by their reason', async () => {
    const it = await Freeing.open(world);
    expect((await it.fix({ events: [{ eventId: 'nosuch' }] })).body).toMatchObject({
      total: 0,
      state: 'done',
      skipped: [{ reason: 'unknown', count: 1 }],
    });
    const id = await it.type('anna', 'Dentist');
    await it.weekly('anna', 'Training');
    await it.pull();
    expect((await it.fix({ events: [{ eventId: id, scope: 'series' }] })).status).toBe(400);
    await it.readOnly();
    expect((await it.fix()).body).toMatchObject({ total: 0, skipped: [{ reason: 'read_only', count: 2 }] });
  });
});
