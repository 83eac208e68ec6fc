// Bookings that an event is in the way of: each with its ways out as buttons.
import type { Hit } from '../../shared/card-api.ts';
import { act } from '../act.ts';
import type { BlockWords } from '../block-words.ts';
import type { Env } from '../env.ts';
import { at } from '../when.ts';
import { fill } from '../words.ts';
import { button, buttons, MOST, panelButton, row } from './widgets.ts';

/** Two rows for each of the first `MOST`. @param more besides those listed */
export function hitRows(
  env: Env,
  t: BlockWords,
  { hits, more, zone }: { hits: readonly Hit[]; more: number; zone: string },
): GoogleAppsScript.Card.Widget[] {
  const shown = hits.slice(0, MOST);
  const rows = shown.flatMap((hit) => {
    // Without its revision it is for others to see, and to act on.
    if (hit.revision === undefined) return [row({ text: hit.words })];
    const show = act(env, 'booking', { body: { bookingId: hit.bookingId }, way: 'push' });
    const ways = buttons([...moves(env, t, { hit, zone }), ...others(env, t, hit)]);
    const words = row({ text: hit.words, button: button(t.showBooking, show) });
    return ways ? [words, ways] : [words];
  });
  const hidden = more + hits.length - shown.length;
  const rest = buttons([
    hidden > 0 ? panelButton(env, fill(env.t.moreInPanel, { count: hidden }), 'home') : null,
  ]);
  return rest ? [...rows, rest] : rows;
}

function moves(env: Env, t: BlockWords, { hit, zone }: { hit: Hit; zone: string }) {
  const { bookingId, revision } = hit;
  const slots = hit.next.slice(0, 3).map(({ start }) => {
    const text = fill(t.moveTo, { at: at(env, zone, start) });
    const body = { bookingId, do: { act: 'reschedule', revision, start, override: false } };
    return button(text, act(env, 'do', { body, way: 'push' }));
  });
  return [...slots, button(t.otherTime, act(env, 'reschedule', { body: { bookingId }, way: 'push' }))];
}

function others(env: Env, t: BlockWords, { bookingId, revision, resourceId: from, others: to }: Hit) {
  return to.slice(0, 3).map(({ id, name }) => {
    if (from === undefined) return null;
    const body = { bookingId, do: { act: 'reassign', revision, from, to: id, override: false } };
    return button(fill(t.giveTo, { name }), act(env, 'do', { body, way: 'push' }));
  });
}
