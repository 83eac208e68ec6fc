// What a person did, told from what we wrote, what we tried, and what Google shows.
import { describe, expect, test } from 'vitest';
import {
  asFollowed,
  type Base,
  foundOf,
  held,
  keptOf,
  kindsOf,
  rebased,
  resolve,
  sightOf,
} from '../../../server/sync/drift.ts';
import type { OwnFields } from '../../../server/sync/event.ts';
import { newEvent } from '../../../server/sync/merge.ts';

const written: OwnFields = {
  summary: 'Check-up',
  description: 'Anna',
  location: '',
  start: '2026-11-20T08:00:00.000Z',
  end: '2026-11-20T09:00:00.000Z',
  zone: 'Europe/Oslo',
  status: 'confirmed',
  transparency: 'opaque',
  colorId: null,
  marks: { sidebookBooking: 'u' },
};
const base: Base = { calendarId: 'a', present: true, etag: '"1"', written, tried: null, diedAt: null };
const event = { ...newEvent('id', written), etag: '"2"' };
const at = (start: string, end: string) => ({ start: { dateTime: start }, end: { dateTime: end } });
const moved = at('2026-11-20T11:00:00+01:00', '2026-11-20T12:00:00+01:00');

describe('what a person did', () => {
  test('is nothing where only text, colour or guests differ, or the zone of the same instants', () => {
    const edited = {
      ...event,
      ...at('2026-11-20T09:00:00+01:00', '2026-11-20T10:00:00+01:00'),
      summary: 'VIP',
      description: 'x',
      colorId: '5',
      attendees: [{ email: 'g@x.test' }],
    };
    expect(kindsOf(sightOf(edited, 'a'), base)).toEqual([]);
  });

  test.each([
    ['moved', moved],
    ['moved', at('2026-11-20T08:00:00Z', '2026-11-20T10:00:00Z')],
    ['moved', { start: { date: '2026-11-20' }, end: { date: '2026-11-21' } }],
    ['moved', { recurrence: ['RRULE:FREQ=DAILY'] }],
    ['freed', { transparency: 'transparent' }],
    ['deleted', { status: 'cancelled' }],
  ])('%s: %j', (kind, change) => {
    expect(kindsOf(sightOf({ ...event, ...change }, 'a'), base)).toEqual([kind]);
  });

  test('may be two things at once; in another calendar it is that first of all', () => {
    const both = { ...event, ...moved, transparency: 'transparent' };
    expect(kindsOf(sightOf(both, 'a'), base)).toEqual(['moved', 'freed']);
    expect(kindsOf(sightOf(both, 'b'), base)).toEqual(['left']);
    expect(kindsOf(sightOf(null, 'a'), base)).toEqual(['deleted']);
  });

  test('is not what we tried ourselves, or what is wanted by now', () => {
    const ours = { ...written, start: '2026-11-20T10:00:00.000Z', end: '2026-11-20T11:00:00.000Z' };
    const sight = sightOf({ ...event, ...moved }, 'a');
    expect(kindsOf(sight, { ...base, tried: [ours] })).toEqual([]);
    expect(kindsOf(sight, base, ours)).toEqual([]);
    expect(kindsOf(sightOf(null, 'a'), { ...base, tried: [{ gone: true }] })).toEqual([]);
    expect(kindsOf(sightOf(null, 'a'), { ...base, etag: null })).toEqual([]);
  });

  test('is no matter where the event is not to be, stands for what was, or was given up', () => {
    const sight = sightOf({ ...event, ...moved }, 'a');
    const cancelled = { ...written, marks: { ...written.marks, sidebookState: 'cancelled' } };
    for (const of of [{ present: false }, { written: null }, { diedAt: new Date(0) }, { written: cancelled }])
      expect(kindsOf(sight, { ...base, ...of })).toEqual([]);
  });
});

describe('once settled', () => {
  test('what Google shows is what we go by: it is no drift any more, and the next one is', () => {
    const sight = sightOf({ ...event, ...moved, transparency: 'transparent' }, 'a');
    const found = foundOf('moved', sight, written);
    expect(found).toMatchObject({ start: '2026-11-20T10:00:00.000Z', was: written.start });
    const after = rebased(rebased(written, 'moved', found), 'freed', {});
    expect(kindsOf(sight, { ...base, written: after })).toEqual([]);
    expect(
      kindsOf(sightOf({ ...event, ...at('2026-11-20T15:00Z', '2026-11-20T16:00Z') }, 'a'), {
        ...base,
        written: after,
      }),
    ).toEqual(['moved']);
    expect(asFollowed(written, after, true).transparency).toBe('opaque');
    expect(asFollowed(written, { ...after, freed: true }, true).transparency).toBe('transparent');
    expect(asFollowed(written, { ...after, freed: true }, false).freed).toBeUndefined();
  });

  test('what is open is left as it is, and is not taken for written by us', () => {
    const { shown } = sightOf({ ...event, ...moved, transparency: 'transparent' }, 'a');
    const now = { ...written, start: '2026-11-20T12:00:00.000Z', end: '2026-11-20T13:00:00.000Z' };
    const open = new Set(['moved', 'freed'] as const);
    expect(held(now, shown!, open)).toMatchObject({ start: shown!.start, transparency: 'transparent' });
    expect(held(now, shown!, new Set())).toEqual(now);
    expect(keptOf(now, written, open)).toEqual(written);
  });
});

describe('what it leads to', () => {
  const given = { policy: 'follow', movedOn: false, sameStart: false, restored: 0, followed: 0 } as const;

  test('is the policy', () => {
    expect(resolve('moved', given)).toEqual({ act: 'follow' });
    expect(resolve('moved', { ...given, policy: 'restore' })).toEqual({ act: 'restore' });
    expect(resolve('moved', { ...given, policy: 'ask' })).toEqual({ act: 'ask', reason: null });
  });

  test('where the booking moved on too, staff are asked, unless all is put right anyway', () => {
    for (const kind of ['moved', 'deleted'] as const) {
      expect(resolve(kind, { ...given, movedOn: true })).toEqual({ act: 'ask', reason: 'both' });
      expect(resolve(kind, { ...given, movedOn: true, policy: 'restore' })).toEqual({ act: 'restore' });
    }
    expect(resolve('freed', { ...given, movedOn: true })).toEqual({ act: 'follow' });
  });

  test('a length alone is put back; and nothing goes on for ever', () => {
    expect(resolve('moved', { ...given, sameStart: true })).toEqual({ act: 'restore' });
    const often = { ...given, restored: 3, followed: 12 };
    for (const policy of ['restore', 'follow'] as const)
      expect(resolve('moved', { ...often, policy })).toEqual({ act: 'ask', reason: 'fight' });
  });
});
