// Why an event blocks whom it blocks, in a sentence: which rule and what it looks for, which decision and whose, or what holds by default.

import { and, eq, sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { Why as WhyShape } from '../../shared/calendar-api.ts';
import type { EventType, LinkedResource, Meaning, Why } from '../../shared/decide.ts';
import type { Rule } from '../../shared/rules.ts';
import { localTime } from '../../shared/time.ts';
import { type Locale, localeOf } from '../accounts/words.ts';
import { decisions } from '../database/mirror.ts';
import type { Connection } from '../database/open.ts';
import { apiKeys, businesses, members, resources } from '../database/schema.ts';
import { fill, type Phrase } from '../phrase.ts';
import type { Judge } from './judge.ts';

export type Said = z.output<typeof WhyShape>;

// {n} the rule's position, {if} what it looks for, {whom} whom it blocks or opens, {who} a person or key, {at} local time.
const phrases = {
  cancelled: { en: 'It is cancelled.', nb: 'Den er avlyst.' },
  declined: { en: 'It was declined.', nb: 'Den ble avslått.' },
  decision: { en: '{who} decided on {at}: {whom}.', nb: '{who} bestemte {at}: {whom}.' },
  free: { en: 'It is marked Free.', nb: 'Den er markert som ledig.' },
  rule: { en: 'Rule {n}: if {if}, {whom}.', nb: 'Regel {n}: hvis {if}, {whom}.' },
  ruleForAll: { en: 'Rule {n}: {whom}.', nb: 'Regel {n}: {whom}.' },
  ruleGone: {
    en: 'A rule that is no longer there; the calendar is being read again.',
    nb: 'En regel som ikke finnes lenger; kalenderen leses på nytt.',
  },
  type: {
    en: 'Events of this kind ({type}) block nobody here.',
    nb: 'Hendelser av denne typen ({type}) blokkerer ingen her.',
  },
  all_day: { en: 'All-day events block nobody here.', nb: 'Heldagshendelser blokkerer ingen her.' },
  tentative: { en: 'Tentative events block nobody here.', nb: 'Foreløpige hendelser blokkerer ingen her.' },
  unanswered: {
    en: 'Invitations without an answer block nobody here.',
    nb: 'Ubesvarte invitasjoner blokkerer ingen her.',
  },
  default: {
    en: 'No rule or decision speaks of it: {whom}.',
    nb: 'Ingen regel eller beslutning gjelder den: {whom}.',
  },
  ask: {
    en: 'Nobody has said whom it blocks: {whom} until then.',
    nb: 'Ingen har sagt hvem den blokkerer: {whom} inntil videre.',
  },
  unknown_creator: {
    en: 'Whoever made it has no resource here: {whom} until somebody says whom.',
    nb: 'Den som laget den har ingen ressurs her: {whom} til noen sier hvem.',
  },
} satisfies Record<string, Phrase>;

const parts = {
  texts: { en: 'its text holds {list}', nb: 'teksten inneholder {list}' },
  creators: { en: '{list} made it', nb: '{list} laget den' },
  colors: { en: 'its colour is {list}', nb: 'fargen er {list}' },
  types: { en: 'it is of the kind {list}', nb: 'typen er {list}' },
  allDay: { en: 'it lasts all day', nb: 'den varer hele dagen' },
  timed: { en: 'it does not last all day', nb: 'den ikke varer hele dagen' },
  responses: { en: 'the answer to it is {list}', nb: 'svaret på den er {list}' },
  blocks: { en: 'it blocks {list}', nb: 'den blokkerer {list}' },
  opens: { en: 'it opens {list}', nb: 'den åpner {list}' },
  either: { en: 'it blocks or opens {list}', nb: 'den blokkerer eller åpner {list}' },
  everybody: { en: 'everybody', nb: 'alle' },
  nobody: { en: 'nobody', nb: 'ingen' },
  creator: { en: 'whoever made it', nb: 'den som laget den' },
  named: { en: 'whom it names', nb: 'dem den nevner' },
  someone: {
    en: 'Somebody with the right to change the calendar',
    nb: 'Noen med rett til å endre kalenderen',
  },
  unknown: { en: 'Somebody', nb: 'Noen' },
} satisfies Record<string, Phrase>;

const types: Record<EventType, Phrase> = {
  default: { en: 'ordinary', nb: 'vanlig' },
  outOfOffice: { en: 'out of office', nb: 'ikke på jobb' },
  focusTime: { en: 'focus time', nb: 'fokustid' },
  workingLocation: { en: 'working location', nb: 'arbeidssted' },
  birthday: { en: 'birthday', nb: 'bursdag' },
  fromGmail: { en: 'from Gmail', nb: 'fra Gmail' },
};
const responses = {
  accepted: { en: 'yes', nb: 'ja' },
  declined: { en: 'no', nb: 'nei' },
  tentative: { en: 'maybe', nb: 'kanskje' },
  needsAction: { en: 'missing', nb: 'ikke gitt' },
  none: { en: 'not asked for', nb: 'ikke bedt om' },
} satisfies Record<string, Phrase>;

interface Names {
  locale: Locale;
  /** What times are read in. */
  zone: string;
  /** Of resources, members and API keys, by id. */
  names: ReadonlyMap<string, string>;
  /** What events mean to each where nobody says. */
  linked: Judge['linked'];
  decisions: ReadonlyMap<string, typeof decisions.$inferSelect>;
}

/** Whose language and clock it is put into. */
export interface Reader {
  locale: Locale;
  zone: string;
}

/** What can be said of events, once it is known who is meant. */
export interface Speech {
  why(why: Why): Said;
  /** Such as "it blocks Anna". */
  whom(shares: readonly { resourceId: string; means: string | null }[]): string;
  /** As the audit names who acts. */
  who(actor: string): string;
}

/**
 * Looks up at once who is meant in all of these; the answer puts each of them into words.
 * @param reader left out: the business's language and zone
 */
export async function readWords(
  db: Connection,
  judge: Judge,
  whys: readonly Why[],
  reader?: Reader,
): Promise<(why: Why) => Said> {
  return (await readSpeech(db, { judge, whys, reader })).why;
}

export async function readSpeech(
  db: Connection,
  { judge, whys, reader }: { judge: Judge; whys: readonly Why[]; reader?: Reader },
): Promise<Speech> {
  const { businessId } = judge;
  const ids = new Set(whys.flatMap(({ code, id }) => (code === 'decision' && id ? [id] : [])));
  const said = await db
    .select()
    .from(decisions)
    .where(
      and(eq(decisions.businessId, businessId), sql`${decisions.id} = any(${sql.param([...ids])}::uuid[])`),
    );
  const known: Names = {
    ...(reader ?? (await readerOf(db, businessId))),
    names: await readNames(db, businessId),
    linked: judge.linked,
    decisions: new Map(said.map((row) => [row.id, row])),
  };
  return {
    why: (why) => ({ ...why, words: sentence(why, judge, known) }),
    whom: (shares) => sharesWords(shares, known),
    who: (actor) => actorWords(actor, known),
  };
}

async function readerOf(db: Connection, businessId: string): Promise<Reader> {
  const [business] = await db
    .select({ locale: businesses.locale, zone: businesses.zone })
    .from(businesses)
    .where(eq(businesses.id, businessId));
  return { locale: localeOf(business?.locale ?? 'en'), zone: business?.zone ?? 'UTC' };
}

async function readNames(db: Connection, businessId: string): Promise<Map<string, string>> {
  const found = await Promise.all(
    [resources, members, apiKeys].map((table) =>
      db
        .select({ id: table.id, name: table.name })
        .from(table as typeof resources)
        .where(eq(table.businessId, businessId)),
    ),
  );
  return new Map(found.flat().map(({ id, name }) => [id, name]));
}

function sentence(why: Why, judge: Judge, known: Names): string {
  const { locale } = known;
  if (why.code === 'rule') return ruleWords(why, judge, known);
  if (why.code === 'default' || why.code === 'ask' || why.code === 'unknown_creator')
    return fill(phrases[why.code][locale], { whom: defaultWords(why, judge, known) });
  if (why.code === 'type') return fill(phrases.type[locale], { type: types[why.type ?? 'default'][locale] });
  if (why.code !== 'decision') return phrases[why.code][locale];
  const row = known.decisions.get(why.id ?? '');
  const at = row ? readClock(known, row.madeAt.getTime()) : '?';
  const whom = row ? sharesWords(row.shares, known) : '?';
  return fill(phrases.decision[locale], { who: actorWords(row?.actor ?? '', known), at, whom });
}

/** Whom an event takes that nothing speaks of. */
function defaultWords({ code, type }: Why, { settings: { undecided } }: Judge, known: Names): string {
  // Of a type that opens nobody of itself.
  const means = type === undefined ? null : 'block';
  if (code === 'default')
    return kindWords({ kind: undecided === 'ask' ? 'everybody' : undecided, means }, known);
  const { linked, locale } = known;
  const blocked = linked.filter((one) => (means ?? one.means) === 'block');
  if (blocked.length === linked.length) return kindWords({ kind: 'everybody', means: 'block' }, known);
  if (blocked.length === 0) return fill(parts.opens[locale], { list: parts.nobody[locale] });
  return sharesWords(blocked.map(asShare), known);
}

const asShare = ({ id, means }: LinkedResource) => ({ resourceId: id, means });

/** As the audit names who acts: `key:<id>`, or `event` for what was found in the event. */
function actorWords(actor: string, { locale, names }: Names): string {
  if (actor === 'event') return parts.someone[locale];
  return names.get(actor.replace(/^\w+:/, '')) ?? parts.unknown[locale];
}

function ruleWords({ id }: Why, { rules }: Judge, known: Names): string {
  const { locale } = known;
  const position = rules.findIndex((rule) => rule.id === id);
  const rule = rules[position];
  if (!rule) return phrases.ruleGone[locale];
  const conditions = conditionWords(rule.when, known);
  const figures = {
    n: position + 1,
    if: join(conditions, known, 'conjunction'),
    whom: whomWords(rule, known),
  };
  return fill(phrases[conditions.length > 0 ? 'rule' : 'ruleForAll'][locale], figures);
}

function conditionWords({ texts, creators, colors, allDay, ...when }: Rule['when'], known: Names): string[] {
  const { locale, names } = known;
  const some = (part: 'texts' | 'creators' | 'colors' | 'types' | 'responses', list?: string[]) =>
    list ? [fill(parts[part][locale], { list: join(list, known, 'disjunction') })] : [];
  const quoted = texts?.map((text) => (locale === 'nb' ? `«${text}»` : `“${text}”`));
  return [
    ...some('texts', quoted),
    ...some(
      'creators',
      creators?.map((id) => names.get(id) ?? '?'),
    ),
    ...some('colors', colors),
    ...some(
      'types',
      when.types?.map((type) => types[type][locale]),
    ),
    ...(allDay === undefined ? [] : [parts[allDay ? 'allDay' : 'timed'][locale]]),
    ...some(
      'responses',
      when.responses?.map((response) => responses[response][locale]),
    ),
  ];
}

function whomWords({ whom, means }: Rule, known: Names): string {
  if (whom.kind === 'listed') return sharesWords(whom.shares, known);
  return kindWords({ kind: whom.kind, means }, known);
}

type Kind = Exclude<Rule['whom']['kind'], 'listed'>;

/** @param means null: as the links say, and they may differ */
function kindWords({ kind, means }: { kind: Kind; means: Meaning | null }, known: Names): string {
  const { linked, locale } = known;
  const meant = linked.filter(({ memberId }) => kind !== 'creator' || memberId !== null);
  const all = means || kind === 'nobody' ? [means ?? 'block'] : meant.map((one) => one.means);
  const differ = new Set(all).size > 1;
  if (differ && kind === 'everybody') return sharesWords(linked.map(asShare), known);
  const verb = differ ? 'either' : all[0] === 'open' ? 'opens' : 'blocks';
  return fill(parts[verb][locale], { list: parts[kind][locale] });
}

function sharesWords(shares: readonly { resourceId: string; means: string | null }[], known: Names): string {
  const { locale, names, linked } = known;
  if (shares.length === 0) return fill(parts.blocks[locale], { list: parts.nobody[locale] });
  const some = (part: 'blocks' | 'opens', list: typeof shares) => {
    const called = list.map(({ resourceId }) => names.get(resourceId) ?? '?');
    return called.length > 0 ? [fill(parts[part][locale], { list: join(called, known, 'conjunction') })] : [];
  };
  const opens = ({ resourceId, means }: (typeof shares)[number]) =>
    (means ?? linked.find(({ id }) => id === resourceId)?.means) === 'open';
  const blocking = shares.filter((share) => !opens(share));
  return join([...some('blocks', blocking), ...some('opens', shares.filter(opens))], known, 'conjunction');
}

const join = (list: readonly string[], { locale }: Names, type: 'conjunction' | 'disjunction'): string =>
  new Intl.ListFormat(locale, { type }).format(list);

/** What the clock of the zone reads, as `11 Jan 2027, 08:00`: written as if it were UTC, for zones are a matter of shared/time.ts. */
function readClock({ locale, zone }: Reader, at: number): string {
  return dates[locale].format(Date.parse(`${localTime(zone, at).slice(0, 16)}Z`));
}

const datesIn = (language: string) =>
  new Intl.DateTimeFormat(language, {
    timeZone: 'UTC',
    ...{ day: 'numeric', month: 'short', year: 'numeric' },
    ...{ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  });
const dates: Record<Locale, Intl.DateTimeFormat> = { en: datesIn('en-GB'), nb: datesIn('nb-NO') };
