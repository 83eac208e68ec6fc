// How calendars stand, in one line a person can act on: the worst of them, and what to do.

import { and, eq, inArray } from 'drizzle-orm';
import type * as z from 'zod';
import type { CardHealth } from '../../shared/card-api.ts';
import type { Locale } from '../accounts/words.ts';
import { addressOf } from '../channels/make.ts';
import type { Context } from '../context.ts';
import type { Connection } from '../database/open.ts';
import { calendars, links } from '../database/schema.ts';
import { assess, isFresh } from '../health/assess.ts';
import { type Condition, readConditions } from '../health/condition.ts';
import { failingOf } from '../health/words.ts';
import { fill, type Phrase } from '../phrase.ts';
import { runs, type Staffer } from './staffer.ts';

export type Health = z.output<typeof CardHealth>;

// {name} the calendar, {count} how many.
const phrases = {
  none: { en: 'No calendar is connected yet.', nb: 'Ingen kalender er koblet til ennå.' },
  connectFirst: {
    en: 'Connect Google and choose a calendar.',
    nb: 'Koble til Google og velg en kalender.',
  },
  askFirst: {
    en: 'Ask somebody who runs the business to connect one.',
    nb: 'Be en som styrer virksomheten om å koble til en.',
  },
  well: { en: 'Google Calendar is up to date.', nb: 'Google Kalender er oppdatert.' },
  off: { en: 'Reading from Google is switched off.', nb: 'Lesing fra Google er slått av.' },
  reconnect: {
    en: '“{name}”: Google no longer accepts the connection.',
    nb: '«{name}»: Google godtar ikke lenger tilkoblingen.',
  },
  connect: { en: 'Connect the account again.', nb: 'Koble til kontoen på nytt.' },
  gone: {
    en: '“{name}” can no longer be seen by the connected account.',
    nb: '«{name}» kan ikke lenger ses av kontoen som er koblet til.',
  },
  forbidden: {
    en: '“{name}” may no longer be read by the connected account.',
    nb: '«{name}» kan ikke lenger leses av kontoen som er koblet til.',
  },
  timesOnly: {
    en: '“{name}” shows the connected account only when it is busy.',
    nb: '«{name}» viser kontoen som er koblet til, bare når den er opptatt.',
  },
  paused: {
    en: '“{name}”: Google wants to be asked less for now.',
    nb: '«{name}»: Google vil bli spurt sjeldnere for tiden.',
  },
  trouble: {
    en: '“{name}”: Google does not answer as it should.',
    nb: '«{name}»: Google svarer ikke som det skal.',
  },
  shrunk: {
    en: '“{name}” suddenly shows less than half of its events.',
    nb: '«{name}» viser plutselig mindre enn halvparten av hendelsene.',
  },
  refused: { en: '“{name}”: Google refuses to show it.', nb: '«{name}»: Google nekter å vise den.' },
  internal: {
    en: '“{name}” cannot be read: the fault is ours.',
    nb: '«{name}» kan ikke leses: feilen er hos oss.',
  },
  first: {
    en: '“{name}” is being read for the first time.',
    nb: '«{name}» leses for første gang.',
  },
  late: { en: '“{name}” was not read for a while.', nb: '«{name}» er ikke lest på en stund.' },
  died: {
    en: '{count} bookings could not be written to “{name}”.',
    nb: '{count} bookinger kunne ikke skrives til «{name}».',
  },
  diedOne: {
    en: 'One booking could not be written to “{name}”.',
    nb: 'Én booking kunne ikke skrives til «{name}».',
  },
  marksDied: {
    en: 'Some events of “{name}” could not be set Free, or back.',
    nb: 'Noen hendelser i «{name}» kunne ikke settes til «Ledig», eller tilbake.',
  },
  pushOff: {
    en: 'Writing bookings to Google is switched off.',
    nb: 'Skriving av bookinger til Google er slått av.',
  },
  pushFails: {
    en: '“{name}” cannot be written to just now.',
    nb: 'Det går ikke an å skrive til «{name}» akkurat nå.',
  },
  slow: {
    en: 'Changes in “{name}” show after some minutes only.',
    nb: 'Endringer i «{name}» vises først etter noen minutter.',
  },
} satisfies Record<string, Phrase>;
type Said = keyof typeof phrases;

/** Of the calendars that somebody is linked to whom the person serves. */
export async function readHealthLine(context: Context, staffer: Staffer): Promise<Health> {
  const { locale } = staffer;
  const [all, named] = await Promise.all([
    readConditions(context.db, staffer.business.id),
    readNamed(context.db, staffer),
  ]);
  const mine = all.filter(({ calendar }) => named.has(calendar.id));
  if (mine.length === 0) {
    const next = phrases[runs(staffer) ? 'connectFirst' : 'askFirst'][locale];
    return { light: 'amber', words: phrases.none[locale], next, to: runs(staffer) ? 'connect' : null };
  }
  const lines = mine.map((one) => healthOf(context, one, { locale, name: named.get(one.calendar.id) ?? '' }));
  const worst = (light: Health['light']) => lines.find((line) => line.light === light);
  return (
    worst('red') ?? worst('amber') ?? { light: 'green', words: phrases.well[locale], next: null, to: null }
  );
}

async function readNamed(db: Connection, { business, serves }: Staffer): Promise<Map<string, string>> {
  const itsLinks = and(eq(links.businessId, calendars.businessId), eq(links.calendarId, calendars.id));
  const rows = await db
    .selectDistinct({ id: calendars.id, name: calendars.name })
    .from(calendars)
    .leftJoin(links, itsLinks)
    .where(
      and(
        eq(calendars.businessId, business.id),
        serves === 'all' ? undefined : inArray(links.resourceId, [...serves]),
      ),
    );
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** One calendar's line. `name`: its own. */
export function healthOf(
  context: Pick<Context, 'now' | 'config'>,
  condition: Condition,
  { locale, name }: { locale: Locale; name: string },
): Health {
  const said = { ...condition, business: { ...condition.business, locale } };
  const { pollMinutes } = context.config;
  const facts = { now: context.now(), address: addressOf(context.config), pollMinutes, account: null };
  const { light, next } = assess(said, facts);
  const { account, queue } = condition;
  const phrase = light === 'green' ? 'well' : faultOf(condition, facts);
  const count = queue.died;
  return {
    light,
    words: fill(phrases[phrase === 'died' && count === 1 ? 'diedOne' : phrase][locale], { name, count }),
    next: account.state === 'connected' ? (next[0] ?? null) : phrases.connect[locale],
    to: light === 'green' ? null : account.state === 'connected' ? 'health' : 'connect',
  };
}

/** What is worst about a calendar that is not green, in the order in which health looks. */
function faultOf(condition: Condition, facts: Parameters<typeof isFresh>[1]): Said {
  const { account, business, pull, queue } = condition;
  if (!business.settings.pull) return 'off';
  if (account.state !== 'connected') return 'reconnect';
  if (pull.failure !== null) return failingOf(pull.failure);
  if (pull.readAt === null) return 'first';
  if (!isFresh(condition, facts)) return 'late';
  if (queue.died > 0) return 'died';
  if (queue.marksDied > 0) return 'marksDied';
  if (queue.pushes > 0 && !business.settings.push) return 'pushOff';
  return queue.failure !== null ? 'pushFails' : 'slow';
}
