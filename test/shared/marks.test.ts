// What we write into an event: read back as it was, never half of it, never another business's, never past Google's limits.
import fc from 'fast-check';
import { v4, v7 } from 'uuid';
import { describe, expect, test } from 'vitest';
import type { Decision } from '../../shared/decide.ts';
import { type Mark, MarkTooLong, readMark, writeMark } from '../../shared/marks.ts';

const businessId = '01890a5d-ac96-774b-bcce-b302099a8057';
const decision: Decision = {
  id: '0190163d-8694-739b-aea5-966c26f8ad91',
  scope: 'following',
  from: '2026-11-20T08:00:00.000Z',
  shares: [
    {
      resourceId: '018f3f5e-2a44-7c1e-9d2c-000000000001',
      places: null,
      startShift: 0,
      endShift: 0,
      means: null,
    },
    {
      resourceId: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
      places: 2,
      startShift: -15,
      endShift: 0,
      means: 'block',
    },
    {
      resourceId: '00000000-0000-0000-0000-000000000000',
      places: null,
      startShift: 0,
      endShift: -60,
      means: 'open',
    },
  ],
};
const mark: Mark = { businessId, decision, freed: { was: 'opaque' } };
const many = (count: number): Mark => ({
  ...mark,
  decision: {
    ...decision,
    shares: Array.from({ length: count }, () => ({ ...decision.shares[1]!, resourceId: v7() })),
  },
});

/** As Google keeps them: null removes, what is too long is dropped or cut without a word. */
function patched(
  before: Record<string, string>,
  patch: Record<string, string | null>,
): Record<string, string> {
  const after = { ...before };
  for (const [key, value] of Object.entries(patch)) {
    if (key.length > 44) continue;
    if (value === null) delete after[key];
    else after[key] = value.slice(0, 1024);
  }
  return after;
}
const written = (...marks: Mark[]) =>
  marks.reduce((properties, one) => patched(properties, writeMark(one)), {} as Record<string, string>);

describe('a mark', () => {
  test('is short: ids are their 16 bytes', () => {
    const short = (id: string) => Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
    const body = [
      `f${short(decision.id)}2026-11-20T08:00:00.000Z`,
      `${short(decision.shares[0]!.resourceId)}-`,
      `${short(decision.shares[1]!.resourceId)}b2,-15,0`,
      `${short(decision.shares[2]!.resourceId)}o,0,-60`,
    ].join(';');
    const own = short(businessId).slice(-8);
    const properties = written(mark);
    expect(Object.keys(properties)).toEqual([`sidebookFree_${own}`, `sidebookDecision_${own}_0`]);
    expect(properties[`sidebookDecision_${own}_0`]?.slice(0, -7)).toBe(`1${short(businessId)}1${body}`);
  });

  test('stays what it is from version to version', () =>
    // Written into people's calendars: what changes here needs a new version, and the old one still read.
    expect(written(mark)).toMatchInlineSnapshot(`
      {
        "sidebookDecision_MCCZqAVw_0": "1AYkKXayWd0u8zrMCCZqAVw1fAZAWPYaUc5uupZZsJvitkQ2026-11-20T08:00:00.000Z;AY8_XipEfB6dLAAAAAAAAQ-;_____________________wb2,-15,0;AAAAAAAAAAAAAAAAAAAAAAo,0,-601pvjcis",
        "sidebookFree_MCCZqAVw": "1AYkKXayWd0u8zrMCCZqAVw1opaque015pcog",
      }
    `));

  test('comes back', () => {
    expect(readMark(written(mark), businessId)).toEqual(mark);
    for (const one of [{ ...mark, decision: null }, { ...mark, freed: null }, many(300)])
      expect(readMark(written(one), businessId)).toEqual(one);
  });

  test('of nothing is nothing', () => {
    const none = { businessId, decision: null, freed: null };
    expect(written(none)).toEqual({});
    expect(readMark({}, businessId)).toBeNull();
    expect(readMark(null, businessId)).toBeNull();
    expect(readMark(undefined, businessId)).toBeNull();
    expect(readMark({ sidebookBusiness: businessId, sidebookBooking: 'x' }, businessId)).toBeNull();
    expect(written(many(300), none)).toEqual({});
  });

  test('of a decision that settles nobody is one', () => {
    const nobody: Mark = { ...mark, decision: { ...decision, scope: 'event', from: null, shares: [] } };
    expect(readMark(written(nobody), businessId)).toEqual(nobody);
  });
});

describe('others', () => {
  const other = { ...mark, businessId: v7(), freed: { was: 'transparent' as const } };
  test('keep what is theirs', () => {
    const theirs = { color: 'red', sidebookBusiness: 'b', sidebookBooking: 'u', sidebookDecision: 'x' };
    const keys = Object.keys(writeMark(mark));
    expect(keys.filter((key) => !/^sidebook(Decision|Free)_/.test(key))).toEqual([]);
    expect(patched(theirs, writeMark(mark))).toMatchObject(theirs);
  });

  test('another business that follows the calendar has its own mark', () => {
    const both = written(many(100), other);
    expect(readMark(both, other.businessId)).toEqual(other);
    expect(readMark(both, businessId)?.decision?.shares).toHaveLength(100);
    expect(readMark(written(mark), other.businessId)).toBeNull();
    const freed = { ...other, decision: null };
    const left = patched(both, writeMark({ businessId, decision: null, freed: null }));
    expect(readMark(patched(left, writeMark(freed)), other.businessId)).toEqual(freed);
  });

  test('a business whose keys look alike is not taken for ours', () => {
    const twin = businessId.replace(/^.{8}/, 'ffffffff');
    expect(Object.keys(writeMark({ ...mark, businessId: twin }))).toEqual(Object.keys(writeMark(mark)));
    expect(readMark(written(mark), twin)).toBeNull();
  });

  test('businesses made in one moment have keys of their own', () => {
    const at = { msecs: 1_800_000_000_000 };
    const keys = (id: string) => Object.keys(writeMark({ ...mark, businessId: id }));
    expect(keys(v7(at))).not.toEqual(keys(v7(at)));
  });
});

describe("Google's limits", () => {
  test('a decision is split before a value is cut, and refused before it needs an eleventh', () => {
    let parts = 0;
    for (let count = 0; parts < 11; count++) {
      let properties: Record<string, string | null>;
      try {
        properties = writeMark(many(count));
      } catch (error) {
        expect(error).toBeInstanceOf(MarkTooLong);
        expect(parts).toBe(10);
        expect(count).toBeGreaterThan(300);
        return;
      }
      const values = Object.values(properties).filter((value) => value !== null);
      parts = values.length - 1;
      expect(Object.keys(properties).length).toBe(11);
      for (const key of Object.keys(properties)) expect(key.length).toBeLessThanOrEqual(44);
      for (const value of values) expect(value).toMatch(/^[\x20-\x7e]{1,1024}$/);
      expect(Object.entries(properties).join('').length).toBeLessThan(32_768);
    }
    expect.unreachable();
  });

  test('a shorter decision leaves nothing of a longer one behind', () => {
    const properties = written(many(300), mark);
    expect(Object.keys(properties)).toHaveLength(2);
    expect(readMark(properties, businessId)).toEqual(mark);
  });
});

describe('half a mark', () => {
  const long: Mark = { ...many(120), freed: null };
  const keys = Object.keys(written(long));

  test('a part that is lost', () => {
    expect(keys.length).toBeGreaterThan(2);
    for (const key of keys) expect(readMark(patched(written(long), { [key]: null }), businessId)).toBeNull();
  });

  test('parts of two decisions', () => {
    const older = written({ ...many(120), freed: null });
    for (const key of keys)
      expect(readMark({ ...written(long), [key]: older[key] ?? '' }, businessId)).toBeNull();
  });

  test('parts in each other’s place', () => {
    const [first = '', second = ''] = keys;
    const properties = written(long);
    const swapped = { ...properties, [first]: properties[second] ?? '', [second]: properties[first] ?? '' };
    expect(readMark(swapped, businessId)).toBeNull();
  });

  test('any one letter changed, lost or added', () => {
    const properties = written({ ...mark, freed: null });
    const [[key = '', value = ''] = []] = Object.entries(properties);
    for (let at = 0; at < value.length; at++)
      for (const letters of ['', 'A', '0', ';', 'é', `${value[at]}${value[at]}`]) {
        const edited = value.slice(0, at) + letters + value.slice(at + 1);
        if (edited !== value) expect(readMark({ [key]: edited }, businessId)).toBeNull();
      }
  });

  test('what an event was before is kept apart from the decision', () => {
    const properties = written(mark);
    const [free = '', decided = ''] = Object.keys(properties);
    expect(readMark({ ...properties, [decided]: 'broken' }, businessId)).toEqual({ ...mark, decision: null });
    expect(readMark({ ...properties, [free]: 'broken' }, businessId)).toEqual({ ...mark, freed: null });
    expect(readMark({ [free]: 'broken', [decided]: 'broken' }, businessId)).toBeNull();
  });

  test('a version that we do not know', () => {
    const newer = Object.entries(written(mark)).map(([key, value]) => [key, value.replace(/^1/, '2')]);
    expect(readMark(Object.fromEntries(newer), businessId)).toBeNull();
  });
});

test('what cannot be read back is not written', () => {
  const wrong = (change: Partial<Decision>) => () =>
    writeMark({ ...mark, decision: { ...decision, ...change } });
  const [share] = decision.shares;
  expect(wrong({ id: 'no uuid' })).toThrow(RangeError);
  expect(wrong({ from: 'tomorrow' })).toThrow(RangeError);
  expect(wrong({ from: '2026-13-01' })).toThrow(RangeError);
  expect(wrong({ shares: [{ ...share!, places: 1.5 }] })).toThrow(RangeError);
  expect(wrong({ shares: [{ ...share!, endShift: Number.NaN }] })).toThrow(RangeError);
  expect(() => writeMark({ ...mark, businessId: 'clinic' })).toThrow(RangeError);
  expect(readMark(written(mark), 'clinic')).toBeNull();
});

describe('for any mark', () => {
  const share = fc.record({
    resourceId: fc.uuid(),
    places: fc.option(fc.integer({ min: 0, max: 1000 })),
    startShift: fc.integer({ min: -1440, max: 1440 }),
    endShift: fc.oneof(fc.constant(0), fc.integer({ min: -1440, max: 1440 })),
    means: fc.constantFrom('block' as const, 'open' as const, null),
  });
  const instant = fc
    .date({ min: new Date('1970-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString());
  const any: fc.Arbitrary<Mark> = fc.record({
    businessId: fc.uuid(),
    decision: fc.option(
      fc.record({
        id: fc.uuid(),
        scope: fc.constantFrom('event' as const, 'following' as const, 'series' as const),
        from: fc.oneof(
          instant,
          instant.map((text) => text.slice(0, 10)),
          fc.constant(null),
        ),
        shares: fc.array(share, { maxLength: 200 }),
      }),
    ),
    freed: fc.constantFrom({ was: 'opaque' as const }, { was: 'transparent' as const }, null),
  });

  test('it comes back, whatever stood there before', () => {
    fc.assert(
      fc.property(any, any, (before, after) => {
        const none = after.decision === null && after.freed === null;
        const same = { ...before, businessId: after.businessId };
        expect(readMark(written(same, after), after.businessId)).toEqual(none ? null : after);
        expect(readMark(written(before, after), before.businessId)).toEqual(
          before.decision || before.freed ? before : null,
        );
      }),
    );
  });

  test('properties of any kind are read as a mark or as none', () => {
    const keys = Object.keys(writeMark(mark));
    const values = Object.values(written(many(100)));
    const junk = fc.dictionary(
      fc.constantFrom(...keys),
      fc.oneof(
        fc.string(),
        fc.constantFrom(...values),
        fc.constantFrom(...values).map((value) => value.slice(0, 40)),
      ),
    );
    fc.assert(fc.property(junk, (properties) => void readMark(properties, businessId)));
    expect(readMark(Object.fromEntries(keys.map((key) => [key, v4()])), businessId)).toBeNull();
  });
});
