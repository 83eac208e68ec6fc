// Our mark put into an event: only its own keys and Busy or Free change, and taken out again nothing is left of it.
import { v7 as uuid } from 'uuid';
import { describe, expect, test } from 'vitest';
import { marked, type Wanted } from '../../../server/blocks/marked.ts';
import type { GoogleEvent } from '../../../server/google/client.ts';
import { readMark, writeMark } from '../../../shared/marks.ts';

const businessId = uuid();
const decision = { id: uuid(), scope: 'event' as const, from: null, shares: [] };
const nothing: Wanted = { businessId, free: false, was: null, decision: null };
const event: GoogleEvent = { id: 'e', etag: '"1"', summary: 'Dentist', eventType: 'default' };

function write(found: GoogleEvent, wanted: Partial<Wanted>) {
  const next = marked(found, { ...nothing, ...wanted });
  if (next.kind !== 'marked') throw new Error(next.kind);
  return next;
}

describe('an event', () => {
  test('set Free keeps all else, and says what it was; set back, it is what it was', () => {
    const shown = { ...event, extendedProperties: { shared: { a: '1' }, private: { theirs: 'x' } } };
    const { event: free, was } = write(shown, { free: true });
    expect(was).toBe('opaque');
    expect(free).toMatchObject({ ...event, transparency: 'transparent' });
    expect(free?.extendedProperties).toMatchObject({ shared: { a: '1' }, private: { theirs: 'x' } });
    expect(write(free!, { free: true, was }).event).toBeNull();
    expect(write(free!, { was })).toMatchObject({ event: { ...shown, transparency: 'opaque' }, was: null });
    expect(write(free!, { was }).event).toEqual({ ...shown, transparency: 'opaque' });
  });

  test('that had no properties has none again', () => {
    const { event: free } = write(event, { free: true });
    expect(write(free!, {}).event?.extendedProperties).toBeUndefined();
    expect(write(event, {}).event).toBeNull();
  });

  test("another business's mark in the same event stays", () => {
    const other = uuid();
    const theirs = Object.fromEntries(
      Object.entries(writeMark({ businessId: other, decision: null, freed: { was: 'opaque' } })).filter(
        (entry): entry is [string, string] => entry[1] !== null,
      ),
    );
    const shown = { ...event, extendedProperties: { private: theirs } };
    const { event: both } = write(shown, { decision });
    expect(readMark(both?.extendedProperties?.private, other)?.freed).toEqual({ was: 'opaque' });
    expect(readMark(both?.extendedProperties?.private, businessId)?.decision).toEqual(decision);
    expect(write(both!, {}).event).toEqual({ ...shown, transparency: 'opaque' });
  });

  test('that lost its mark but not Free is set back all the same', () => {
    const stripped = { ...event, transparency: 'transparent' };
    expect(write(stripped, { was: 'opaque' }).event?.transparency).toBe('opaque');
    expect(write(stripped, {}).event).toBeNull();
  });

  test('that a person set Free stays so, with the decision alone', () => {
    const theirs = { ...event, transparency: 'transparent' };
    const next = write(theirs, { free: true, decision });
    expect(next).toMatchObject({ was: null, hindrance: 'free_already' });
    expect(readMark(next.event?.extendedProperties?.private, businessId)).toEqual({
      businessId,
      decision,
      freed: null,
    });
  });

  test('that a person set Busy again is not written over', () => {
    const { event: free } = write(event, { free: true });
    const busy = { ...free, transparency: 'opaque' };
    expect(marked(busy, { ...nothing, free: true, was: 'opaque' })).toEqual({ kind: 'busy again' });
    expect(write(busy, { was: 'opaque' }).event).toEqual({ ...busy, extendedProperties: undefined });
  });

  test.each(['outOfOffice', 'focusTime'])('of type %s keeps Busy, with the decision alone', (eventType) => {
    const next = write({ ...event, eventType }, { free: true, decision });
    expect(next.hindrance).not.toBeNull();
    expect(next.event?.transparency).toBe('opaque');
    expect(readMark(next.event?.extendedProperties?.private, businessId)).toMatchObject({
      decision,
      freed: null,
    });
  });
});
