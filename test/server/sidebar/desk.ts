// What tests of booking cards share: bookings made over the API, taps with a key of their own, what customers are to be told.
import { randomUUID } from 'node:crypto';
import type * as z from 'zod';
import type { BookingAct } from '../../../shared/sidebar-api.ts';
import { instant } from './day.ts';
import type { Answered, CardOf, Person, Stage } from './stage.ts';

export interface Wanted {
  of?: string[];
  at?: string;
  date?: string;
  service?: string;
  more?: Record<string, unknown>;
}

export interface Booked {
  id: string;
  revision: number;
  start: string;
}

export const customer = { name: 'Ola Nordmann', email: 'ola@example.com', phone: '+47 900 00 000' };

/** Of Anna at nine, unless told otherwise. */
export const book = (
  stage: Stage,
  { of = [stage.resources.anna], at = '09:00', date, service = stage.serviceId, more = {} }: Wanted = {},
): Promise<Booked> =>
  stage.call<Booked>('POST', '/bookings', {
    ...{ serviceId: service, start: instant(at, date), resourceIds: of, customer },
    ...more,
  });

export const bookingOf = async (
  stage: Stage,
  person: Person,
  bookingId: string,
  body: object = {},
): Promise<CardOf<'booking'>> =>
  (await stage.card('booking', person, 'booking', { bookingId, ...body })).card;

interface Tap {
  do: z.input<typeof BookingAct>;
  key?: string;
  body?: object;
}

/** A button of a booking's card. */
export const tap = (
  stage: Stage,
  person: Person,
  bookingId: string,
  { do: wish, key = randomUUID(), body = {} }: Tap,
): Promise<Answered> =>
  stage.ask(person, 'booking/act', { bookingId, do: wish, ...body }, { 'idempotency-key': key });

/** What its customer is to be told, the first first. */
export async function told(stage: Stage, bookingId: string): Promise<string[]> {
  const { items } = await stage.call<{ items: { to: string; kind: string; bookingId: string | null }[] }>(
    'GET',
    '/messages?limit=500',
  );
  return items
    .filter((one) => one.bookingId === bookingId && one.to === 'customer')
    .map(({ kind }) => kind)
    .reverse();
}
