// The tables of being in step with Google: how far each calendar was read, what stands in it, whom that blocks, and what we owe its events.
import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { Answer, EventType, Response, Share } from '../../shared/decide.ts';
import type { Conditions, Whom } from '../../shared/rules.ts';
import { businessId, id, instant } from './columns.ts';
import { pushes } from './ledger.ts';
import { accounts, businesses, calendars } from './schema.ts';

const ofCalendar = <T extends string>(name: string, t: { businessId: Of<T>; calendarId: Of<T> }) =>
  foreignKey({
    name,
    columns: [t.businessId, t.calendarId],
    foreignColumns: [calendars.businessId, calendars.id],
  });
type Of<T extends string> = AnyPgColumn<{ tableName: T }>;

/** How far a calendar was read, and when it is to be read next. One row per calendar: the row is the queue. */
export const pulls = pgTable(
  'pulls',
  {
    businessId: businessId(),
    calendarId: uuid('calendar_id').notNull(),
    /** Raised by each reason to read at once; owed while ahead of `done`. */
    wanted: integer('wanted').notNull().default(1),
    done: integer('done').notNull().default(0),
    /** The next poll, or the next try. */
    dueAt: instant('due_at').notNull().defaultNow(),
    attempts: integer('attempts').notNull().default(0),
    leasedUntil: instant('leased_until'),
    /** A code of google/errors.ts; null: the last try went well. */
    failure: text('failure'),
    failedAt: instant('failed_at'),
    /** Raised with everything that was read: who read from an older one has lost. */
    bookmark: integer('bookmark').notNull().default(0),
    /** Google's sync token; null: read everything. */
    token: text('token'),
    /** Of what was asked and of the rules the answer was judged by: another one, and everything is read again. */
    fingerprint: text('fingerprint'),
    /** When the last good reading began. */
    readAt: instant('read_at'),
    /** Series are expanded, free/busy is asked, up to here: what lies beyond is unknown. */
    expandedUntil: instant('expanded_until'),
    /** Events read so far of a reading of everything that is under way. */
    progress: integer('progress'),
    /** Whether staff were told that it cannot be read. */
    toldAt: instant('told_at'),
    /** Of its channel: when to make the next one; null: never, Google refused for good. */
    watchDueAt: instant('watch_due_at'),
    watchAttempts: integer('watch_attempts').notNull().default(0),
    watchLeasedUntil: instant('watch_leased_until'),
    watchFailure: text('watch_failure'),
    /** When a notice told of a change last: channels come and go. Null: none ever did. */
    noticedAt: instant('noticed_at'),
  },
  (t) => [
    primaryKey({ columns: [t.businessId, t.calendarId] }),
    ofCalendar('pulls_calendar', t),
    index('pulls_due').on(t.dueAt),
    index('pulls_watch').on(t.watchDueAt).where(sql`${t.watchDueAt} is not null`),
  ],
);

/** A channel on which Google tells that a calendar changed. Kept until Google has been told to stop it. */
export const channels = pgTable(
  'channels',
  {
    /** As Google knows it: unguessable, so that an unknown one is told by one look. */
    id: uuid('id').primaryKey(),
    businessId: businessId(),
    calendarId: uuid('calendar_id').notNull(),
    /** Google's name of what is watched; null until Google has answered. */
    resourceId: text('resource_id'),
    /** SHA-256, in hex, of the secret that each notice carries. */
    tokenHash: text('token_hash').notNull(),
    /** Where Google was asked to send: should ours become another, nothing of it arrives any more. */
    address: text('address'),
    expiresAt: instant('expires_at'),
    madeAt: instant('made_at').notNull(),
    /** Given up: to be stopped at Google from then on. */
    stopAt: instant('stop_at'),
    stopAttempts: integer('stop_attempts').notNull().default(0),
    lastNoticeAt: instant('last_notice_at'),
    /** Of the last notice; 1 is the one that only says hello. */
    lastNumber: bigint('last_number', { mode: 'number' }),
  },
  (t) => [
    ofCalendar('channels_calendar', t),
    index('channels_calendar_index').on(t.businessId, t.calendarId),
    index('channels_stop').on(t.stopAt).where(sql`${t.stopAt} is not null`),
  ],
);

/** An event of a calendar that is no booking of ours: times and flags, no text (design 2.10). */
export const events = pgTable(
  'events',
  {
    businessId: businessId(),
    calendarId: uuid('calendar_id').notNull(),
    eventId: text('event_id').notNull(),
    /** Of an exception: its series, and the original start it stands for (recurrence/series.ts, `originalKey`). */
    seriesId: text('series_id'),
    original: text('original'),
    etag: text('etag').notNull(),
    startsAt: instant('starts_at').notNull(),
    endsAt: instant('ends_at').notNull(),
    /** All-day: its dates, the end exclusive; null: timed. */
    startDate: text('start_date'),
    endDate: text('end_date'),
    /** The zone whose wall clock a series follows. */
    zone: text('zone').notNull(),
    /** Of a series: RRULE, EXRULE, RDATE and EXDATE lines. */
    recurrence: text('recurrence').array(),
    /** When the last of it is over; null: never. */
    lastEndsAt: instant('last_ends_at'),
    status: text('status').$type<'confirmed' | 'tentative' | 'cancelled'>().notNull(),
    type: text('type').$type<EventType>().notNull(),
    /** As a person left it: what we set Free ourselves counts as it was. */
    free: boolean('free').notNull(),
    /** We set it Free; what it was before stands in its mark. */
    freed: boolean('freed').notNull(),
    response: text('response').$type<Response>(),
    color: text('color'),
    /** The member who typed it. */
    creator: uuid('creator'),
    /** Of anybody else who did: a keyed hash of the address. */
    creatorHash: text('creator_hash'),
    /** Only where the business keeps titles. */
    title: text('title'),
    /** What the calendar's rules said when its text was at hand. */
    answer: jsonb('answer').$type<Answer>(),
    undecided: boolean('undecided').notNull().default(false),
    /** The bookmark of the reading that saw it last: what a complete reading did not see is gone. */
    seen: integer('seen').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.calendarId, t.eventId, t.businessId] }),
    ofCalendar('events_calendar', t),
    index('events_family').on(t.calendarId, sql`coalesce(${t.seriesId}, ${t.eventId})`),
    index('events_recurring').on(t.calendarId).where(sql`${t.recurrence} is not null`),
    index('events_undecided').on(t.businessId, t.startsAt).where(sql`${t.undecided}`),
    index('events_past').on(t.lastEndsAt),
  ],
);

/** What settles whom a calendar's events block, in order. */
export const rules = pgTable(
  'rules',
  {
    businessId: businessId(),
    id: id(),
    calendarId: uuid('calendar_id').notNull(),
    position: smallint('position').notNull(),
    when: jsonb('when').$type<Conditions>().notNull(),
    whom: jsonb('whom').$type<Whom>().notNull(),
    means: text('means', { enum: ['block', 'open'] }),
    alsoWhenFree: boolean('also_when_free').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.businessId, t.id] }),
    ofCalendar('rules_calendar', t),
    index('rules_calendar_index').on(t.businessId, t.calendarId, t.position),
  ],
);

/** What a person said of one event, of this and those that follow, or of a series. Never changed, only ended: its own audit. */
export const decisions = pgTable(
  'decisions',
  {
    businessId: businessId(),
    id: id(),
    calendarId: uuid('calendar_id').notNull(),
    /** Google's id of the single event, or of the series. It may be gone from the mirror, and come back. */
    eventId: text('event_id').notNull(),
    scope: text('scope', { enum: ['event', 'following', 'series'] }).notNull(),
    /** Original start; null: a single event, or the whole series. */
    from: text('from_original'),
    shares: jsonb('shares').$type<Share[]>().notNull(),
    /** As in the audit: a key, a member, or `event` for one that was found in the event. */
    actor: text('actor').notNull(),
    madeAt: instant('made_at').notNull(),
    endedAt: instant('ended_at'),
    endedBy: text('ended_by'),
    /** Found in an event whose calendar wants to be asked first: counts for nothing until it is confirmed. */
    proposed: boolean('proposed').notNull().default(false),
  },
  (t) => [
    primaryKey({ columns: [t.businessId, t.id] }),
    ofCalendar('decisions_calendar', t),
    uniqueIndex('decisions_in_force')
      .on(t.businessId, t.calendarId, t.eventId, t.scope, sql`coalesce(${t.from}, '')`)
      .where(sql`${t.endedAt} is null and not ${t.proposed}`),
    index('decisions_event').on(t.businessId, t.calendarId, t.eventId),
  ],
);

/** A person's (or auto-fix's) wish that events be Free in Google: one, this and those that follow, or a series. */
export const fixes = pgTable(
  'fixes',
  {
    businessId: businessId(),
    id: id(),
    calendarId: uuid('calendar_id').notNull(),
    eventId: text('event_id').notNull(),
    scope: text('scope', { enum: ['event', 'following', 'series'] }).notNull(),
    from: text('from_original'),
    runId: uuid('run_id'),
    actor: text('actor').notNull(),
    madeAt: instant('made_at').notNull(),
    /** From then on it is not to be Free: what a wider one says of it does not hold, and auto-fix leaves it alone. */
    undoneAt: instant('undone_at'),
    /** As in the audit; `google`: a person set it Busy there; `auto-fix`: it blocked everybody by then, and may be wished anew. */
    undoneBy: text('undone_by'),
  },
  (t) => [
    primaryKey({ columns: [t.businessId, t.id] }),
    ofCalendar('fixes_calendar', t),
    uniqueIndex('fixes_in_force')
      .on(t.businessId, t.calendarId, t.eventId, t.scope, sql`coalesce(${t.from}, '')`)
      .where(sql`${t.undoneAt} is null`),
    index('fixes_run').on(t.businessId, t.runId),
  ],
);

/** A bulk fix or undo: what it set out to do. How far it is, its marks tell. */
export const runs = pgTable(
  'runs',
  {
    businessId: businessId(),
    id: id(),
    calendarId: uuid('calendar_id').notNull(),
    kind: text('kind', { enum: ['fix', 'undo'] }).notNull(),
    total: integer('total').notNull(),
    skipped: jsonb('skipped').$type<{ reason: string; count: number }[]>().notNull(),
    actor: text('actor').notNull(),
    at: instant('at').notNull(),
    undoneAt: instant('undone_at'),
  },
  (t) => [primaryKey({ columns: [t.businessId, t.id] }), ofCalendar('runs_calendar', t)],
);

/** What is owed to one event that is no booking: Free or as it was, and our mark in it. Owed while `wanted` is ahead of `done`. */
export const marks = pgTable(
  'marks',
  {
    businessId: businessId(),
    calendarId: uuid('calendar_id').notNull(),
    /** Google's: of a single event, a series, or one occurrence. */
    eventId: text('event_id').notNull(),
    /** Of an occurrence: its series, and its original start. */
    seriesId: text('series_id'),
    original: text('original'),
    free: boolean('free').notNull(),
    /** What it was before we set it Free; null: it is not Free by us. */
    was: text('was', { enum: ['opaque', 'transparent'] }),
    runId: uuid('run_id'),
    wanted: integer('wanted').notNull().default(1),
    done: integer('done').notNull().default(0),
    dueAt: instant('due_at').notNull().defaultNow(),
    attempts: integer('attempts').notNull().default(0),
    leasedUntil: instant('leased_until'),
    diedAt: instant('died_at'),
    failure: text('failure'),
  },
  (t) => [
    primaryKey({ columns: [t.calendarId, t.eventId, t.businessId] }),
    ofCalendar('marks_calendar', t),
    // By calendar, so that one with a great many keeps no other waiting.
    index('marks_owed')
      .on(t.businessId, t.calendarId, t.dueAt)
      .where(sql`${t.done} < ${t.wanted} and ${t.diedAt} is null`),
    index('marks_series').on(t.calendarId, t.seriesId).where(sql`${t.seriesId} is not null`),
    index('marks_run').on(t.businessId, t.runId).where(sql`${t.runId} is not null`),
  ],
);

/** A booking's event as a person left it in Google, otherwise than we wrote it. */
export const drifts = pgTable(
  'drifts',
  {
    businessId: businessId(),
    id: id(),
    pushId: uuid('push_id').notNull(),
    kind: text('kind', { enum: ['moved', 'deleted', 'freed', 'left'] }).notNull(),
    policy: text('policy').$type<'restore' | 'ask' | 'follow'>().notNull(),
    state: text('state', { enum: ['open', 'restored', 'followed', 'settled'] }).notNull(),
    /** Times are dates where it was made all-day. */
    found: jsonb('found')
      .$type<{
        start?: string;
        end?: string;
        zone?: string;
        recurrence?: string[];
        calendarId?: string;
        was?: string;
      }>()
      .notNull(),
    /** The etag it was seen with: the same sight is not told twice. */
    etag: text('etag'),
    seenAt: instant('seen_at').notNull(),
    settledAt: instant('settled_at'),
    settledBy: text('settled_by'),
    /** What a person wants done about it, until the push that has the event in hand does it. */
    choice: text('choice', { enum: ['restore', 'follow'] }),
    /** Why it could not be followed, as a code. */
    reason: text('reason'),
  },
  (t) => [
    primaryKey({ columns: [t.businessId, t.id] }),
    foreignKey({
      name: 'drifts_push',
      columns: [t.businessId, t.pushId],
      foreignColumns: [pushes.businessId, pushes.id],
    }),
    uniqueIndex('drifts_open').on(t.businessId, t.pushId, t.kind).where(sql`${t.state} = 'open'`),
    index('drifts_push_index').on(t.businessId, t.pushId, t.seenAt),
  ],
);

/** What somebody is to be told, written in the transaction of what it is about. Mail delivers it later. */
export const messages = pgTable(
  'messages',
  {
    businessId: businessId().references(() => businesses.id),
    id: id(),
    at: instant('at').notNull(),
    to: text('to_whom', { enum: ['customer', 'staff', 'admin'] }).notNull(),
    kind: text('kind').notNull(),
    bookingId: uuid('booking_id'),
    calendarId: uuid('calendar_id'),
    accountId: uuid('account_id'),
    details: jsonb('details').$type<Record<string, unknown>>().notNull(),
    /** The same is told once: of what, and about which state of it. */
    about: text('about').notNull(),
    deliveredAt: instant('delivered_at'),
  },
  (t) => [
    primaryKey({ columns: [t.businessId, t.id] }),
    uniqueIndex('messages_about').on(t.businessId, t.kind, t.about),
    index('messages_undelivered').on(t.at).where(sql`${t.deliveredAt} is null`),
  ],
);

/** A business's own Google app. */
export const googleApps = pgTable('google_apps', {
  businessId: uuid('business_id')
    .primaryKey()
    .references(() => businesses.id),
  clientId: text('client_id').notNull(),
  /** Sealed. */
  clientSecret: text('client_secret').notNull(),
  testedAt: instant('tested_at'),
});

/** A consent under way at Google: what the signed state stands for. Used once. */
export const consents = pgTable(
  'consents',
  {
    id: uuid('id').primaryKey(),
    businessId: businessId().references(() => businesses.id),
    actor: text('actor').notNull(),
    returnTo: text('return_to').notNull(),
    app: text('app', { enum: ['deployment', 'own'] }).notNull(),
    scopes: text('scopes').array().notNull(),
    /** Sealed: what proves that the code is redeemed by who asked for it (PKCE, RFC 7636). */
    verifier: text('verifier').notNull(),
    expiresAt: instant('expires_at').notNull(),
    usedAt: instant('used_at'),
    accountId: uuid('account_id'),
  },
  (t) => [
    index('consents_expires').on(t.expiresAt),
    foreignKey({
      name: 'consents_account',
      columns: [t.businessId, t.accountId],
      foreignColumns: [accounts.businessId, accounts.id],
    }),
    check('consents_used', sql`${t.accountId} is null or ${t.usedAt} is not null`),
  ],
);
