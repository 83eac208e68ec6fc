// The tables of what happens: bookings and the time they take, what is owed to Google, and the records of it all.
import { sql } from 'drizzle-orm';
import {
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
  unique,
  uuid,
} from 'drizzle-orm/pg-core';
import type { Answers, BookingStatus } from '../../shared/api.ts';
import { businessId, during, id, instant } from './columns.ts';
import { calendars, customers, resources, services } from './schema.ts';

export const sessions = pgTable(
  'sessions',
  {
    businessId: businessId(),
    id: id(),
    serviceId: uuid('service_id').notNull(),
    startsAt: instant('starts_at').notNull(),
    endsAt: instant('ends_at').notNull(),
    zone: text('zone').notNull(),
    seats: integer('seats').notNull(),
    revision: integer('revision').notNull().default(1),
    cancelledAt: instant('cancelled_at'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.businessId, t.id] }),
    foreignKey({
      name: 'sessions_service',
      columns: [t.businessId, t.serviceId],
      foreignColumns: [services.businessId, services.id],
    }),
    index('sessions_starts').on(t.businessId, t.serviceId, t.startsAt).where(sql`${t.cancelledAt} is null`),
  ],
);

export const bookings = pgTable(
  'bookings',
  {
    businessId: businessId(),
    id: id(),
    serviceId: uuid('service_id').notNull(),
    /** Null while it is only held. */
    customerId: uuid('customer_id'),
    sessionId: uuid('session_id'),
    status: text('status').$type<BookingStatus>().notNull(),
    startsAt: instant('starts_at').notNull(),
    endsAt: instant('ends_at').notNull(),
    /** The zone it was made in: kept, whatever the business's becomes. */
    zone: text('zone').notNull(),
    /** What the clock there was to read at the start, `YYYY-MM-DDTHH:MM:SS`: tells when a newer zone table moved it. */
    localStart: text('local_start').notNull(),
    seats: integer('seats').notNull().default(1),
    /** The resources that were asked for by name: what is taken again, is taken of them. */
    askedFor: uuid('asked_for').array().notNull().default(sql`'{}'`),
    revision: integer('revision').notNull().default(1),
    /** When a hold or a pending lets its time go. */
    expiresAt: instant('expires_at'),
    notes: text('notes'),
    instructions: text('instructions'),
    answers: jsonb('answers').$type<Answers>().notNull(),
    cancelReason: text('cancel_reason'),
    /** SHA-256, in hex, of the manage link's secret. */
    manageHash: text('manage_hash').notNull().unique('bookings_manage_hash'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.businessId, t.id] }),
    foreignKey({
      name: 'bookings_service',
      columns: [t.businessId, t.serviceId],
      foreignColumns: [services.businessId, services.id],
    }),
    foreignKey({
      name: 'bookings_customer',
      columns: [t.businessId, t.customerId],
      foreignColumns: [customers.businessId, customers.id],
    }),
    foreignKey({
      name: 'bookings_session',
      columns: [t.businessId, t.sessionId],
      foreignColumns: [sessions.businessId, sessions.id],
    }),
    index('bookings_starts').on(t.businessId, t.startsAt),
    index('bookings_customer_index').on(t.businessId, t.customerId),
    index('bookings_session_index').on(t.businessId, t.sessionId).where(sql`${t.sessionId} is not null`),
    index('bookings_pending').on(t.businessId, t.startsAt).where(sql`${t.status} = 'pending'`),
    index('bookings_expires').on(t.expiresAt).where(sql`${t.expiresAt} is not null`),
    check(
      'bookings_status',
      sql`${t.status} in ('held', 'pending', 'confirmed', 'declined', 'expired', 'cancelled', 'completed', 'no_show')`,
    ),
    check('bookings_span', sql`${t.endsAt} > ${t.startsAt}`),
    check(
      'bookings_customer_known',
      sql`${t.customerId} is not null or ${t.status} in ('held', 'expired', 'cancelled')`,
    ),
    check('bookings_expiry', sql`(${t.expiresAt} is not null) = (${t.status} in ('held', 'pending'))`),
  ],
);

/**
 * One place of one resource, taken by one booking or session, buffers included. The row goes when its time is let go.
 * The exclusion constraint over (business, resource, place, during) stands in the migration: drizzle cannot say it.
 */
export const allocations = pgTable(
  'allocations',
  {
    businessId: businessId(),
    /** The booking's or the session's id, whichever holds it. */
    unitId: uuid('unit_id').notNull(),
    resourceId: uuid('resource_id').notNull(),
    place: smallint('place').notNull(),
    bookingId: uuid('booking_id'),
    sessionId: uuid('session_id'),
    serviceId: uuid('service_id').notNull(),
    /** Which of the service's groups it fills. */
    position: smallint('position').notNull(),
    during,
    /** The booking's or session's own time, without buffers. */
    startsAt: instant('starts_at').notNull(),
    endsAt: instant('ends_at').notNull(),
    /** As its booking's: a hold's time is let go by being read as free from then on. */
    expiresAt: instant('expires_at'),
  },
  (t) => [
    // Not led by the business: for one that statistics do not know yet, the planner would take this index for
    // every question of time, and read all the business ever had.
    primaryKey({ columns: [t.unitId, t.businessId, t.resourceId, t.place] }),
    foreignKey({
      name: 'allocations_resource',
      columns: [t.businessId, t.resourceId],
      foreignColumns: [resources.businessId, resources.id],
    }),
    foreignKey({
      name: 'allocations_booking',
      columns: [t.businessId, t.bookingId],
      foreignColumns: [bookings.businessId, bookings.id],
    }),
    foreignKey({
      name: 'allocations_session',
      columns: [t.businessId, t.sessionId],
      foreignColumns: [sessions.businessId, sessions.id],
    }),
    check(
      'allocations_unit',
      sql`num_nonnulls(${t.bookingId}, ${t.sessionId}) = 1 and ${t.unitId} = coalesce(${t.bookingId}, ${t.sessionId})`,
    ),
    check('allocations_place', sql`${t.place} >= 1`),
  ],
);

/** What is owed to one calendar for one booking or session: owed while `wanted` is ahead of `done`. */
export const pushes = pgTable(
  'pushes',
  {
    businessId: businessId(),
    id: id(),
    unitId: uuid('unit_id').notNull(),
    bookingId: uuid('booking_id'),
    sessionId: uuid('session_id'),
    calendarId: uuid('calendar_id').notNull(),
    /** Whether this calendar is to show it at all: false once its resources have moved to other calendars. */
    present: boolean('present').notNull(),
    wanted: integer('wanted').notNull(),
    done: integer('done').notNull().default(0),
    /** Which id of the event is in use: raised when Google will not give an id back. */
    generation: integer('generation').notNull().default(0),
    eventId: text('event_id'),
    etag: text('etag'),
    /** The fields of ours as last written: drift is told by them. */
    written: jsonb('written').$type<Record<string, unknown>>(),
    /** When Google last answered a push of it: what was read of Google before may be older than `written`. */
    writtenAt: instant('written_at'),
    /** What was asked of Google since, with no answer yet: it may show there, and is no person's doing. */
    tried: jsonb('tried').$type<Record<string, unknown>[]>(),
    /** Found deleted, while other calendars are read to see whether it was moved there. */
    missingAt: instant('missing_at'),
    /** The calendar in which it was seen, while this one has not been looked at yet. */
    elsewhere: uuid('elsewhere'),
    dueAt: instant('due_at').notNull().defaultNow(),
    attempts: integer('attempts').notNull().default(0),
    leasedUntil: instant('leased_until'),
    diedAt: instant('died_at'),
    /** Why the last try failed: a code of google/errors.ts. */
    failure: text('failure'),
  },
  (t) => [
    primaryKey({ columns: [t.businessId, t.id] }),
    unique('pushes_unit_calendar').on(t.businessId, t.unitId, t.calendarId),
    foreignKey({
      name: 'pushes_calendar',
      columns: [t.businessId, t.calendarId],
      foreignColumns: [calendars.businessId, calendars.id],
    }),
    foreignKey({
      name: 'pushes_booking',
      columns: [t.businessId, t.bookingId],
      foreignColumns: [bookings.businessId, bookings.id],
    }),
    foreignKey({
      name: 'pushes_session',
      columns: [t.businessId, t.sessionId],
      foreignColumns: [sessions.businessId, sessions.id],
    }),
    // Led by the calendar, so that a claim steps from one queue's head to the next (jobs/queue.ts).
    index('pushes_owed')
      .on(t.businessId, t.calendarId, t.dueAt)
      .where(sql`${t.done} < ${t.wanted} and ${t.diedAt} is null`),
    index('pushes_event').on(t.businessId, t.eventId).where(sql`${t.eventId} is not null`),
    index('pushes_missing').on(t.businessId).where(sql`${t.missingAt} is not null`),
    index('pushes_died').on(t.businessId, t.diedAt).where(sql`${t.diedAt} is not null`),
    check(
      'pushes_unit',
      sql`num_nonnulls(${t.bookingId}, ${t.sessionId}) = 1 and ${t.unitId} = coalesce(${t.bookingId}, ${t.sessionId})`,
    ),
  ],
);

/** Who changed what of a booking, when, from what to what. */
export const audit = pgTable(
  'audit',
  {
    businessId: businessId(),
    id: id(),
    bookingId: uuid('booking_id').notNull(),
    at: instant('at').notNull(),
    actor: text('actor').notNull(),
    action: text('action').notNull(),
    /** Each field that changed: [from, to]. */
    changes: jsonb('changes').$type<Record<string, [unknown, unknown]>>().notNull(),
    /** What staff overrode to do it, as reason codes. */
    overrode: text('overrode').array().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.businessId, t.id] }),
    foreignKey({
      name: 'audit_booking',
      columns: [t.businessId, t.bookingId],
      foreignColumns: [bookings.businessId, bookings.id],
    }),
    index('audit_booking_index').on(t.businessId, t.bookingId, t.at),
  ],
);

/** Each step of each push, pull and so on. No titles, addresses or tokens, ever: it is safe to send to a stranger. */
export const logEntries = pgTable(
  'log_entries',
  {
    businessId: businessId(),
    id: bigint('id', { mode: 'number' }).notNull().generatedAlwaysAsIdentity(),
    at: instant('at').notNull(),
    kind: text('kind', { enum: ['push', 'pull', 'channel', 'mark', 'drift', 'account'] })
      .notNull()
      .default('push'),
    unitId: uuid('unit_id'),
    pushId: uuid('push_id'),
    calendarId: uuid('calendar_id'),
    attempt: integer('attempt').notNull().default(1),
    step: text('step').notNull(),
    outcome: text('outcome').notNull(),
    /** Google's HTTP status, where there was an answer. */
    status: smallint('status'),
    milliseconds: integer('milliseconds'),
    /** Of events, where a step is about many. */
    count: integer('count'),
  },
  (t) => [
    primaryKey({ columns: [t.businessId, t.id] }),
    index('log_entries_unit').on(t.businessId, t.unitId, t.id),
    index('log_entries_calendar').on(t.businessId, t.calendarId, t.id),
  ],
);

export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    businessId: businessId(),
    key: text('key').notNull(),
    /** SHA-256 of method, path and body: the same key for another request is refused. */
    requestHash: text('request_hash').notNull(),
    status: smallint('status'),
    /** The answer, sealed: it may carry a secret that is shown once. */
    answer: text('answer'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.businessId, t.key] }), index('idempotency_keys_created').on(t.createdAt)],
);

/** Units of Google's quota that processes have leased, per key (account or project) and window. */
export const budgets = pgTable(
  'budgets',
  {
    key: text('key').notNull(),
    window: instant('window').notNull(),
    used: integer('used').notNull(),
  },
  (t) => [primaryKey({ columns: [t.key, t.window] })],
);
