// Whom an event blocks: each signal of Google's, the order they count in, and thousands of events against a plain copy.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Answer,
  type DecideSettings,
  type Decision,
  decide,
  decisionFor,
  type EventFlags,
  isFree,
  type LinkedResource,
  type Outcome,
  type Share,
} from '../../shared/decide.ts';
import { applyRules, type Rule } from '../../shared/rules.ts';
import { plainOutcome } from './plain-decide.ts';

const event: EventFlags = {
  status: 'confirmed',
  free: false,
  type: 'default',
  allDay: false,
  response: null,
  color: null,
  creator: null,
};
const settings: DecideSettings = {
  undecided: 'everybody',
  allDay: 'busy',
  tentative: 'block',
  unanswered: 'block',
  outOfOffice: 'block',
  focusTime: 'block',
};
const linked: LinkedResource[] = ['anna', 'kari', 'room', 'van'].map((id) => ({
  id,
  names: [id],
  memberId: ['anna', 'kari'].includes(id) ? `member-${id}` : null,
  means: 'block',
}));
const share = (resourceId: string, more: Partial<Share> = {}): Share => ({
  resourceId,
  places: null,
  startShift: 0,
  endShift: 0,
  means: null,
  ...more,
});
const decision = (...shares: Share[]): Decision => ({ id: 'd', scope: 'event', from: null, shares });
const answer = (...shares: Share[]): Answer => ({ rule: 'r', shares });

interface Case {
  event?: Partial<EventFlags>;
  settings?: Partial<DecideSettings>;
  answer?: Answer;
  decision?: Decision;
  linked?: readonly LinkedResource[];
}
const ask = (asked: Case): Outcome =>
  decide({
    event: { ...event, ...asked.event },
    settings: { ...settings, ...asked.settings },
    answer: asked.answer ?? null,
    decision: asked.decision ?? null,
    linked: asked.linked ?? linked,
  });
const taken = ({ takes }: Outcome) => takes.map(({ resourceId }) => resourceId);
const everybody = ['anna', 'kari', 'room', 'van'];

describe('each signal of an event', () => {
  // By default it takes everybody; whatever else settles it here says nobody.
  type Row = [string, Partial<EventFlags>, Partial<DecideSettings>, Outcome['why']['code']];
  const rows: Row[] = [
    ['Busy', {}, {}, 'default'],
    ['Free', { free: true }, {}, 'free'],
    ['Free where all-day events always count', { free: true }, { allDay: 'always' }, 'free'],
    ['all-day and Free', { free: true, allDay: true }, {}, 'free'],
    ['all-day and Free, always counted', { free: true, allDay: true }, { allDay: 'always' }, 'default'],
    ['all-day and Busy', { allDay: true }, {}, 'default'],
    ['all-day and Busy, never counted', { allDay: true }, { allDay: 'never' }, 'all_day'],
    ['timed where all-day events never count', {}, { allDay: 'never' }, 'default'],
    ['cancelled', { status: 'cancelled' }, {}, 'cancelled'],
    ['declined', { response: 'declined' }, {}, 'declined'],
    ['accepted', { response: 'accepted' }, { tentative: 'ignore', unanswered: 'ignore' }, 'default'],
    ['no guest', { response: null }, { tentative: 'ignore', unanswered: 'ignore' }, 'default'],
    ['not answered', { response: 'needsAction' }, { tentative: 'ignore' }, 'default'],
    ['not answered, ignored', { response: 'needsAction' }, { unanswered: 'ignore' }, 'unanswered'],
    ['answered maybe', { response: 'tentative' }, { unanswered: 'ignore' }, 'default'],
    ['answered maybe, ignored', { response: 'tentative' }, { tentative: 'ignore' }, 'tentative'],
    ['tentative', { status: 'tentative' }, {}, 'default'],
    ['tentative, ignored', { status: 'tentative' }, { tentative: 'ignore' }, 'tentative'],
    ['working location', { type: 'workingLocation' }, {}, 'type'],
    ['birthday', { type: 'birthday' }, {}, 'type'],
    ['birthday, all-day always counted', { type: 'birthday', allDay: true }, { allDay: 'always' }, 'type'],
    ['out of office', { type: 'outOfOffice' }, { focusTime: 'ignore' }, 'default'],
    ['out of office, ignored', { type: 'outOfOffice' }, { outOfOffice: 'ignore' }, 'type'],
    ['focus time', { type: 'focusTime' }, { outOfOffice: 'ignore' }, 'default'],
    ['focus time, ignored', { type: 'focusTime' }, { focusTime: 'ignore' }, 'type'],
    ['read from a mail', { type: 'fromGmail' }, {}, 'default'],
  ];
  test.each(rows)('%s', (_, flags, set, code) => {
    const outcome = ask({ event: flags, settings: set });
    expect(taken(outcome)).toEqual(code === 'default' ? everybody : []);
    expect(outcome.why).toEqual(code === 'type' ? { code, type: flags.type } : { code });
    expect(outcome.undecided).toBe(false);
  });
});

describe('an event that nobody decided', () => {
  test('takes nobody where the calendar says so', () =>
    expect(ask({ settings: { undecided: 'nobody' } })).toEqual({
      takes: [],
      why: { code: 'default' },
      undecided: false,
    }));

  test("takes its creator's resources, all of them", () => {
    const two = [...linked, { id: 'bike', names: [], memberId: 'member-kari', means: 'block' as const }];
    const outcome = ask({
      event: { creator: 'member-kari' },
      settings: { undecided: 'creator' },
      linked: two,
    });
    expect(taken(outcome)).toEqual(['kari', 'bike']);
    expect(outcome).toMatchObject({ why: { code: 'default' }, undecided: false });
  });

  test.each([null, 'member-who-left'])('takes everybody until asked if its creator is %s', (creator) => {
    const outcome = ask({ event: { creator }, settings: { undecided: 'creator' } });
    expect(taken(outcome)).toEqual(everybody);
    expect(outcome).toMatchObject({ why: { code: 'unknown_creator' }, undecided: true });
  });

  test('takes everybody until asked', () => {
    const outcome = ask({ settings: { undecided: 'ask' } });
    expect(taken(outcome)).toEqual(everybody);
    expect(outcome).toMatchObject({ why: { code: 'ask' }, undecided: true });
  });

  test('opens nobody until asked', () => {
    const mixed = linked.map((one) => ({ ...one, means: one.id === 'van' ? 'open' : 'block' }) as const);
    expect(taken(ask({ settings: { undecided: 'ask' }, linked: mixed }))).toEqual(['anna', 'kari', 'room']);
    expect(taken(ask({ settings: { undecided: 'creator' }, linked: mixed }))).not.toContain('van');
    expect(ask({ linked: mixed }).takes).toContainEqual(share('van', { means: 'open' }));
  });

  test.each(['outOfOffice', 'focusTime'] as const)('of type %s opens nobody: it takes them', (type) => {
    const mixed = linked.map((one) => ({ ...one, means: one.id === 'kari' ? 'open' : 'block' }) as const);
    const asked = { event: { type, creator: 'member-kari' }, linked: mixed };
    const blocked = share('kari', { means: 'block' });
    for (const undecided of ['everybody', 'creator', 'ask'] as const)
      expect(ask({ ...asked, settings: { undecided } }).takes).toContainEqual(blocked);
    // A person, or a rule, may still say that it does.
    const opened = [share('kari', { means: 'open' })];
    expect(ask({ ...asked, decision: decision(share('kari')) }).takes).toEqual(opened);
    expect(ask({ ...asked, answer: answer(share('kari')) }).takes).toEqual(opened);
  });
});

describe('the order', () => {
  const yes = decision(share('kari'));
  test('cancelled and declined beat a decision', () => {
    expect(taken(ask({ event: { status: 'cancelled' }, decision: yes }))).toEqual([]);
    expect(taken(ask({ event: { response: 'declined' }, decision: yes, answer: answer() }))).toEqual([]);
  });

  test('a decision beats Free, the rules, the type and the settings', () => {
    for (const odd of [{ free: true }, { type: 'birthday' }, { allDay: true }] as const)
      expect(
        ask({
          event: odd,
          settings: { allDay: 'never' },
          decision: yes,
          answer: answer(share('anna')),
        }),
      ).toEqual({
        takes: [share('kari', { means: 'block' })],
        why: { code: 'decision', id: 'd' },
        undecided: false,
      });
  });

  test("a rule's answer beats Free, the type and the settings", () => {
    for (const odd of [{ free: true }, { type: 'workingLocation' }, { allDay: true }] as const)
      expect(ask({ event: odd, settings: { allDay: 'never' }, answer: answer(share('anna')) })).toMatchObject(
        { takes: [{ resourceId: 'anna' }], why: { code: 'rule', id: 'r' } },
      );
  });

  test('a rule or decision that names nobody is an answer', () => {
    expect(ask({ answer: answer() })).toMatchObject({ takes: [], why: { code: 'rule', id: 'r' } });
    expect(ask({ decision: decision() })).toMatchObject({ takes: [], why: { code: 'decision', id: 'd' } });
  });
});

describe('shares', () => {
  test('of resources that are not linked any more are dropped; the decision stays one', () => {
    expect(taken(ask({ decision: decision(share('gone'), share('kari')) }))).toEqual(['kari']);
    expect(ask({ decision: decision(share('gone')) })).toEqual({
      takes: [],
      why: { code: 'decision', id: 'd' },
      undecided: false,
    });
  });

  test('part of the event and some of the places are handed on', () => {
    const part = share('van', { places: 2, startShift: -15, endShift: -60, means: 'block' });
    expect(ask({ answer: answer(part) }).takes).toEqual([part]);
  });

  test('the first of two that name one resource counts', () =>
    expect(ask({ answer: answer(share('van', { places: 2 }), share('van')) }).takes).toEqual([
      share('van', { places: 2, means: 'block' }),
    ]));

  test('mean what they say, else what the link says', () => {
    const opening = linked.map((one) => ({ ...one, means: 'open' }) as const);
    const shares = [share('anna'), share('kari', { means: 'block' })];
    expect(ask({ decision: decision(...shares), linked: opening }).takes.map(({ means }) => means)).toEqual([
      'open',
      'block',
    ]);
  });
});

describe('which decision holds', () => {
  const series: Decision = { id: 'series', scope: 'series', from: null, shares: [] };
  const following = (from: string): Decision => ({
    id: `from ${from}`,
    scope: 'following',
    from,
    shares: [],
  });
  const at = (from: string | null): Decision => ({ id: `at ${from}`, scope: 'event', from, shares: [] });
  const monday = '2026-11-09T08:00:00Z';
  const tuesday = '2026-11-10T08:00:00Z';
  const wednesday = '2026-11-11T08:00:00Z';
  const idFor = (decisions: Decision[], original: string | null) => decisionFor(decisions, original)?.id;

  test('none', () => {
    expect(decisionFor([], null)).toBeNull();
    expect(decisionFor([at(monday), following(tuesday)], null)).toBeNull();
    expect(decisionFor([at(null), at(tuesday), following(tuesday)], monday)).toBeNull();
  });

  test("the event's, else the last that begins at or before it, else the series'", () => {
    const all = [at(tuesday), following(wednesday), following(monday), following(tuesday), series];
    expect(idFor(all, tuesday)).toBe(`at ${tuesday}`);
    expect(idFor(all.slice(1), tuesday)).toBe(`from ${tuesday}`);
    expect(idFor(all, monday)).toBe(`from ${monday}`);
    expect(idFor(all, '2026-12-01T08:00:00Z')).toBe(`from ${wednesday}`);
    expect(idFor(all, '2026-11-01T08:00:00Z')).toBe('series');
    expect(idFor([series, at(null)], null)).toBe('at null');
    expect(idFor([series], null)).toBe('series');
  });

  test('an instant is the same however it is written', () =>
    expect(idFor([series, at('2026-11-10T08:00:00.000Z')], '2026-11-10T08:00:00Z')).toBe(
      'at 2026-11-10T08:00:00.000Z',
    ));

  test('all-day series', () => {
    const all = [series, following('2026-11-10'), at('2026-11-12')];
    expect(['2026-11-09', '2026-11-10', '2026-11-11', '2026-11-12'].map((day) => idFor(all, day))).toEqual([
      'series',
      'from 2026-11-10',
      'from 2026-11-10',
      'at 2026-11-12',
    ]);
  });

  test('a timed series that became all-day, and back: day by day', () => {
    expect(idFor([series, at(tuesday), following(wednesday)], '2026-11-10')).toBe(`at ${tuesday}`);
    expect(idFor([series, following(tuesday)], '2026-11-10')).toBe(`from ${tuesday}`);
    expect(idFor([series, following(tuesday)], '2026-11-09')).toBe('series');
    expect(idFor([series, following('2026-11-10')], monday)).toBe('series');
    expect(idFor([series, following('2026-11-10'), at('2026-11-11')], wednesday)).toBe('at 2026-11-11');
    // Decided before the change and after it.
    expect(idFor([at('2026-11-10'), at(tuesday)], '2026-11-10')).toBe('at 2026-11-10');
  });

  test('of two alike the later in the list', () => {
    const second = { ...at(monday), id: 'second' };
    expect(idFor([at(monday), second], monday)).toBe('second');
    expect(idFor([following(monday), { ...following(monday), id: 'second' }], monday)).toBe('second');
    expect(idFor([series, { ...series, id: 'second' }], null)).toBe('second');
  });
});

describe('for any event', () => {
  const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { freq: 3 });
  const ids = ['anna', 'kari', 'room', 'van'];
  const members = fc.constantFrom('m1', 'm2', 'm3');
  const means = fc.constantFrom('block' as const, 'open' as const);
  const shares = fc.array(
    fc.record({
      resourceId: fc.constantFrom(...ids, 'gone'),
      places: maybe(fc.integer({ min: 1, max: 5 })),
      startShift: fc.constantFrom(0, 0, -15, 30),
      endShift: fc.constantFrom(0, 0, -60, 15),
      means: maybe(means),
    }),
    { maxLength: 4 },
  );
  const type = fc.constantFrom(
    ...(['default', 'outOfOffice', 'focusTime', 'workingLocation', 'birthday', 'fromGmail'] as const),
  );
  const response = fc.constantFrom(...(['accepted', 'declined', 'tentative', 'needsAction'] as const));
  const color = fc.constantFrom('1', '2');
  const flags: fc.Arbitrary<EventFlags> = fc.record({
    status: fc.constantFrom('confirmed', 'confirmed', 'confirmed', 'tentative', 'cancelled'),
    free: fc.boolean(),
    type: fc.oneof({ weight: 2, arbitrary: fc.constant('default' as const) }, type),
    allDay: fc.boolean(),
    response: maybe(response),
    color: maybe(color),
    creator: maybe(members),
  });
  const some = <T>(one: fc.Arbitrary<T>) => fc.array(one, { maxLength: 2 });
  const rule: fc.Arbitrary<Rule> = fc.record({
    id: fc.constantFrom('r1', 'r2'),
    when: fc.record(
      {
        texts: some(fc.constantFrom('lunch', '#info', '@anna', 'Room 2')),
        creators: some(members),
        colors: some(color),
        types: some(type),
        allDay: fc.boolean(),
        responses: some(fc.oneof(response, fc.constant('none' as const))),
      },
      { requiredKeys: [] },
    ),
    whom: fc.oneof(
      fc.constantFrom(
        { kind: 'everybody' as const },
        { kind: 'nobody' as const },
        { kind: 'creator' as const },
        { kind: 'named' as const },
      ),
      shares.map((listed) => ({ kind: 'listed' as const, shares: listed })),
    ),
    means: maybe(means),
    alsoWhenFree: fc.boolean(),
  });
  const start = fc.constantFrom(
    '2026-11-09',
    '2026-11-10',
    '2026-11-11',
    '2026-11-09T08:00:00.000Z',
    '2026-11-10T08:00:00.000Z',
    '2026-11-10T23:30:00.000Z',
    '2026-11-11T08:00:00.000Z',
  );
  const decisions = fc.array(
    fc.record({
      id: fc.uuid(),
      scope: fc.constantFrom('event', 'following', 'series'),
      from: maybe(start),
      shares,
    }) as fc.Arbitrary<Decision>,
    { maxLength: 4 },
  );
  const line = fc
    .array(fc.constantFrom('Anna', '@kari', '#room2', 'Room 2', 'lunch', '#info', 'van:', 'x'), {
      maxLength: 3,
    })
    .map((words) => words.join(' '));
  const question = fc.record({
    event: flags,
    text: fc.record({ title: line, description: line, location: line }),
    rules: fc.array(rule, { maxLength: 3 }),
    decisions,
    original: maybe(start),
    settings: fc.record({
      undecided: fc.constantFrom('everybody', 'nobody', 'creator', 'ask'),
      allDay: fc.constantFrom('busy', 'always', 'never'),
      tentative: fc.constantFrom('block', 'ignore'),
      unanswered: fc.constantFrom('block', 'ignore'),
      outOfOffice: fc.constantFrom('block', 'ignore'),
      focusTime: fc.constantFrom('block', 'ignore'),
    }) as fc.Arbitrary<DecideSettings>,
    linked: fc.uniqueArray(
      fc.record({
        id: fc.constantFrom(...ids),
        names: fc.subarray(['Anna', 'Kari', 'Room 2', 'van']),
        memberId: maybe(members),
        means,
      }),
      { selector: ({ id }) => id, maxLength: 4 },
    ),
  });

  test('the answer is the one that the plain copy gives', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const outcome = decide({
          ...asked,
          answer: applyRules(asked.rules, {
            ...asked,
            event: { ...asked.event, free: isFree(asked.event, asked.settings) },
          }),
          decision: decisionFor(asked.decisions, asked.original),
        });
        const takes = outcome.takes.toSorted((a, b) => (a.resourceId < b.resourceId ? -1 : 1));
        expect({ takes, undecided: outcome.undecided }).toEqual(plainOutcome(asked));
      }),
      { numRuns: 20_000 },
    );
  });
});
