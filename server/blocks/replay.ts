// A calendar's events as Google has them now, judged as they would be: by other rules, settings or links. Pure but for the hash.
import type { Decision } from '../../shared/decide.ts';
import { overlaps, type Span } from '../../shared/time.ts';
import type { Seal } from '../auth/seal.ts';
import type { GoogleEvent } from '../google/client.ts';
import { type Family, type Occurring, occurring, type Taken, takenBy } from './derive.ts';
import type { Judge } from './judge.ts';
import { reflect } from './reflect.ts';

/** Occurrences as Google gives them one by one, with what people decided about them. */
export interface Played {
  events: readonly GoogleEvent[];
  /** In force, by single event or series. */
  decisions: ReadonlyMap<string, Decision[]>;
  seal: Pick<Seal, 'hash'>;
}

/** Each occurrence as an event of its own, by Google's id; what a judge's rules say of its text included. */
export function readThrough({ events, decisions, seal }: Played, judge: Judge): Map<string, Family> {
  const families = new Map<string, Family>();
  for (const event of events) {
    const seen = reflect(event, judge, seal);
    if (seen.kind === 'gone' || seen.row.status === 'cancelled') continue;
    const row = { ...seen.row, why: null, undecided: false };
    const id = row.seriesId ?? row.eventId;
    const alone = { id, decisions: decisions.get(id) ?? [] };
    families.set(
      row.eventId,
      row.seriesId
        ? { ...alone, master: null, exceptions: [row] }
        : { ...alone, master: row, exceptions: [] },
    );
  }
  return families;
}

/** What the judge makes of each, of the same rules and links as they were read through with. */
export function replay(
  families: ReadonlyMap<string, Family>,
  judge: Judge,
  window: Span,
): Map<string, Occurring> {
  const found = new Map<string, Occurring>();
  for (const [id, family] of families) for (const one of occurring(family, judge, window)) found.set(id, one);
  return found;
}

/** The time they take or open, as far as it lies in the window. */
export const takenOf = (occurring: Iterable<Occurring>, window: Span): Taken[] =>
  [...occurring].flatMap(takenBy).filter((taken) => overlaps(taken, window));

/** Whether two judges say otherwise of one event: whom, how much, from when to when. */
export const differ = (a: Occurring | undefined, b: Occurring | undefined): boolean =>
  JSON.stringify(a?.outcome.takes ?? []) !== JSON.stringify(b?.outcome.takes ?? []);
