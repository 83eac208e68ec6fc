// What is wanted of a calendar for a booking in each state.
import { expect, test } from 'vitest';
import { defaultSettings } from '../../../server/businesses/settings.ts';
import { asCancelled, eventIdOf, type UnitNow, wantedOf } from '../../../server/sync/event.ts';
import { newEvent } from '../../../server/sync/merge.ts';
import type { BookingStatus } from '../../../shared/api.ts';

const unit = (status: BookingStatus, settings: Partial<UnitNow['settings']> = {}): UnitNow => ({
  businessId: 'business',
  unitId: 'unit',
  kind: 'booking',
  status,
  settings: {
    ...defaultSettings,
    event: { title: '{service.name}', description: '{customer.name}', location: '{resources.room}' },
    ...settings,
  },
  facts: {
    id: 'unit',
    status,
    start: Date.parse('2026-11-20T08:00Z'),
    end: Date.parse('2026-11-20T09:00Z'),
    zone: 'Europe/Oslo',
    business: { name: 'Clinic', zone: 'Europe/Oslo', locale: 'nb' },
    service: { name: 'Check-up' },
    resources: [{ name: 'Room 2', kind: 'room' }],
    people: [
      { name: 'Anna', email: null, phone: null, seats: 1, notes: null, instructions: null, answers: {} },
    ],
  },
  colors: [
    { calendarId: 'a', color: 3 },
    { calendarId: 'b', color: 4 },
    { calendarId: 'b', color: 5 },
  ],
});

test('what stands is an event of our fields, in the colour of the first of its resources there', () => {
  for (const status of ['confirmed', 'completed', 'no_show'] as const) {
    const wanted = wantedOf(unit(status), 'b');
    expect(wanted).toEqual({
      kind: 'event',
      fields: {
        summary: 'Check-up',
        description: 'Anna',
        location: 'Room 2',
        start: '2026-11-20T08:00:00.000Z',
        end: '2026-11-20T09:00:00.000Z',
        zone: 'Europe/Oslo',
        status: 'confirmed',
        transparency: 'opaque',
        colorId: '4',
        marks: { sidebookBusiness: 'business', sidebookBooking: 'unit' },
      },
    });
  }
  const plain = wantedOf(unit('confirmed'), 'c');
  expect(plain.kind === 'event' && newEvent('id', plain.fields)).not.toHaveProperty(
    'colorId',
    expect.anything(),
  );
});

test('a hold is never shown, nor what was declined or has expired', () => {
  for (const status of ['held', 'declined', 'expired'] as const)
    expect(wantedOf(unit(status, { pushPending: true, cancelledEvents: 'mark' }), 'a')).toEqual({
      kind: 'none',
    });
});

test('what waits for approval is shown as tentative, if the business chose so', () => {
  expect(wantedOf(unit('pending'), 'a')).toEqual({ kind: 'none' });
  expect(wantedOf(unit('pending', { pushPending: true }), 'a')).toMatchObject({
    fields: { status: 'tentative' },
  });
});

test('what is cancelled goes, or is marked and Free', () => {
  expect(wantedOf(unit('cancelled'), 'a')).toEqual({ kind: 'none' });
  const wanted = wantedOf(unit('cancelled', { cancelledEvents: 'mark' }), 'a');
  if (wanted.kind !== 'marked') throw new Error(wanted.kind);
  const once = asCancelled(wanted.fields, 'nb');
  expect(once).toMatchObject({
    summary: 'Avlyst: Check-up',
    transparency: 'transparent',
    status: 'confirmed',
  });
  expect(once.marks).toMatchObject({ sidebookBooking: 'unit', sidebookState: 'cancelled' });
  expect(asCancelled(once, 'nb')).toEqual(once);
  expect(asCancelled(wanted.fields, 'en').summary).toBe('Cancelled: Check-up');
});

test('ids are what Google takes, the same each time, and differ by unit, calendar and generation', () => {
  const id = eventIdOf('unit', 'a', 0);
  expect(id).toMatch(/^[0-9a-v]{5,1024}$/);
  expect(eventIdOf('unit', 'a', 0)).toBe(id);
  const others = [eventIdOf('unit', 'a', 1), eventIdOf('unit', 'b', 0), eventIdOf('other', 'a', 0)];
  expect(new Set([id, ...others]).size).toBe(4);
});
