// The contract, on with sidebar-api.ts: the whole data of each card of the add-on.
import * as z from 'zod';
import { BookingStatus, Id, Instant, LocalDate, Question, Role, Slot, Zone } from './api.ts';
import { CalendarSettings, DecisionScope, Meaning, NewRule, Share } from './calendar-api.ts';
import { AskPanel, OpenEvent } from './sidebar-api.ts';

const revision = z.int32().min(1);

const resource = z.object({
  id: Id,
  name: z.string(),
  kind: z.enum(['person', 'room', 'vehicle', 'equipment']),
});
export const CardResource = resource;
export type CardResource = z.infer<typeof resource>;

const person = z.object({ name: z.string(), email: z.string() });
const light = z.enum(['green', 'amber', 'red']);
/** One line on how the calendars stand. */
export const CardHealth = z.object({
  light,
  words: z.string(),
  next: z.string().nullable().meta({ description: 'What to do.' }),
  /** Which page of the control panel does it. */
  to: AskPanel.shape.to.nullable(),
});

/** A booking as a line in a list. */
export const BookingLine = z.object({
  id: Id,
  revision,
  status: BookingStatus,
  start: Instant,
  end: Instant,
  service: z.string(),
  customer: z.string().nullable(),
  resources: z.array(z.string()),
});

export const HomeCard = z.object({
  card: z.literal('home'),
  business: z.object({ id: Id, name: z.string(), zone: Zone }),
  person: person.extend({ role: Role }),
  /** Several: a way to the chooser is shown. */
  businesses: z.int(),
  health: CardHealth,
  /** By day of the business's zone; today first, even if empty; then the next days with bookings, seven at most. */
  days: z.array(z.object({ date: LocalDate, bookings: z.array(BookingLine), more: z.int() })),
  pending: z.object({ count: z.int(), items: z.array(BookingLine) }),
  undecided: z.object({
    count: z.int(),
    items: z.array(
      z.object({
        calendarId: Id,
        calendar: z.string(),
        googleId: z.string().meta({ description: "Google's id of the calendar." }),
        zone: Zone.meta({ description: "The calendar's." }),
        eventId: z.string(),
        original: z.string().nullable(),
        title: z.string().nullable().meta({
          description:
            'Where the business keeps titles; else null: Google tells the person by their own right.',
        }),
        start: Instant,
        end: Instant,
        allDay: z.boolean(),
        recurring: z.boolean(),
        count: z.int(),
        resources: z.array(resource).meta({ description: 'Linked to the calendar.' }),
        words: z.string().meta({ description: 'Whom it blocks now, and why.' }),
      }),
    ),
  }),
  /** Bookings that events are in the way of. */
  collisions: z.int(),
  /** Colleagues who asked to join; for owners and admins only. */
  requests: z.array(z.object({ id: Id, name: z.string(), email: z.string() })),
  mayBook: z.boolean(),
});

export const BookingCard = z.object({
  card: z.literal('booking'),
  id: Id,
  revision,
  status: BookingStatus,
  service: z.string(),
  start: Instant,
  end: Instant,
  zone: Zone.meta({ description: "Of the event's calendar, or the business." }),
  seats: z.int(),
  customer: z
    .object({ name: z.string(), email: z.string().nullable(), phone: z.string().nullable() })
    .nullable(),
  resources: z.array(resource.extend({ places: z.int() })),
  instructions: z.string().nullable(),
  notes: z.string().nullable(),
  answers: z.array(z.object({ label: z.string(), value: z.string() })),
  cancelReason: z.string().nullable(),
  expiresAt: Instant.nullable(),
  /** Of a session: who else has seats of it. */
  session: z.object({ id: Id, taken: z.int(), seats: z.int(), bookings: z.array(BookingLine) }).nullable(),
  history: z.array(z.object({ at: Instant, words: z.string() })),
  /** Google shows it otherwise. */
  drifts: z.array(
    z.object({
      id: Id,
      kind: z.enum(['moved', 'deleted', 'freed', 'left']),
      words: z.string().meta({ description: 'What Google shows, and what we hold.' }),
      mayApply: z.boolean(),
    }),
  ),
  /** Events in its way. */
  collisions: z.array(
    z.object({
      words: z.string(),
      next: z.array(Slot),
      others: z.array(resource),
      /** Of the resource that the event takes from it, for which the others could stand in. */
      resourceId: Id.optional(),
    }),
  ),
  /** In Google on each calendar: done, on its way, or given up, in words; null: as it should be. */
  push: z.string().nullable(),
  /** What the person may do with it now, each a button. */
  may: z.array(
    z.enum(['approve', 'decline', 'reschedule', 'reassign', 'cancel', 'complete', 'noShow', 'resend']),
  ),
});

/** A time that was refused, but that staff may take all the same (`override`), and what that would pass over. */
const override = z.object({ start: Instant, words: z.string() }).optional();

export const RescheduleCard = z.object({
  card: z.literal('reschedule'),
  id: Id,
  revision,
  service: z.string(),
  customer: z.string().nullable(),
  start: Instant,
  zone: Zone,
  date: LocalDate,
  slots: z.array(Slot),
  /** The first days after it that have any, if it has none. */
  next: z.array(LocalDate),
  words: z.string().nullable().meta({ description: 'Why there is none that day.' }),
  override,
});

export const ReassignCard = z.object({
  card: z.literal('reassign'),
  id: Id,
  revision,
  service: z.string(),
  start: Instant,
  end: Instant,
  zone: Zone,
  choices: z.array(z.object({ from: resource, to: z.array(resource) })),
});

export const NewCard = z.object({
  card: z.literal('new'),
  walkIn: z.boolean(),
  services: z.array(z.object({ id: Id, name: z.string(), lengthMinutes: z.int() })),
  serviceId: Id.nullable(),
  resources: z.array(resource).meta({ description: 'Who could be asked for by name, for this service.' }),
  resourceId: Id.nullable(),
  date: LocalDate,
  zone: Zone,
  slots: z.array(Slot),
  /** Chosen already: of a walk-in the first free time, of an event its own if it is free. */
  start: Instant.nullable(),
  words: z.string().nullable().meta({ description: 'Why there is no time, or not the one wanted.' }),
  override,
  next: z.array(LocalDate),
  questions: z.array(Question),
  event: OpenEvent.nullable(),
  name: z.string().nullable().meta({ description: "Suggested: the event's title." }),
});

export const FreeNowCard = z.object({
  card: z.literal('freeNow'),
  at: Instant,
  zone: Zone,
  items: z.array(
    resource.extend({
      free: z.boolean(),
      until: Instant.nullable().meta({
        description: 'Free until, or taken until; null: for as long as is looked.',
      }),
      words: z.string().nullable().meta({ description: 'What takes it.' }),
    }),
  ),
});

/** A booking that an event is in the way of, and the ways out: each a button, with what its act needs. */
const hit = z.object({
  bookingId: Id,
  words: z.string(),
  next: z.array(Slot),
  others: z.array(resource),
  revision: revision.optional(),
  /** Of the resource that the event takes from it. */
  resourceId: Id.optional(),
});
export type Hit = z.infer<typeof hit>;

/** Whom an ordinary event blocks. */
export const BlockCard = z.object({
  card: z.literal('block'),
  event: OpenEvent,
  calendar: z.object({ id: Id, name: z.string(), zone: Zone }),
  start: Instant,
  end: Instant,
  allDay: z.boolean(),
  recurring: z.boolean(),
  type: z.string(),
  /** As Google shows it now. */
  free: z.boolean(),
  /** Set Free by us. */
  freed: z.boolean(),
  /** Why it cannot be set Free; null: it can. */
  keepsBusy: z.string().nullable(),
  takes: z.array(Share.extend({ means: Meaning, name: z.string() })),
  words: z.string().meta({ description: 'Whom it blocks now and why, in a sentence.' }),
  undecided: z.boolean(),
  resources: z.array(resource.extend({ places: z.int(), means: Meaning })),
  /** Of these, those that are the person's own: "Only me". */
  mine: z.array(Id).optional(),
  /** The decision in force for this event, and what undo would end. */
  decision: z.object({ id: Id, scope: DecisionScope, actor: z.string(), at: Instant }).nullable(),
  undo: DecisionScope.nullable(),
  proposed: z.object({ id: Id, words: z.string() }).nullable(),
  collisions: z.array(hit),
  /** Besides those listed. */
  moreCollisions: z.int().optional(),
  mayDecide: z.boolean(),
  /** Why not, or what will not work (a calendar we may only read). */
  limits: z.array(z.string()),
  mayBook: z.boolean(),
  /** What is being written to Google, or was refused, in words; null: Google shows what it should. */
  pending: z.string().nullable(),
});

/** What a decision would cost, before saying yes: the same wish without `dryRun` does it. */
export const CostCard = z.object({
  card: z.literal('cost'),
  event: OpenEvent,
  zone: Zone.meta({ description: "The calendar's." }),
  scope: DecisionScope,
  shares: z.array(Share),
  free: z.boolean(),
  words: z.string(),
  changes: z.array(
    resource.extend({
      means: Meaning,
      before: z.int().meta({ description: 'Minutes taken, or opened, until `to`.' }),
      after: z.int(),
      slots: z.int().meta({ description: 'Starts that would not be offered any more; below 0: more would.' }),
    }),
  ),
  hits: z.array(hit),
  /** Hit besides those listed. */
  moreHits: z.int().optional(),
  to: Instant,
});

/** An event of a calendar that no resource is linked to. */
export const UnlinkedCard = z.object({
  card: z.literal('unlinked'),
  event: OpenEvent,
  /** Known, but linked to nobody; null: not followed. */
  calendar: z.object({ id: Id, name: z.string() }).nullable(),
  resources: z.array(resource),
  mayLink: z.boolean(),
  /** Why it cannot be linked from here, and where it can. */
  words: z.string(),
  to: AskPanel.shape.to.nullable(),
});

export const SettingsCard = z.object({
  card: z.literal('settings'),
  business: z.object({ id: Id, name: z.string() }),
  person: person.extend({ role: Role }),
  businesses: z.int(),
  connection: z.object({ light, words: z.string(), to: AskPanel.shape.to.nullable() }),
  calendars: z.array(
    z.object({
      id: Id,
      name: z.string(),
      health: CardHealth,
      resources: z.array(z.string()),
      undecided: CalendarSettings.shape.undecided,
      autoFix: z.boolean(),
      limits: z.array(z.string()),
      mayChange: z.boolean(),
    }),
  ),
});

/** Nobody of any business yet. */
export const WelcomeCard = z.object({
  card: z.literal('welcome'),
  person,
  /** Businesses that invited this address. */
  invitations: z.array(z.object({ id: Id, business: z.string(), role: Role })),
  /** Of the same hosted domain: may be asked. */
  colleagues: z.array(z.object({ id: Id, business: z.string(), asked: z.boolean() })),
});
export const ChooseCard = z.object({
  card: z.literal('choose'),
  businesses: z.array(z.object({ id: Id, name: z.string(), role: Role })),
});

export const problemCodes = [
  'no_access',
  'wrong_account',
  'down',
  'scope_refused',
  'needs_reconnecting',
  'not_found',
  'gone',
  'outdated',
  'refused',
] as const;
/** A failure with a way on. */
export const ProblemCard = z.object({
  card: z.literal('problem'),
  code: z.enum(problemCodes),
  words: z.string(),
  next: z.string().meta({ description: 'What to do.' }),
  to: AskPanel.shape.to.nullable(),
  /** The event has not been read yet, and Google does not answer us: the add-on can read it by itself. */
  unread: z.literal(true).optional(),
});

export const Card = z.discriminatedUnion('card', [
  HomeCard,
  BookingCard,
  RescheduleCard,
  ReassignCard,
  NewCard,
  FreeNowCard,
  BlockCard,
  CostCard,
  UnlinkedCard,
  SettingsCard,
  WelcomeCard,
  ChooseCard,
  ProblemCard,
]);
export type Card = z.infer<typeof Card>;

/**
 * What the add-on needs to go on without the server: of each calendar that somebody is linked to, who is, and what
 * decides. No names of customers, no events.
 */
export const OfflineBook = z.object({
  version: z.string(),
  businessId: Id,
  panel: z.url().nullable(),
  /** Who is who, for rules that ask who made an event: only those whom a rule or a linked resource means. */
  members: z.array(z.object({ id: Id, email: z.string() })).optional(),
  calendars: z.array(
    z.object({
      googleId: z.string(),
      name: z.string(),
      zone: Zone,
      writes: z.boolean().meta({ description: 'Whether the server may change its events.' }),
      decided: z.array(z.string()).meta({
        description:
          'Where it may not: events and series that a person has decided, the latest few hundred. Elsewhere the event says so itself.',
      }),
      settings: CalendarSettings.omit({ adopt: true, delayMinutes: true, autoFix: true }).extend({
        autoFix: z.boolean(),
      }),
      rules: z.array(NewRule.extend({ id: Id })),
      linked: z.array(
        z.object({
          id: Id,
          name: z.string(),
          names: z.array(z.string()),
          memberId: Id.nullable(),
          means: Meaning,
        }),
      ),
    }),
  ),
});
export type OfflineBook = z.infer<typeof OfflineBook>;

/** The answer to every request of the sidebar. */
export const SidebarAnswer = z
  .object({
    card: Card,
    notice: z.string().nullable().meta({ description: 'Said in passing: done, or why not.' }),
    businessId: Id.optional().meta({
      description: 'Whose card it is: the buttons on it are for that business.',
    }),
    memberOf: z
      .array(Id)
      .meta({ description: 'Where they are members: books of others are to be forgotten.' }),
    /** Left out while the add-on's is the newest. */
    book: OfflineBook.optional(),
  })
  .meta({ id: 'SidebarAnswer' });
export type SidebarAnswer = z.infer<typeof SidebarAnswer>;
export const PanelLink = z.object({ url: z.url() });
