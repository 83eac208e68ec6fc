// What became of a booking, entry by entry: who did what, in the person's language.

import { and, desc, eq, inArray } from 'drizzle-orm';
import type * as z from 'zod';
import type { BookingCard } from '../../shared/card-api.ts';
import type { Catalogue } from '../availability/catalogue.ts';
import { overriddenWords } from '../bookings/overridden.ts';
import { audit } from '../database/ledger.ts';
import type { Connection } from '../database/open.ts';
import { apiKeys, members } from '../database/schema.ts';
import { fill, listed, type Phrase } from '../phrase.ts';
import { resourcesIn, shortly } from './lines.ts';
import type { Staffer } from './staffer.ts';

type Shown = z.output<typeof BookingCard>['history'];
type Entry = typeof audit.$inferSelect;

const mostShown = 20;

// {who} did it, {from} and {to} local times or names, {why} what was said.
const phrases = {
  hold: { en: '{who} held the time.', nb: '{who} holdt av tiden.' },
  book: { en: '{who} booked it.', nb: '{who} booket.' },
  approve: { en: '{who} approved it.', nb: '{who} godkjente.' },
  decline: { en: '{who} declined it.', nb: '{who} avslo.' },
  declineWhy: { en: '{who} declined it: {why}', nb: '{who} avslo: {why}' },
  cancel: { en: '{who} cancelled it.', nb: '{who} avlyste.' },
  cancelWhy: { en: '{who} cancelled it: {why}', nb: '{who} avlyste: {why}' },
  complete: { en: '{who} marked it as done.', nb: '{who} merket den som gjennomført.' },
  no_show: {
    en: '{who} noted that the customer did not show up.',
    nb: '{who} noterte at kunden ikke møtte opp.',
  },
  reschedule: { en: '{who} moved it from {from} to {to}.', nb: '{who} flyttet den fra {from} til {to}.' },
  reassign: {
    en: '{who} gave it to {to} instead of {from}.',
    nb: '{who} ga den til {to} i stedet for {from}.',
  },
  amend: { en: '{who} changed the notes or answers.', nb: '{who} endret notater eller svar.' },
  expire: {
    en: 'It ran out: nobody approved it in time.',
    nb: 'Den utløp: ingen godkjente den i tide.',
  },
  expireHold: {
    en: 'The time was no longer held: the form took too long.',
    nb: 'Tiden ble ikke holdt av lenger: skjemaet tok for lang tid.',
  },
  other: { en: '{who} changed it.', nb: '{who} endret den.' },
  overriding: { en: '{said} Against: {codes}.', nb: '{said} På tross av: {codes}.' },
} satisfies Record<string, Phrase>;

const actors: Record<string, Phrase> = {
  customer: { en: 'The customer', nb: 'Kunden' },
  key: { en: 'An API key', nb: 'En API-nøkkel' },
  google: { en: 'Somebody in Google Calendar', nb: 'Noen i Google Kalender' },
  member: { en: 'A former member', nb: 'Et tidligere medlem' },
};

interface Of {
  staffer: Staffer;
  catalogue: Catalogue;
  bookingId: string;
  /** Whose clock the words go by. */
  zone: string;
}

/** The newest first. */
export async function readHistory(db: Connection, of: Of): Promise<Shown> {
  const businessId = of.staffer.business.id;
  const entries = await db
    .select()
    .from(audit)
    .where(and(eq(audit.businessId, businessId), eq(audit.bookingId, of.bookingId)))
    .orderBy(desc(audit.at), desc(audit.id))
    .limit(mostShown);
  const names = await namesOf(db, businessId, entries);
  return entries.map((entry) => ({ at: entry.at.toISOString(), words: wordsOf(entry, of, names) }));
}

async function namesOf(db: Connection, businessId: string, entries: readonly Entry[]) {
  const ids = [...new Set(entries.flatMap(({ actor }) => actor.split(':')[1] ?? []))];
  if (ids.length === 0) return new Map<string, string>();
  const found = await Promise.all(
    [members, apiKeys].map((table) =>
      db
        .select({ id: table.id, name: table.name })
        .from(table as typeof members)
        .where(and(eq(table.businessId, businessId), inArray(table.id, ids))),
    ),
  );
  return new Map(found.flat().map(({ id, name }) => [id, name]));
}

function wordsOf(entry: Entry, of: Of, names: ReadonlyMap<string, string>): string {
  const { locale } = of.staffer;
  const said = fill(phrases[phraseOf(entry)][locale], {
    who: whoOf(entry.actor, names, locale),
    why: String(entry.changes.cancelReason?.[1] ?? ''),
    ...changed(entry, of),
  });
  if (entry.overrode.length === 0) return said;
  return fill(phrases.overriding[locale], { said, codes: overriddenWords(entry.overrode, locale) });
}

function phraseOf({ action, changes }: Entry): keyof typeof phrases {
  const why = Boolean(changes.cancelReason?.[1]);
  if (action === 'cancel' || action === 'decline') return why ? `${action}Why` : action;
  if (action === 'expire') return changes.status?.[0] === 'held' ? 'expireHold' : 'expire';
  return action in phrases ? (action as keyof typeof phrases) : 'other';
}

function whoOf(actor: string, names: ReadonlyMap<string, string>, locale: 'en' | 'nb'): string {
  const [kind = '', id = ''] = actor.split(':');
  const name = names.get(id);
  if (kind === 'member' && name) return name;
  const words = actors[kind]?.[locale] ?? 'Sidebook';
  return name ? `${words} (${name})` : words;
}

/** From what to what, of an entry that moved it or gave it away. */
function changed({ action, changes }: Entry, { catalogue, staffer, zone }: Of): Record<string, string> {
  const { locale } = staffer;
  if (action === 'reschedule') {
    const [from, to] = (changes.start ?? []) as string[];
    const said = (at: string | undefined) => (at ? shortly(locale, zone, Date.parse(at)) : '');
    return { from: said(from), to: said(to) };
  }
  const [before, after] = (changes.resources ?? [[], []]) as { resourceId: string }[][];
  const without = (these: typeof before = [], those: typeof before = []) =>
    these.map((one) => one.resourceId).filter((id) => !those.some((one) => one.resourceId === id));
  const named = (ids: string[]) =>
    listed(
      locale,
      resourcesIn(catalogue, ids).map(({ name }) => name),
    );
  return { from: named(without(before, after)), to: named(without(after, before)) };
}
