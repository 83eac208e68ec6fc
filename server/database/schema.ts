// The tables of setting up: who the business is, what it lets people book, and where that shows in Google.
import { sql } from 'drizzle-orm';
import {
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
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { BlockCause, BusinessSettings, Hours, Question } from '../../shared/api.ts';
import type { CalendarSettings } from '../../shared/calendar-api.ts';
import { businessId, during, id, instant } from './columns.ts';

// Every primary key begins with the business, so each reference does too:
// a row that crosses businesses cannot be written (design 2.9).

export const businesses = pgTable('businesses', {
  id: uuid('id').primaryKey(),
  slug: text('slug').notNull().unique('businesses_slug'),
  name: text('name').notNull(),
  zone: text('zone').notNull(),
  locale: text('locale').notNull(),
  settings: jsonb('settings').$type<BusinessSettings>().notNull(),
  /** Google Workspace's: people of it may ask to join. */
  hostedDomain: text('hosted_domain'),
  /** Raised by triggers with every change that slots depend on; what is cached of a business is kept by it. */
  revision: integer('revision').notNull().default(1),
  createdAt: instant('created_at').notNull().defaultNow(),
});

export const members = pgTable(
  'members',
  {
    businessId: businessId().references(() => businesses.id),
    id: id(),
    email: text('email').notNull(),
    /** Google's number of their account (`sub`), from their first verified visit on: an address may change hands. */
    sub: text('sub'),
    /** The Google Workspace they last came with an account of (`hd`): only such a one may a business say it is. */
    hostedDomain: text('hosted_domain'),
    name: text('name').notNull(),
    role: text('role', { enum: ['owner', 'admin', 'staff'] }).notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.businessId, t.id] }),
    uniqueIndex('members_email').on(t.businessId, sql`lower(${t.email})`),
    uniqueIndex('members_sub').on(t.sub, t.businessId),
    index('members_address').on(sql`lower(${t.email})`),
    check('members_role', sql`${t.role} in ('owner', 'admin', 'staff')`),
  ],
);

export const apiKeys = pgTable(
  'api_keys',
  {
    businessId: businessId().references(() => businesses.id),
    id: id(),
    name: text('name').notNull(),
    scopes: text('scopes').array().notNull(),
    /** SHA-256 of the whole key, in hex: the key itself is random enough to need no salt. */
    keyHash: text('key_hash').notNull().unique('api_keys_hash'),
    createdAt: instant('created_at').notNull().defaultNow(),
    revokedAt: instant('revoked_at'),
  },
  (t) => [primaryKey({ columns: [t.businessId, t.id] })],
);

export const resources = pgTable(
  'resources',
  {
    businessId: businessId().references(() => businesses.id),
    id: id(),
    kind: text('kind', { enum: ['person', 'room', 'vehicle', 'equipment'] }).notNull(),
    name: text('name').notNull(),
    zone: text('zone').notNull(),
    /** Google's event colour, 1 to 11; null leaves the calendar's own. */
    color: smallint('color'),
    places: integer('places').notNull().default(1),
    opens: text('opens', { enum: ['hours', 'openings'] })
      .notNull()
      .default('hours'),
    hours: jsonb('hours').$type<Hours>().notNull(),
    /** The member whose resource it is: what they type into a shared calendar may be about it alone. */
    memberId: uuid('member_id'),
    nicknames: text('nicknames').array().notNull().default(sql`'{}'`),
    archivedAt: instant('archived_at'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.businessId, t.id] }),
    foreignKey({
      name: 'resources_member',
      columns: [t.businessId, t.memberId],
      foreignColumns: [members.businessId, members.id],
    }),
    check('resources_kind', sql`${t.kind} in ('person', 'room', 'vehicle', 'equipment')`),
    check('resources_opens', sql`${t.opens} in ('hours', 'openings')`),
    check('resources_places', sql`${t.places} between 1 and 1000`),
    check('resources_color', sql`${t.color} between 1 and 11`),
  ],
);

export const services = pgTable(
  'services',
  {
    businessId: businessId().references(() => businesses.id),
    id: id(),
    name: text('name').notNull(),
    lengthMinutes: integer('length_minutes').notNull(),
    /** Null: a step is as long as the service. */
    stepMinutes: integer('step_minutes'),
    bufferBeforeMinutes: integer('buffer_before_minutes').notNull().default(0),
    bufferAfterMinutes: integer('buffer_after_minutes').notNull().default(0),
    noticeMinutes: integer('notice_minutes').notNull().default(0),
    horizonDays: integer('horizon_days').notNull().default(90),
    approval: boolean('approval').notNull().default(false),
    /** More than 1: bookings take seats of a session. */
    seats: integer('seats').notNull().default(1),
    dayLimit: integer('day_limit'),
    weekLimit: integer('week_limit'),
    /** Up to how long before the start a customer may still cancel or reschedule by the manage link. */
    cancelCutoffMinutes: integer('cancel_cutoff_minutes').notNull().default(0),
    rescheduleCutoffMinutes: integer('reschedule_cutoff_minutes').notNull().default(0),
    questions: jsonb('questions').$type<Question[]>().notNull(),
    /** In the business's zone; null: whenever its resources are open. */
    hours: jsonb('hours').$type<Hours>(),
    archivedAt: instant('archived_at'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.businessId, t.id] }),
    check('services_length', sql`${t.lengthMinutes} between 1 and 44640`),
    check('services_step', sql`${t.stepMinutes} between 1 and 1440`),
    check('services_buffers', sql`${t.bufferBeforeMinutes} >= 0 and ${t.bufferAfterMinutes} >= 0`),
    check('services_seats', sql`${t.seats} between 1 and 1000`),
  ],
);

export const serviceGroups = pgTable(
  'service_groups',
  {
    businessId: businessId(),
    serviceId: uuid('service_id').notNull(),
    position: smallint('position').notNull(),
    count: integer('count').notNull().default(1),
    places: integer('places').notNull().default(1),
    buffers: boolean('buffers').notNull().default(true),
  },
  (t) => [
    primaryKey({ columns: [t.businessId, t.serviceId, t.position] }),
    foreignKey({
      name: 'service_groups_service',
      columns: [t.businessId, t.serviceId],
      foreignColumns: [services.businessId, services.id],
    }),
    check('service_groups_counts', sql`${t.count} >= 1 and ${t.places} >= 1`),
  ],
);

export const serviceGroupResources = pgTable(
  'service_group_resources',
  {
    businessId: businessId(),
    serviceId: uuid('service_id').notNull(),
    position: smallint('position').notNull(),
    resourceId: uuid('resource_id').notNull(),
    rank: smallint('rank').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.businessId, t.serviceId, t.position, t.resourceId] }),
    foreignKey({
      name: 'service_group_resources_group',
      columns: [t.businessId, t.serviceId, t.position],
      foreignColumns: [serviceGroups.businessId, serviceGroups.serviceId, serviceGroups.position],
    }).onDelete('cascade'),
    foreignKey({
      name: 'service_group_resources_resource',
      columns: [t.businessId, t.resourceId],
      foreignColumns: [resources.businessId, resources.id],
    }),
  ],
);

export const customers = pgTable(
  'customers',
  {
    businessId: businessId().references(() => businesses.id),
    id: id(),
    name: text('name').notNull(),
    email: text('email'),
    phone: text('phone'),
    locale: text('locale'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.businessId, t.id] }),
    index('customers_email').on(t.businessId, sql`lower(${t.email})`),
  ],
);

/** A resource's time that no booking takes: by hand, or by an event of a calendar. */
export const blocks = pgTable(
  'blocks',
  {
    businessId: businessId(),
    id: id(),
    resourceId: uuid('resource_id').notNull(),
    during,
    /** Null: all of the resource's places. */
    places: integer('places'),
    reason: text('reason'),
    calendarId: uuid('calendar_id'),
    eventId: text('event_id'),
    /** Of an occurrence of a series: its original start. */
    original: text('original'),
    /** What settled that the event takes it. */
    cause: jsonb('cause').$type<Pick<BlockCause, 'code' | 'id'>>(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.businessId, t.id] }),
    foreignKey({
      name: 'blocks_resource',
      columns: [t.businessId, t.resourceId],
      foreignColumns: [resources.businessId, resources.id],
    }),
    index('blocks_event').on(t.calendarId, t.eventId).where(sql`${t.eventId} is not null`),
    check('blocks_cause', sql`num_nonnulls(${t.calendarId}, ${t.eventId}, ${t.cause}) in (0, 3)`),
    index('blocks_past').on(sql`upper(${t.during})`).where(sql`${t.eventId} is not null`),
    index('blocks_during').using('gist', t.businessId, t.resourceId, t.during),
  ],
);

/** What opens a resource that is closed by default. */
export const openings = pgTable(
  'openings',
  {
    businessId: businessId(),
    id: id(),
    resourceId: uuid('resource_id').notNull(),
    during,
    calendarId: uuid('calendar_id'),
    eventId: text('event_id'),
    /** Of an occurrence of a series: its original start. */
    original: text('original'),
    /** What settled that the event takes it. */
    cause: jsonb('cause').$type<Pick<BlockCause, 'code' | 'id'>>(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.businessId, t.id] }),
    foreignKey({
      name: 'openings_resource',
      columns: [t.businessId, t.resourceId],
      foreignColumns: [resources.businessId, resources.id],
    }),
    index('openings_event').on(t.calendarId, t.eventId).where(sql`${t.eventId} is not null`),
    check('openings_cause', sql`num_nonnulls(${t.calendarId}, ${t.eventId}, ${t.cause}) in (0, 3)`),
    index('openings_past').on(sql`upper(${t.during})`).where(sql`${t.eventId} is not null`),
    index('openings_during').using('gist', t.businessId, t.resourceId, t.during),
  ],
);

export const accounts = pgTable(
  'accounts',
  {
    businessId: businessId().references(() => businesses.id),
    id: id(),
    email: text('email').notNull(),
    scopes: text('scopes').array().notNull(),
    /** Sealed (auth/seal.ts) with this row's identity as associated data; null: disconnected. */
    refreshToken: text('refresh_token'),
    state: text('state', { enum: ['connected', 'needs_reconnecting', 'disconnecting', 'disconnected'] })
      .notNull()
      .default('connected'),
    /** Whose Google app the token is of. */
    app: text('app', { enum: ['deployment', 'own'] })
      .notNull()
      .default('deployment'),
    connectedAt: instant('connected_at').notNull().defaultNow(),
    /** Google's code for why it needs reconnecting. */
    failure: text('failure'),
    /** Where Google said so: an app in testing gets tokens that end after seven days. */
    endsAt: instant('ends_at'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.businessId, t.id] }),
    uniqueIndex('accounts_email').on(t.businessId, sql`lower(${t.email})`),
    check(
      'accounts_state',
      sql`${t.state} in ('connected', 'needs_reconnecting', 'disconnecting', 'disconnected')`,
    ),
    check('accounts_token', sql`(${t.refreshToken} is null) = (${t.state} = 'disconnected')`),
  ],
);

export const calendars = pgTable(
  'calendars',
  {
    businessId: businessId(),
    id: id(),
    accountId: uuid('account_id').notNull(),
    googleId: text('google_id').notNull(),
    name: text('name').notNull(),
    zone: text('zone').notNull(),
    accessRole: text('access_role').notNull(),
    settings: jsonb('settings').$type<CalendarSettings>().notNull(),
    /** No longer followed; the row stays, for pushes name it. */
    leftAt: instant('left_at'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.businessId, t.id] }),
    unique('calendars_google_id').on(t.businessId, t.googleId),
    foreignKey({
      name: 'calendars_account',
      columns: [t.businessId, t.accountId],
      foreignColumns: [accounts.businessId, accounts.id],
    }),
  ],
);

export const links = pgTable(
  'links',
  {
    businessId: businessId(),
    resourceId: uuid('resource_id').notNull(),
    calendarId: uuid('calendar_id').notNull(),
    reads: boolean('reads').notNull(),
    writes: boolean('writes').notNull(),
    /** What its events mean to the resource; null: they block it, or open it if it is closed by default. */
    means: text('means', { enum: ['block', 'open'] }),
    /** Whether the calendar was read since the link was made: before, what takes the resource is unknown. */
    judged: boolean('judged').notNull().default(false),
  },
  (t) => [
    primaryKey({ columns: [t.businessId, t.resourceId, t.calendarId] }),
    // A resource may read many calendars and write to one.
    uniqueIndex('links_one_written').on(t.businessId, t.resourceId).where(sql`${t.writes}`),
    foreignKey({
      name: 'links_resource',
      columns: [t.businessId, t.resourceId],
      foreignColumns: [resources.businessId, resources.id],
    }),
    foreignKey({
      name: 'links_calendar',
      columns: [t.businessId, t.calendarId],
      foreignColumns: [calendars.businessId, calendars.id],
    }),
    index('links_calendar_index').on(t.businessId, t.calendarId),
  ],
);
