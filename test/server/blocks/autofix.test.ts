// New events set Free as they arrive: those that rules or the default call for, never one a person has set, and no loop.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorld, type World } from '../sync/world.ts';
import { Freeing } from './freeing.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const open = (settings: Record<string, unknown> = {}) =>
  Freeing.open(world, { undecided: 'creator', autoFix: true, ...settings });

describe('with auto-fix on', () => {
  test('a new event is set Free once, availability stays, and all comes to rest', async () => {
    const it = await open();
    const since = await it.lastRequest();
    const id = await it.type('anna', 'Dentist');
    await it.settle();
    expect(await it.isFree(id)).toBe(true);
    expect(await it.shop.blockedAt()).toEqual(['Anna']);
    for (let turn = 0; turn < 3; turn++) await it.settle();
    await it.shop.control.expireSyncTokens({ calendar: it.shop.googleId });
    await it.settle();
    // Ours comes back as a change: it is not answered by another.
    expect(await it.writes(since)).toEqual(['events.update 200']);
    expect(await it.fixes()).toMatchObject([{ actor: 'auto-fix', undoneAt: null }]);
  });

  test('a series as a whole, and what changes later of it: still one write each', async () => {
    const it = await open();
    const since = await it.lastRequest();
    const id = await it.weekly('anna', 'Training');
    await it.settle();
    expect(await it.writes(since)).toHaveLength(1);
    expect(await it.isFree(id)).toBe(true);
    await it.shop.edit(`${id}_20270119T080000Z`, { summary: 'Training, outdoors' });
    await it.settle();
    expect(await it.writes(since)).toHaveLength(1);
    expect(await it.isFree(`${id}_20270119T080000Z`)).toBe(true);
  });

  test('an event that a rule calls for only after a change; by nobody else', async () => {
    const it = await open({ undecided: 'everybody' });
    await it.shop.call('PUT', it.shop.on('rules'), {
      rules: [{ when: { texts: ['#info'] }, whom: { kind: 'nobody' } }],
    });
    await it.pull();
    const id = await it.type('anna', 'Plants watered');
    await it.settle();
    expect(await it.isFree(id)).toBe(false);
    await it.shop.edit(id, { summary: 'Plants watered #info' });
    await it.settle();
    expect(await it.isFree(id)).toBe(true);
  });

  test('what stood there before is left alone, as is what is over, undecided, or decided by a person', async () => {
    const it = await open({ autoFix: false });
    const old = await it.type('anna', 'Old');
    await it.pull();
    await it.shop.set({ autoFix: true });
    await it.settle();
    // Read whole once more, it is still nothing new.
    await it.shop.control.expireSyncTokens({ calendar: it.shop.googleId });
    await it.settle();
    const over = await it.type('anna', 'Over', { day: '2027-01-04' });
    const strange = await it.type('owner', 'Whose is it');
    await it.settle();
    expect(await Promise.all([old, over, strange].map(it.isFree))).toEqual([false, false, false]);
    const said = { eventId: strange, shares: [{ resourceId: it.shop.resource.Kari }] };
    await it.shop.call('POST', it.shop.on('decisions'), said);
    await it.settle();
    await it.shop.edit(strange, { summary: 'Whose was it' });
    await it.settle();
    expect(await it.isFree(strange)).toBe(false);
  });

  test('what is new is set Free where everything had to be read anew; a first reading leaves all as it is', async () => {
    const it = await open();
    const id = await it.type('anna', 'Dentist');
    await it.shop.control.expireSyncTokens({ calendar: it.shop.googleId });
    await it.settle();
    const series = await it.weekly('kari', 'Training');
    await it.shop.call('PUT', it.shop.on('rules'), {
      rules: [{ when: { texts: ['#info'] }, whom: { kind: 'nobody' } }],
    });
    await it.settle();
    expect([await it.isFree(id), await it.isFree(series)]).toEqual([true, true]);

    expect((await it.shop.call('DELETE', `/calendars/${it.shop.calendarId}`)).status).toBe(204);
    const meanwhile = await it.type('anna', 'Meanwhile', { from: '11:00', to: '12:00' });
    const { accountId, googleId } = it.shop;
    it.shop.calendarId = await it.shop.make('/calendars', { accountId, googleId });
    await it.shop.set({ undecided: 'creator', autoFix: true });
    await it.shop.link();
    await it.settle();
    expect(await it.shop.blockedAt('11:00')).toEqual(['Anna']);
    expect(await it.isFree(meanwhile)).toBe(false);
  });

  test('what only its times were known of is not new once it is shown whole', async () => {
    const it = await open();
    const share = (role: 'freeBusyReader' | 'writer') =>
      it.shop.control.share({ calendar: it.shop.googleId, person: it.shop.mail('owner'), role });
    await it.shop.withOwn('Anna', async () => {
      await it.shop.set({ undecided: 'creator', autoFix: true });
      await share('freeBusyReader');
      const id = await it.type('anna', 'Dentist', { from: '11:00', to: '12:00' });
      for (let turn = 0; turn < 2; turn++) await it.pull();
      expect((await it.mirrored()).map(({ eventId }) => eventId.slice(0, 5))).toEqual(['busy:']);
      await share('writer');
      for (let turn = 0; turn < 2; turn++) await it.settle();
      expect((await it.mirrored()).map(({ eventId }) => eventId)).toEqual([id]);
      expect(await it.fixes()).toEqual([]);
    });
  });

  test('what a person has set is left alone: Free, Busy again after ours, Busy again after theirs', async () => {
    const it = await open();
    const [ours, theirs] = [
      await it.type('anna', 'Dentist'),
      await it.type('anna', 'Errand', { event: { transparency: 'transparent' }, from: '11:00', to: '12:00' }),
    ];
    await it.settle();
    expect(await it.privateOf(theirs)).toEqual({});
    await it.shop.edit(ours, { transparency: 'opaque' });
    await it.shop.edit(theirs, { transparency: 'opaque' });
    await it.settle();
    for (const id of [ours, theirs]) await it.shop.edit(id, { summary: 'Renamed' });
    await it.settle();
    expect([await it.isFree(ours), await it.isFree(theirs)]).toEqual([false, false]);
    expect([await it.privateOf(ours), await it.privateOf(theirs)]).toEqual([{}, {}]);
    expect(await it.shop.blockedAt()).toEqual(['Anna']);
  });

  test('undone by staff, it is not done again', async () => {
    const it = await open();
    const id = await it.type('anna', 'Dentist');
    await it.settle();
    await it.undo({ eventId: id });
    await it.settle();
    await it.shop.edit(id, { summary: 'Renamed' });
    await it.settle();
    expect(await it.isFree(id)).toBe(false);
  });

  test('a single event that a person makes a series goes on being Free as that series, without a write', async () => {
    const it = await open();
    const id = await it.type('anna', 'Dentist');
    await it.settle();
    const since = await it.lastRequest();
    await it.shop.edit(id, { recurrence: ['RRULE:FREQ=DAILY'] });
    await it.settle();
    expect([await it.isFree(id), await it.isFree(`${id}_20270112T080000Z`)]).toEqual([true, true]);
    expect(await it.writes(since)).toEqual([]);
    expect(await it.undo({ eventId: id, scope: 'series' })).toEqual({ status: 202, body: { events: 1 } });
    await it.settle();
    expect([await it.isFree(id), await it.privateOf(id)]).toEqual([false, {}]);
    // What was taken back of the single event is taken back of the series: it is not done again.
    await it.shop.edit(id, { summary: 'Renamed' });
    await it.settle();
    expect(await it.isFree(id)).toBe(false);
  });

  test('of a series that is not alike: nothing as a whole; an occurrence that is changed, by itself', async () => {
    const it = await open({ undecided: 'everybody' });
    await it.shop.call('PUT', it.shop.on('rules'), {
      rules: [{ when: { texts: ['#info'] }, whom: { kind: 'nobody' } }],
    });
    await it.pull();
    const id = await it.weekly('anna', 'Training');
    await it.shop.edit(`${id}_20270119T080000Z`, { summary: 'Cancelled, see #info' });
    await it.settle();
    expect(await it.isFree(id)).toBe(false);
    expect(await it.isFree(`${id}_20270119T080000Z`)).toBe(true);
    expect(await it.isFree(`${id}_20270126T080000Z`)).toBe(false);
  });

  test('a series that begins, or goes on, beyond the days that are expanded; not one that is decided there', async () => {
    const it = await open();
    const every = (day: string, rule: string) =>
      it.type('anna', 'Training', { day, event: { recurrence: [`RRULE:${rule}`] } });
    const [weekly, yearly] = [
      await every('2027-04-06', 'FREQ=WEEKLY'),
      await every('2026-06-01', 'FREQ=YEARLY'),
    ];
    await it.settle();
    expect([await it.isFree(weekly), await it.isFree(yearly)]).toEqual([true, true]);
    await it.shop.set({ autoFix: false });
    const decided = await every('2027-04-06', 'FREQ=DAILY;COUNT=10');
    await it.settle();
    const said = { eventId: decided, from: '2027-04-06T07:00:00Z', scope: 'following', shares: [] };
    expect((await it.shop.call('POST', it.shop.on('decisions'), said)).status).toBe(201);
    await it.shop.set({ autoFix: true });
    await it.settle();
    await it.shop.edit(decided, { summary: 'Renamed' });
    await it.settle();
    expect(await it.isFree(decided)).toBe(false);

    const since = await it.lastRequest();
    it.shop.clock.now += 45 * 24 * 3_600_000;
    await it.roll();
    await it.settle();
    expect(await it.isFree(`${weekly}_20270413T070000Z`)).toBe(true);
    // Nine by Oslo's clock in summer.
    expect(await it.shop.blockedAt('08:00', '2027-04-13')).toEqual(['Anna']);
    expect(await it.writes(since)).toEqual([]);
  });

  test('what only waits for an answer is left alone', async () => {
    const it = await open({ undecided: 'everybody', unanswered: 'ignore', tentative: 'ignore' });
    const owner = it.shop.mail('owner');
    const invited = (responseStatus: string) => ({
      event: { attendees: [{ email: it.shop.googleId, responseStatus }, { email: owner }] },
    });
    const ids = [
      await it.type('anna', 'Board', invited('needsAction')),
      await it.type('anna', 'Board', invited('tentative')),
      await it.type('anna', 'Board', { event: { status: 'tentative' } }),
    ];
    await it.settle();
    expect(await it.shop.blockedAt()).toEqual([]);
    expect(await Promise.all(ids.map(it.isFree))).toEqual([false, false, false]);
  });

  test('not on a calendar that may only be read', async () => {
    const it = await open();
    await it.readOnly();
    await it.type('anna', 'Dentist');
    await it.pull();
    expect(await it.fixes()).toEqual([]);
  });
});

describe('what auto-fix has set Free and blocks everybody by now', () => {
  /** Blocks nobody by a rule, as long as that or the tag is there; else everybody. */
  const ruled = async () => {
    const it = await open({ undecided: 'everybody' });
    const rules = (texts: string[]) =>
      it.shop.call('PUT', it.shop.on('rules'), {
        rules: texts.map((text) => ({ when: { texts: [text] }, whom: { kind: 'nobody' } })),
      });
    await rules(['#info']);
    await it.pull();
    const id = await it.type('anna', 'Plants #info');
    const series = await it.weekly('anna', 'Watering #info');
    await it.settle();
    const free = () => Promise.all([id, series].map(it.isFree));
    expect(await free()).toEqual([true, true]);
    const rename = async (summary: string) => {
      for (const one of [id, series]) await it.shop.edit(one, { summary });
      await it.settle();
    };
    return { it, id, series, rules, free, rename };
  };

  test('is Busy again once the tag is gone, by one write each; and Free once it is back', async () => {
    const { it, id, series, free, rename } = await ruled();
    const since = await it.lastRequest();
    await rename('Plants');
    expect(await free()).toEqual([false, false]);
    expect([await it.privateOf(id), await it.privateOf(series)]).toEqual([{}, {}]);
    for (let turn = 0; turn < 3; turn++) await it.settle();
    expect(await it.writes(since)).toHaveLength(2);
    await rename('Plants #info');
    expect(await free()).toEqual([true, true]);
    for (let turn = 0; turn < 3; turn++) await it.settle();
    expect(await it.writes(since)).toHaveLength(4);
  });

  test('is Busy again once the rule is gone, or another choice is made of what none speaks of', async () => {
    const { it, rules, free } = await ruled();
    await rules([]);
    await it.settle();
    expect(await free()).toEqual([false, false]);
    const other = await open();
    const id = await other.type('anna', 'Dentist');
    await other.settle();
    await other.shop.set({ undecided: 'everybody' });
    await other.settle();
    expect(await other.isFree(id)).toBe(false);
  });

  test('stays Free where a person wished so too, of it or of its series', async () => {
    const { it, id } = await ruled();
    const series = await it.weekly('anna', 'Lunch');
    const one = `${series}_20270119T080000Z`;
    await it.shop.edit(one, { summary: 'Lunch, see #info' });
    await it.settle();
    expect(await Promise.all([one, series].map(it.isFree))).toEqual([true, false]);
    const shares = Object.values(it.shop.resource).map((resourceId) => ({ resourceId }));
    await it.shop.call('POST', it.shop.on('decisions'), { eventId: id, shares, free: true });
    const whole = { eventId: series, scope: 'series' };
    expect((await it.fix({ events: [whole, whole] })).status).toBe(202);
    await it.settle();
    await it.shop.edit(one, { summary: 'Lunch' });
    await it.settle();
    expect(await Promise.all([id, one, series].map(it.isFree))).toEqual([true, true, true]);
  });

  test('is Busy again before it comes in, where it lies beyond the days that are expanded', async () => {
    const { it } = await ruled();
    const later = await it.type('anna', 'Watering #info', {
      day: '2027-04-06',
      event: { recurrence: ['RRULE:FREQ=WEEKLY'] },
    });
    await it.settle();
    expect(await it.isFree(later)).toBe(true);
    await it.shop.edit(later, { summary: 'Watering' });
    await it.settle();
    expect(await it.isFree(later)).toBe(false);
  });

  test('is left alone from then on once a person has set it Busy', async () => {
    const { it, id, free, rename } = await ruled();
    await rename('Plants');
    await it.shop.edit(id, { transparency: 'transparent' });
    await it.settle();
    await it.shop.edit(id, { transparency: 'opaque' });
    await it.settle();
    await rename('Plants #info');
    expect(await free()).toEqual([false, true]);
  });

  test('stays Free where a person has set it so, or only some of its series blocks everybody', async () => {
    const { it, id, series, free } = await ruled();
    await it.shop.edit(id, { transparency: 'opaque' });
    await it.settle();
    await it.shop.edit(id, { transparency: 'transparent', summary: 'Plants' });
    await it.shop.edit(`${series}_20270119T080000Z`, { summary: 'Watering' });
    await it.settle();
    expect(await free()).toEqual([true, true]);
  });
});

test('with auto-fix off nothing is set Free', async () => {
  const it = await open({ autoFix: false });
  const id = await it.type('anna', 'Dentist');
  await it.settle();
  expect(await it.isFree(id)).toBe(false);
});
