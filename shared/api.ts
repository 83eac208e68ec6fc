// The contract: what the HTTP API takes and gives. The server parses with these schemas; the add-on takes their types only.
import * as z from 'zod';

export const Id = z.uuid().toLowerCase().meta({ description: 'An id as this API gave it out.' });
/** A UTC or offset instant, `2026-11-20T09:00:00+01:00`. Answers are always UTC. */
export const Instant = z.iso
  .datetime({ offset: true })
  .refine((at) => /^(19[7-9]|20\d|21\d)\d-/.test(at), 'a year from 1970 to 2199');
/** A beginning that is asked for. Google's events know whole seconds alone: what is finer is cut off. */
export const Begin = Instant.overwrite((at) => at.replace(/\.\d+/, ''));
export const LocalDate = z.iso.date();
export const WallTime = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'a time of day as HH:MM, at most 24:00');
const name = z.string().trim().min(1).max(200);
const minutes = (most: number) => z.int().min(0).max(most);
const once = <T>(list: readonly T[]) => new Set(list).size === list.length;

type Bare<F> = F extends z.ZodDefault<infer Inner> ? Inner : F;
type ChangeOf<S extends z.core.$ZodLooseShape> = { [K in keyof S]: z.ZodOptional<Bare<S[K]>> };
/**
 * The body of a PATCH: any of the fields, and what is left out stays as it is. Not zod's `partial()`, which would fill
 * a field's default in where it was left out, and so reset what nobody named.
 */
const changeOf = <S extends Record<string, z.ZodType>>(of: z.ZodObject<S>) => {
  const bare = Object.entries(of.shape).map(([key, field]) => [
    key,
    (field instanceof z.ZodDefault ? (field.unwrap() as z.ZodType) : field).optional(),
  ]);
  return z.strictObject(Object.fromEntries(bare) as ChangeOf<S>);
};
const zones = new Set(Intl.supportedValuesOf('timeZone'));
export const Zone = z
  .string()
  .refine(
    (zone) => zone === 'UTC' || zones.has(zone) || isAlias(zone),
    'not an IANA time zone such as Europe/Oslo',
  );
const isAlias = (zone: string) => {
  try {
    return (
      /^[A-Za-z_]+(\/[\w+-]+)+$/.test(zone) && Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }))
    );
  } catch {
    return false; // Intl throws for what it does not know: that is the answer.
  }
};

// Lists ---------------------------------------------------------------------------------------------------------------

/** What every paged list is asked: oldest first, on from where the page before ended. */
export const Page = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: Id.optional().meta({ description: 'The `next` of the page before.' }),
});
export const Archivable = Page.extend({
  archived: z
    .enum(['true', 'false'])
    .default('false')
    .transform((said) => said === 'true')
    .meta({ description: 'true: the archived ones instead.' }),
});
export const Window = Page.extend({
  from: Instant.optional().meta({ description: 'Only what ends after it.' }),
  to: Instant.optional().meta({ description: 'Only what begins before it.' }),
});
export const CustomerSearch = Page.extend({
  q: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .optional()
    .meta({ description: 'Part of a name, mail address or phone number.' }),
});
export const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item) });
export const pageOf = <T extends z.ZodType>(item: T) =>
  listOf(item).extend({
    next: Id.nullable().meta({ description: 'The cursor of the next page; null: this is the last.' }),
  });

// Hours -------------------------------------------------------------------------------------------------------------

const wallSpan = { from: WallTime, to: WallTime };
const notEmpty = (span: { from: string; to: string }) => span.from !== span.to && span.from !== '24:00';
const emptySpan =
  'opens and closes at the same time: leave the row out, or say 00:00 to 24:00 for the whole day';
/** Wall-clock rules in the zone of whom they belong to. `to` at or before `from` is the next day. */
export const Hours = z
  .strictObject({
    weekly: z
      .array(z.strictObject({ day: z.int().min(1).max(7), ...wallSpan }).refine(notEmpty, emptySpan))
      .max(100)
      .meta({ description: 'Days are 1 (Monday) to 7 (Sunday).' }),
    dates: z
      .array(
        z.strictObject({
          date: LocalDate,
          spans: z.array(z.strictObject(wallSpan).refine(notEmpty, emptySpan)).max(20),
        }),
      )
      .max(2000)
      .meta({ description: 'A date replaces the weekly rows that begin on it; no spans: closed that day.' }),
  })
  .refine((h) => once(h.dates.map((d) => d.date)), 'a date stands there twice')
  .meta({ id: 'Hours' });
export type Hours = z.infer<typeof Hours>;

// Business ----------------------------------------------------------------------------------------------------------

export const EventTemplates = z
  .strictObject({
    title: z.string().min(1).max(500),
    description: z.string().max(5000),
    location: z.string().max(500),
  })
  .meta({ id: 'EventTemplates' });
export type EventTemplates = z.infer<typeof EventTemplates>;

export const DriftPolicy = z.enum(['restore', 'ask', 'follow']);
export const BusinessSettings = z
  .strictObject({
    holdMinutes: minutes(120).min(1),
    pendingHours: z
      .int()
      .min(1)
      .max(24 * 60),
    pushPending: z
      .boolean()
      .meta({ description: 'Show bookings that wait for approval in Google, as tentative.' }),
    cancelledEvents: z.enum(['delete', 'mark']).meta({
      description: 'What becomes of the event of a cancelled booking: deleted, or marked cancelled and Free.',
    }),
    event: EventTemplates,
    push: z.boolean().meta({ description: 'Whether bookings are written to Google.' }),
    pull: z.boolean().meta({ description: "Whether people's busy time is read from Google." }),
    keepTitles: z.boolean().meta({
      description: 'Keep the titles of events that are no bookings. Off: only times and flags are kept.',
    }),
    confirmSeconds: z
      .int()
      .min(0)
      .max(24 * 3600)
      .meta({ description: 'A booking reads its calendars first if that was done longer ago; 0: always.' }),
    unreachableHours: z
      .int()
      .min(1)
      .max(31 * 24)
      .meta({ description: 'How long the last good state of a calendar counts that cannot be read.' }),
    unreachableThen: z
      .enum(['close', 'open'])
      .meta({ description: 'Then its resources are closed, or its last good state goes on counting.' }),
    drift: z
      .strictObject({ moved: DriftPolicy, deleted: DriftPolicy, freed: DriftPolicy, left: DriftPolicy })
      .meta({
        description:
          "What a person's change of a booking's event leads to. `left`: moved to another calendar. restore: Google is put right. ask: staff are asked. follow: the booking follows, where it can.",
      }),
    log: z.boolean().meta({ description: 'Keep a log of each step of each push and pull.' }),
    logDays: z.int().min(1).max(365),
  })
  .meta({ id: 'BusinessSettings' });
export type BusinessSettings = z.infer<typeof BusinessSettings>;

export const Slug = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'small letters, digits and single hyphens')
  .max(60);
export const Locale = z.enum(['en', 'nb']);
const hostedDomain = z
  .string()
  .trim()
  .toLowerCase()
  .max(253)
  .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'a domain such as example.com')
  .nullable()
  .meta({
    description:
      'Of a Google Workspace: in the side panel only its accounts get in, and may ask to join. null: accounts of any. Only a Workspace can be named that an owner came with an account of, to the side panel or the control panel.',
  });
export const Business = z
  .object({ id: Id, slug: Slug, name, zone: Zone, locale: Locale, hostedDomain, settings: BusinessSettings })
  .meta({ id: 'Business' });
export const BusinessChange = z
  .strictObject({
    slug: Slug,
    name,
    zone: Zone,
    locale: Locale,
    hostedDomain,
    settings: z
      .strictObject({
        ...BusinessSettings.shape,
        event: EventTemplates.partial(),
        drift: BusinessSettings.shape.drift.partial(),
      })
      .partial(),
  })
  .partial();
export const TemplatePreview = z.strictObject({
  event: EventTemplates.partial()
    .default({})
    .meta({ description: "What is left out is the business's own." }),
  bookingId: Id.optional().meta({ description: 'The booking to show; a made-up one, if left out.' }),
});
export const PreviewedEvent = z
  .object({ title: z.string(), description: z.string(), location: z.string() })
  .meta({ id: 'PreviewedEvent', description: 'As Google is given it: the description is HTML.' });
export const Keyword = z.object({ keyword: z.string(), means: z.string() }).meta({ id: 'Keyword' });

export const Role = z.enum(['owner', 'admin', 'staff']);
export const NewMember = z.strictObject({ email: z.email().max(254), name, role: Role });
export const Member = z.object({ ...NewMember.shape, id: Id }).meta({ id: 'Member' });
export const MemberChange = changeOf(NewMember);

export const Scope = z.enum(['read', 'book', 'staff', 'setup']).meta({
  description:
    'read: see everything. book: what a booking page needs. staff: act on bookings and override. setup: change what is bookable.',
});
export type Scope = z.infer<typeof Scope>;
export const NewApiKey = z.strictObject({
  name,
  scopes: z.array(Scope).min(1).refine(once, 'a scope stands there twice'),
});
export const ApiKey = z.object({ ...NewApiKey.shape, id: Id, createdAt: Instant }).meta({ id: 'ApiKey' });
export const ShownApiKey = ApiKey.extend({ key: z.string().meta({ description: 'Shown this once.' }) });

// Resources and services --------------------------------------------------------------------------------------------

export const NewResource = z.strictObject({
  kind: z.enum(['person', 'room', 'vehicle', 'equipment']),
  name,
  zone: Zone.optional().meta({ description: "The business's, if left out." }),
  color: z.int().min(1).max(11).nullable().default(null),
  places: z.int().min(1).max(1000).default(1),
  memberId: Id.nullable().default(null).meta({ description: 'The member whose resource it is.' }),
  nicknames: z
    .array(name)
    .max(20)
    .default([])
    .meta({ description: 'What people call it besides its name in events that are about it.' }),
  opens: z
    .enum(['hours', 'openings'])
    .default('hours')
    .meta({ description: 'hours: open within its hours. openings: closed until something opens it.' }),
  hours: Hours.default({ weekly: [], dates: [] }),
});
export const Resource = z
  .object({ ...NewResource.shape, id: Id, zone: Zone, archived: z.boolean() })
  .meta({ id: 'Resource' });
export const ResourceChange = changeOf(NewResource).extend({ archived: z.boolean().optional() });

export const NewBlock = z.strictObject({
  start: Instant,
  end: Instant,
  places: z.int().min(1).max(1000).nullable().default(null).meta({ description: 'null: all places.' }),
  reason: z.string().max(200).nullable().default(null),
});
/** Which event of which calendar makes a block or an opening, and what settled that it does. */
export const BlockCause = z
  .object({
    calendarId: Id,
    eventId: z.string(),
    original: z.string().nullable().meta({ description: 'Of an occurrence: its original start.' }),
    code: z.string().meta({ description: 'rule, decision, default, …' }),
    id: Id.optional().meta({ description: 'Of the rule or decision.' }),
  })
  .meta({ id: 'BlockCause' });
export type BlockCause = z.infer<typeof BlockCause>;
export const Block = z
  .object({ ...NewBlock.shape, id: Id, resourceId: Id, cause: BlockCause.nullable() })
  .meta({ id: 'Block', description: 'By hand (cause null), or of an event.' });
export const BlockChange = changeOf(NewBlock);
export const NewOpening = z.strictObject({ start: Begin, end: Begin });
export const Opening = z
  .object({ start: Instant, end: Instant, id: Id, resourceId: Id, cause: BlockCause.nullable() })
  .meta({ id: 'Opening' });
export const OpeningChange = changeOf(NewOpening);

export const Question = z
  .strictObject({
    key: z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, 'small letters, digits and underscores, a letter first'),
    label: name,
    kind: z.enum(['text', 'number', 'boolean', 'choice']).default('text'),
    choices: z.array(name).max(100).refine(once, 'a choice stands there twice').default([]),
    required: z.boolean().default(false),
  })
  .refine((q) => (q.kind === 'choice') === q.choices.length > 0, {
    path: ['choices'],
    error: 'a question of kind choice needs them, and no other has any',
  });
export type Question = z.infer<typeof Question>;
export const Answers = z.record(z.string().max(40), z.union([z.string().max(2000), z.number(), z.boolean()]));
export type Answers = z.infer<typeof Answers>;

export const Group = z.strictObject({
  count: z.int().min(1).max(50).default(1),
  places: z.int().min(1).max(1000).default(1),
  buffers: z.boolean().default(true).meta({ description: 'Whether the buffers take its resources too.' }),
  resourceIds: z.array(Id).min(1).max(500).refine(once, 'a resource stands there twice'),
});
const limit = z.int().min(1).max(10_000).nullable().default(null);
export const NewService = z.strictObject({
  name,
  lengthMinutes: z
    .int()
    .min(1)
    .max(31 * 24 * 60),
  stepMinutes: z
    .int()
    .min(1)
    .max(24 * 60)
    .nullable()
    .default(null)
    .meta({ description: 'null: as long as the service.' }),
  bufferBeforeMinutes: minutes(24 * 60).default(0),
  bufferAfterMinutes: minutes(24 * 60).default(0),
  noticeMinutes: minutes(366 * 24 * 60).default(0),
  horizonDays: z.int().min(1).max(730).default(90),
  approval: z.boolean().default(false),
  seats: z
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .meta({ description: 'More than 1: bookings take seats of a session.' }),
  dayLimit: limit,
  weekLimit: limit,
  cancelCutoffMinutes: minutes(366 * 24 * 60).default(0),
  rescheduleCutoffMinutes: minutes(366 * 24 * 60).default(0),
  questions: z
    .array(Question)
    .max(50)
    .refine((list) => once(list.map((q) => q.key)), 'a key stands there twice')
    .default([]),
  hours: Hours.nullable().default(null),
  groups: z.array(Group).min(1).max(10),
});
export const Service = z
  .object({ ...NewService.shape, id: Id, archived: z.boolean() })
  .meta({ id: 'Service' });
export const ServiceChange = changeOf(NewService).extend({ archived: z.boolean().optional() });

export const NewCustomer = z.strictObject({
  name,
  email: z.email().max(254).nullable().default(null),
  phone: z.string().trim().min(3).max(40).nullable().default(null),
  locale: Locale.nullable().default(null),
});
export const Customer = z.object({ ...NewCustomer.shape, id: Id }).meta({ id: 'Customer' });
export const CustomerChange = changeOf(NewCustomer);

// Availability ------------------------------------------------------------------------------------------------------

export const Slot = z
  .object({ start: Instant, end: Instant, seatsLeft: z.int().optional() })
  .meta({ id: 'Slot' });
export const Reason = z
  .object({
    code: z.string(),
    overridable: z.boolean().meta({ description: 'Whether staff may book all the same.' }),
    resourceId: Id.optional(),
    what: Id.optional().meta({ description: 'The booking, session, block or calendar that takes the time.' }),
    event: BlockCause.optional(),
    start: Instant.optional(),
    end: Instant.optional(),
    words: z.string(),
  })
  .meta({ id: 'Reason' });

// Bookings ----------------------------------------------------------------------------------------------------------

export const BookingStatus = z.enum([
  'held',
  'pending',
  'confirmed',
  'declined',
  'expired',
  'cancelled',
  'completed',
  'no_show',
]);
export type BookingStatus = z.infer<typeof BookingStatus>;

const party = z
  .int()
  .min(1)
  .max(1000)
  .default(1)
  .meta({ description: 'Seats wanted, where the service sells seats.' });
const resourceIds = z
  .array(Id)
  .max(50)
  .default([])
  .meta({ description: 'Resources asked for; the rest are chosen.' });
const override = z.boolean().default(false).meta({
  description:
    'Staff only: book in spite of hours, notice, cut-offs and blocks. Never in spite of another booking.',
});
export const NewHold = z.strictObject({ serviceId: Id, start: Begin, seats: party, resourceIds });
const about = {
  customer: NewCustomer.optional(),
  customerId: Id.optional(),
  notes: z.string().max(5000).nullable().default(null),
  instructions: z.string().max(5000).nullable().default(null),
  answers: Answers.default({}),
};
export const NewBooking = z
  .strictObject({
    ...NewHold.partial({ serviceId: true, start: true }).shape,
    holdId: Id.optional(),
    override,
    ...about,
  })
  .refine((b) => Boolean(b.holdId) !== Boolean(b.serviceId && b.start), 'give serviceId and start, or holdId')
  .refine((b) => Boolean(b.customer) !== Boolean(b.customerId), 'give customer, or customerId');
export const Booking = z
  .object({
    id: Id,
    revision: z.int(),
    status: BookingStatus,
    serviceId: Id,
    sessionId: Id.nullable(),
    customerId: Id.nullable(),
    start: Instant,
    end: Instant,
    zone: Zone,
    seats: z.int(),
    resources: z.array(z.object({ resourceId: Id, places: z.int() })),
    expiresAt: Instant.nullable(),
    notes: z.string().nullable(),
    instructions: z.string().nullable(),
    answers: Answers,
    cancelReason: z.string().nullable(),
    createdAt: Instant,
  })
  .meta({ id: 'Booking' });
export type Booking = z.infer<typeof Booking>;
export const MadeBooking = Booking.extend({
  manageSecret: z
    .string()
    .meta({ description: "The secret of the customer's manage link, shown this once." }),
  warnings: z.array(Reason).meta({ description: 'What was overridden.' }),
}).meta({ id: 'MadeBooking' });
export const ChangedBooking = Booking.extend({ warnings: z.array(Reason) }).meta({ id: 'ChangedBooking' });

/** Every change names the revision it was decided on; another's change in between is a 409 with the present state. */
export const Change = z.strictObject({ revision: z.int32().min(1) });
export const Reschedule = Change.extend({ start: Begin, resourceIds, override });
export const Reassign = Change.extend({ from: Id, to: Id, override });
export const Cancel = Change.extend({ reason: z.string().max(1000).nullable().default(null), override });
export const Amend = Change.extend({
  notes: z.string().max(5000).nullable(),
  instructions: z.string().max(5000).nullable(),
  answers: Answers,
}).partial({ notes: true, instructions: true, answers: true });

export const AuditEntry = z
  .object({
    at: Instant,
    actor: z.string(),
    action: z.string(),
    changes: z.record(z.string(), z.tuple([z.unknown(), z.unknown()])),
    overrode: z.array(z.string()),
  })
  .meta({ id: 'AuditEntry' });
