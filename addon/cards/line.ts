// A booking as one line of a list; a tap on it shows the booking.

import type * as z from 'zod';
import type { BookingLine } from '../../shared/card-api.ts';
import { act } from '../act.ts';
import type { Env } from '../env.ts';
import { row } from './widgets.ts';

export type Line = z.infer<typeof BookingLine>;

/** Who comes, for what. */
export const lineText = ({ customer, service }: Line, env: Env): string =>
  [customer ?? env.t.nobodyNamed, service].join(' · ');

/** @param when in words, above the line; @param status whether it is said */
export function lineRow(line: Line, env: Env, { when, status }: { when: string; status: boolean }) {
  const below = [line.resources.join(', '), status ? env.t[line.status] : ''].filter((text) => text !== '');
  return row({
    top: when,
    text: lineText(line, env),
    below: below.join(' · '),
    onClick: act(env, 'booking', { body: { bookingId: line.id }, way: 'push' }),
  });
}
