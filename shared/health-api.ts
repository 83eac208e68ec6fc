// The contract, on with calendar-api.ts: how well the two sides keep in step, what is told of it, and what helps to find out why.
import * as z from 'zod';
import { BusinessSettings, Id, Instant, listOf } from './api.ts';
import { CalendarSettings, LogEntry } from './calendar-api.ts';

export const Health = z
  .object({
    calendarId: Id,
    light: z.enum(['green', 'amber', 'red']),
    readAt: Instant.nullable(),
    nextReadAt: Instant.nullable(),
    readUntil: Instant.nullable().meta({
      description: 'Series are expanded up to here; nothing beyond is offered.',
    }),
    reading: z
      .object({ events: z.int() })
      .nullable()
      .meta({ description: 'How far a reading under way is.' }),
    channel: z.object({
      state: z.enum(['on', 'making', 'refused', 'off']),
      lastNoticeAt: Instant.nullable(),
      proven: z.boolean().meta({ description: 'Whether a notice was ever delivered.' }),
      renewAt: Instant.nullable(),
      expiresAt: Instant.nullable(),
    }),
    queue: z.object({
      pushes: z.int(),
      died: z.int(),
      marks: z.int(),
      marksDied: z.int(),
      failure: z.string().nullable().meta({ description: 'Why a push that is still owed failed last.' }),
    }),
    failure: z.string().nullable(),
    words: z.array(z.string()),
    next: z.array(z.string()).meta({ description: 'What to do, in words.' }),
  })
  .meta({ id: 'Health' });

export const HealthQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(500),
});
export const Healths = listOf(Health).extend({
  total: z.int().meta({ description: 'How many calendars there are; those left out are the best.' }),
});

export const Message = z
  .object({
    id: Id,
    at: Instant,
    to: z.enum(['customer', 'staff', 'admin']),
    kind: z.string(),
    bookingId: Id.nullable(),
    calendarId: Id.nullable(),
    accountId: Id.nullable(),
    details: z.record(z.string(), z.unknown()),
    words: z.string(),
  })
  .meta({ id: 'Message', description: 'What somebody is to be told; mail delivers it later.' });

export const MessageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  before: Id.optional().meta({ description: 'The `id` of the last one of the page before.' }),
});

export const LogQuery = z.strictObject({
  bookingId: Id.optional(),
  calendarId: Id.optional(),
  resourceId: Id.optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  before: z.coerce.number().int().min(1).optional().meta({ description: 'The `next` of the page before.' }),
});
export const Log = listOf(LogEntry).extend({ next: z.int().nullable() });

const hash = z
  .string()
  .meta({ description: 'Stands for a text that is not told: the same for the same text.' });
/** No names, titles, addresses, tokens or ids of Google's: safe to send to a stranger. */
export const DebugBundle = z
  .object({
    at: Instant,
    versions: z.object({
      sidebook: z.string(),
      node: z.string(),
      postgresql: z.string(),
      migrations: z.int(),
    }),
    deployment: z.object({
      publicUrl: z.enum(['none', 'http', 'https']),
      google: z.enum(['google', 'elsewhere']),
      ownGoogleApp: z.boolean(),
      worker: z.boolean(),
    }),
    business: z.object({
      id: Id,
      zone: z.string(),
      locale: z.string(),
      settings: z.object(BusinessSettings.shape).omit({ event: true }),
    }),
    accounts: z.array(
      z.object({
        id: Id,
        address: hash,
        state: z.string(),
        app: z.string(),
        scopes: z.array(z.string()),
        connectedAt: Instant,
        endsAt: Instant.nullable(),
        failure: z.string().nullable(),
      }),
    ),
    calendars: z.array(
      z.object({
        id: Id,
        accountId: Id,
        googleId: hash,
        accessRole: z.string(),
        zone: z.string(),
        settings: CalendarSettings,
        links: z.object({ read: z.int(), written: z.int() }),
        health: Health.omit({ calendarId: true, words: true, next: true }),
      }),
    ),
    channels: z.array(
      z.object({
        calendarId: Id,
        answered: z.boolean(),
        madeAt: Instant,
        expiresAt: Instant.nullable(),
        stopAt: Instant.nullable(),
        stopAttempts: z.int(),
        lastNoticeAt: Instant.nullable(),
        lastNumber: z.int().nullable(),
      }),
    ),
    counts: z.record(z.string(), z.int()),
    pushes: z.array(
      z.object({ state: z.enum(['owed', 'died']), failure: z.string().nullable(), count: z.int() }),
    ),
    log: z.array(LogEntry),
  })
  .meta({ id: 'DebugBundle' });
