// The tables of who comes in by Google: colleagues who ask to join, and sessions of the control panel.
import { sql } from 'drizzle-orm';
import {
  boolean,
  check,
  foreignKey,
  index,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { businessId, id, instant } from './columns.ts';
import { businesses, members } from './schema.ts';

/** Somebody of the business's hosted domain who wants to be a member. */
export const joinRequests = pgTable(
  'join_requests',
  {
    businessId: businessId().references(() => businesses.id),
    id: id(),
    /** Google's number of the account: an address may change hands. */
    sub: text('sub').notNull(),
    email: text('email').notNull(),
    name: text('name').notNull(),
    askedAt: instant('asked_at').notNull(),
    settledAt: instant('settled_at'),
    settledBy: text('settled_by'),
    admitted: boolean('admitted'),
  },
  (t) => [
    primaryKey({ columns: [t.businessId, t.id] }),
    uniqueIndex('join_requests_open').on(t.businessId, t.sub).where(sql`${t.settledAt} is null`),
    check(
      'join_requests_settled',
      sql`(${t.settledAt} is null) = (${t.admitted} is null) and (${t.settledAt} is null) = (${t.settledBy} is null)`,
    ),
  ],
);

/**
 * A member's way into the control panel: a ticket, good once and for a minute, becomes a session. Only hashes are kept.
 * They go with the member.
 */
export const panelSessions = pgTable(
  'panel_sessions',
  {
    /** SHA-256 of the secret, hex. */
    hash: text('hash').primaryKey(),
    kind: text('kind', { enum: ['ticket', 'session'] }).notNull(),
    businessId: businessId(),
    memberId: uuid('member_id').notNull(),
    /** Of a ticket: the path it leads to. */
    path: text('path'),
    expiresAt: instant('expires_at').notNull(),
  },
  (t) => [
    index('panel_sessions_expires').on(t.expiresAt),
    index('panel_sessions_member').on(t.businessId, t.memberId),
    foreignKey({
      name: 'panel_sessions_member',
      columns: [t.businessId, t.memberId],
      foreignColumns: [members.businessId, members.id],
    }).onDelete('cascade'),
    check('panel_sessions_path', sql`(${t.kind} = 'ticket') = (${t.path} is not null)`),
  ],
);
