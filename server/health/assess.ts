// What a calendar's condition comes to: a light, the figures, and words for people. Pure.
import type * as z from 'zod';
import type { Health } from '../../shared/health-api.ts';
import { HOUR, localTime, MINUTE } from '../../shared/time.ts';
import { localeOf, telling } from '../accounts/words.ts';
import { isAboutAddress } from '../channels/refusal.ts';
import type { Condition } from './condition.ts';
import { failingOf, type Phrased, say } from './words.ts';

export type HealthShape = z.output<typeof Health>;
type Light = HealthShape['light'];

export interface Facts {
  /** ms since 1970. */
  now: number;
  /** Where Google would send its notices; undefined: nowhere. */
  address: string | undefined;
  /** How often a calendar is read without a notice. */
  pollMinutes: number;
  /** What is said of the account as a whole; null: nothing. */
  account: string | null;
}

/** A calendar is stale once it was read longer ago than this, in ms, besides the delay it was given: a poll was missed. */
export const tolerance = (pollMinutes: number): number => (pollMinutes + 5) * MINUTE;

export function assess(condition: Condition, facts: Facts): HealthShape {
  const { pull, queue } = condition;
  const words = new Words(condition, facts);
  const lights = [
    assessReading(condition, facts, words),
    assessChannel(condition, facts, words),
    assessQueue(condition, facts, words),
  ];
  return {
    calendarId: condition.calendar.id,
    light: lights.includes('red') ? 'red' : lights.includes('amber') ? 'amber' : 'green',
    readAt: iso(pull.readAt),
    nextReadAt: iso(nextRead(condition, facts.now)),
    readUntil: iso(pull.expandedUntil),
    reading: progressOf(condition, facts.now),
    channel: channelOf(condition, facts),
    queue,
    failure: condition.account.failure ?? pull.failure ?? queue.failure,
    words: words.said,
    next: words.wanted,
  };
}

class Words {
  readonly said: string[] = [];
  readonly wanted: string[] = [];
  readonly #condition: Condition;
  readonly #now: number;

  constructor(condition: Condition, { now }: Facts) {
    this.#condition = condition;
    this.#now = now;
  }

  say = (phrase: Phrased, values: Values = {}) => void this.said.push(this.#fill(phrase, values));
  want = (phrase: Phrased, values: Values = {}) => void this.wanted.push(this.#fill(phrase, values));

  #fill(phrase: Phrased, values: Values): string {
    const { locale, zone } = this.#condition.business;
    const filled = Object.entries(values).map(([key, value]) => [
      key,
      value instanceof Date ? this.#clock(zone, value) : value,
    ]);
    return say(phrase, localeOf(locale), Object.fromEntries(filled));
  }

  /** The time alone, if it is today's. */
  #clock(zone: string, at: Date): string {
    const [local, today] = [at.getTime(), this.#now].map((instant) => localTime(zone, instant));
    const [date, time] = [local!.slice(0, 10), local!.slice(11, 16)];
    return date === today!.slice(0, 10) ? time : `${date} ${time}`;
  }
}
type Values = Record<string, Date | string | number>;

/** How long ago it may have been read, in ms. */
const allowed = ({ calendar }: Pick<Condition, 'calendar'>, { pollMinutes }: Pick<Facts, 'pollMinutes'>) =>
  tolerance(pollMinutes) + calendar.settings.delayMinutes * MINUTE;
export const isFresh = (
  condition: Pick<Condition, 'calendar' | 'pull'>,
  facts: Pick<Facts, 'now' | 'pollMinutes'>,
): boolean =>
  condition.pull.readAt !== null && facts.now - condition.pull.readAt.getTime() <= allowed(condition, facts);
const isRead = ({ account, business }: Condition): boolean =>
  account.state === 'connected' && business.settings.pull;

function assessReading(condition: Condition, facts: Facts, words: Words): Light {
  const { account, business, pull } = condition;
  const { now } = facts;
  if (!business.settings.pull) {
    words.say('off');
    words.want('switchOn');
    return 'amber';
  }
  if (account.state !== 'connected') {
    if (facts.account) words.said.push(facts.account);
    sayConsequence(condition, now, words);
    return 'red';
  }
  const fresh = isFresh(condition, facts);
  if (pull.failure !== null) {
    sayFailure(condition, facts, words);
    if (fresh) return 'amber';
    sayConsequence(condition, now, words);
    return 'red';
  }
  if (pull.readAt === null) {
    words.say('first', { count: progressOf(condition, now)?.events ?? 0 });
    return 'amber';
  }
  words.say(fresh ? 'fresh' : 'late', { at: pull.readAt });
  if (fresh) return 'green';
  words.want('turn');
  return sayConsequence(condition, now, words) === 'closed' ? 'red' : 'amber';
}

function sayFailure({ pull }: Condition, facts: Facts, words: Words): void {
  const code = pull.failure ?? '';
  if (telling.includes(code) && facts.account) {
    words.said.push(facts.account);
    return;
  }
  const failing = failingOf(code);
  words.say(failing, { code, at: pull.dueAt });
  const remedies: Record<typeof failing, Phrased> = {
    paused: 'byItself',
    trouble: 'byItself',
    shrunk: 'byItself',
    gone: 'share',
    forbidden: 'share',
    timesOnly: 'showMore',
    refused: 'lookUp',
    internal: 'operator',
  };
  words.want(remedies[failing]);
}

/**
 * As availability has it: what was read counts for so many hours, besides the delay the calendar was given, and then no
 * more, or on and on. At least an hour, so nothing is closed that is fresh.
 */
function sayConsequence({ pull, business, calendar }: Condition, now: number, words: Words): Phrased {
  const { unreachableHours, unreachableThen } = business.settings;
  const since = pull.readAt;
  const counted = unreachableHours * HOUR + calendar.settings.delayMinutes * MINUTE;
  const until = new Date((since?.getTime() ?? 0) + counted);
  const then = unreachableThen === 'open' ? 'open' : until.getTime() > now ? 'counts' : 'closed';
  const phrase = since === null ? 'never' : then;
  words.say(phrase, { since: since ?? '', until });
  return phrase;
}

function progressOf({ pull }: Condition, now: number): HealthShape['reading'] {
  const inHand = pull.leasedUntil !== null && pull.leasedUntil.getTime() > now;
  return inHand && pull.progress !== null ? { events: pull.progress } : null;
}

function nextRead(condition: Condition, now: number): Date | null {
  const { pull, calendar } = condition;
  if (!isRead(condition)) return null;
  const due = pull.dueAt.getTime();
  const owed = pull.wanted > pull.done && pull.failure === null;
  const delayed = (pull.readAt?.getTime() ?? 0) + calendar.settings.delayMinutes * MINUTE;
  return new Date(Math.max(now, owed && due > now ? delayed : due));
}

/** The channel that Google tells by: the newest that is open, and sends to where we are. */
const openOf = ({ channels }: Condition, { now, address }: Facts) =>
  channels
    .filter(
      (one) =>
        one.resourceId !== null &&
        one.stopAt === null &&
        (one.expiresAt?.getTime() ?? 0) > now &&
        one.address === (address ?? ''),
    )
    .at(-1);

function channelOf(condition: Condition, facts: Facts): HealthShape['channel'] {
  const { pull } = condition;
  const open = openOf(condition, facts);
  const heard = [pull.noticedAt, ...condition.channels.map((one) => one.lastNoticeAt)];
  const last = Math.max(0, ...heard.map((at) => at?.getTime() ?? 0));
  const watched = facts.address !== undefined && isRead(condition);
  return {
    state: open ? 'on' : !watched ? 'off' : pull.watchFailure === null ? 'making' : 'refused',
    lastNoticeAt: last > 0 ? iso(new Date(last)) : null,
    proven: pull.noticedAt !== null,
    renewAt: watched ? iso(pull.watchDueAt) : null,
    expiresAt: iso(open?.expiresAt ?? null),
  };
}

/**
 * Google says hello as soon as a channel is open: of one that is older than this, in ms, and was not heard, nothing
 * arrives, whatever did of those before it.
 */
export const helloWithin = 2 * MINUTE;

function assessChannel(condition: Condition, facts: Facts, words: Words): Light {
  const { pull, calendar } = condition;
  const { now, address, pollMinutes } = facts;
  if (!isRead(condition)) return 'green';
  const minutes = Math.max(pollMinutes, calendar.settings.delayMinutes);
  const { state } = channelOf(condition, facts);
  const code = pull.watchFailure ?? '';
  switch (state) {
    case 'on': {
      const open = openOf(condition, facts);
      if (open && open.lastNoticeAt === null && now - open.madeAt.getTime() >= helloWithin) {
        words.say('unheard', { since: open.madeAt, minutes });
        words.want('reachable', { address: address ?? '' });
        return 'amber';
      }
      if (pull.noticedAt) words.say('proven', { at: pull.noticedAt });
      else words.say('unproven', { minutes });
      return 'green';
    }
    case 'making':
      words.say('making', { minutes });
      return 'green';
    case 'off':
      words.say('noAddress', { minutes });
      return 'green';
    case 'refused':
      if (isAboutAddress(code)) {
        words.say('address', { code, minutes });
        words.want('setAddress');
        return 'amber';
      }
      // Polled as it ever was: that is how such calendars are, not a fault.
      if (code === 'pushNotSupportedForRequestedResource') words.say('polled', { minutes });
      else words.say(pull.watchDueAt === null ? 'unsupported' : 'unwatched', { code, minutes });
      return 'green';
  }
}

function assessQueue(condition: Condition, facts: Facts, words: Words): Light {
  const { queue, business, account } = condition;
  if (queue.pushes > 0) words.say('owed', { count: queue.pushes });
  if (queue.marks > 0) words.say('marks', { count: queue.marks });
  const off = queue.pushes > 0 && !business.settings.push;
  if (off) {
    words.say('pushOff');
    words.want('switchPushOn');
  } else if (queue.failure !== null && account.state === 'connected') sayPushFailure(condition, facts, words);
  if (queue.died > 0) {
    words.say('died', { count: queue.died });
    words.want('retry');
  }
  if (queue.marksDied > 0) {
    words.say('marksDied', { count: queue.marksDied });
    words.want('markAgain');
  }
  return off || queue.failure !== null || queue.died > 0 || queue.marksDied > 0 ? 'amber' : 'green';
}

/** What is the matter with the whole account is said once. */
function sayPushFailure({ queue }: Condition, { account }: Facts, words: Words): void {
  const code = queue.failure ?? '';
  if (account === null || !telling.includes(code)) words.say('pushFails', { code });
  else if (!words.said.includes(account)) words.said.push(account);
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;
