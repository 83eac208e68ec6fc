// The contract, on with api.ts: what the add-on's cards ask of the server. What they are answered: card-api.ts.
import * as z from 'zod';
import { Answers, Begin, Id, LocalDate, Locale, Zone } from './api.ts';
import { CalendarSettings, DecisionScope, NewDecision, Share } from './calendar-api.ts';
import { mailPattern } from './mail.ts';

// What every request brings ------------------------------------------------------------------------------------------

/**
 * Who asks is told by the identity token (`Authorization: Bearer`), never by the body.
 * Every request is a POST: what is asked about stays out of addresses. Those that change something carry an
 * `Idempotency-Key` of the click's own, as everywhere: a second tap is answered as the first.
 */
const asked = {
  locale: Locale.meta({ description: "Of the person, for the words of the answer: 'nb' for any Norwegian." }),
  zone: Zone.meta({ description: "The person's, as Calendar says." }),
  businessId: Id.optional().meta({ description: 'Chosen by a person who is in several.' }),
  preferredId: Id.optional().meta({
    description: 'Chosen for the day: holds where the open event does not say whose it is.',
  }),
  known: z
    .string()
    .max(64)
    .nullable()
    .default(null)
    .meta({ description: 'Version of the offline book that the add-on holds.' }),
};

/** The open event, as Calendar names it. */
export const OpenEvent = z.strictObject({
  calendarId: z.string().min(1).max(1024).meta({ description: "Google's id of the calendar." }),
  eventId: z.string().min(1).max(1024),
  mayWrite: z.literal(false).optional().meta({
    description: 'The person may not change events of the calendar in Google: said on the card.',
  }),
});
export type OpenEvent = z.infer<typeof OpenEvent>;

// Asked ---------------------------------------------------------------------------------------------------------------

export const AskHome = z.strictObject({ ...asked });
/** Of the event that is open. */
export const AskEvent = z.strictObject({ ...asked, event: OpenEvent });
export const AskSettings = z.strictObject({ ...asked, event: OpenEvent.optional() });
export const AskBooking = z.strictObject({ ...asked, bookingId: Id });
/** Free starts on one day to move a booking to. */
export const AskReschedule = z.strictObject({ ...asked, bookingId: Id, date: LocalDate.optional() });
/** Whom each of its resources could be exchanged for, at its own time. */
export const AskReassign = z.strictObject({ ...asked, bookingId: Id });
/** The form of a new booking, filled in as far as it is known; of a walk-in, with the first free time chosen. */
export const AskNew = z.strictObject({
  ...asked,
  serviceId: Id.optional(),
  resourceId: Id.optional(),
  date: LocalDate.optional(),
  walkIn: z.boolean().default(false),
  event: OpenEvent.optional().meta({ description: 'Make a booking of this event: its time is wanted.' }),
});
export const AskFreeNow = z.strictObject({
  ...asked,
  kind: z.enum(['person', 'room', 'vehicle', 'equipment']).optional(),
});
/** A link into the control panel: good once, for a minute. */
export const AskPanel = z.strictObject({
  ...asked,
  event: OpenEvent.optional(),
  to: z.enum(['home', 'connect', 'calendars', 'calendar', 'booking', 'members', 'health', 'data']),
  id: z.string().max(1024).optional(),
});

// Done ----------------------------------------------------------------------------------------------------------------

const revision = z.int32().min(1);
/** A button of a booking's card. */
export const BookingAct = z.discriminatedUnion('act', [
  z.strictObject({ act: z.literal('approve'), revision }),
  z.strictObject({
    act: z.literal('decline'),
    revision,
    reason: z.string().trim().max(1000).nullable(),
    tell: z.boolean(),
  }),
  z.strictObject({
    act: z.literal('cancel'),
    revision,
    reason: z.string().trim().max(1000).nullable(),
    tell: z.boolean(),
  }),
  z.strictObject({ act: z.literal('complete'), revision }),
  z.strictObject({ act: z.literal('noShow'), revision }),
  z.strictObject({ act: z.literal('resend') }),
  z.strictObject({ act: z.literal('reschedule'), revision, start: Begin, override: z.boolean() }),
  z.strictObject({ act: z.literal('reassign'), revision, from: Id, to: Id, override: z.boolean() }),
  z.strictObject({ act: z.literal('apply'), driftId: Id }),
  z.strictObject({ act: z.literal('restore'), driftId: Id }),
]);
export const DoBooking = z.strictObject({
  ...asked,
  bookingId: Id,
  do: BookingAct,
  show: z.enum(['booking', 'home']).default('booking').meta({
    description: 'Which card answers it: on the home card it is done in place.',
  }),
});
export const DoBook = z.strictObject({
  ...asked,
  serviceId: Id,
  start: Begin,
  resourceIds: z.array(Id).max(50).default([]),
  name: z.string().trim().min(1).max(200),
  email: z.email({ pattern: mailPattern }).max(254).nullable().default(null),
  phone: z.string().trim().min(3).max(40).nullable().default(null),
  instructions: z.string().trim().max(5000).nullable().default(null),
  answers: Answers.default({}),
  override: z.boolean().default(false),
  event: OpenEvent.optional().meta({
    description: 'It was made of this event: that is set to block nobody, and Free.',
  }),
});
/** Whom the open event blocks. `dryRun` answers the cost card, else the event's card as it is then. */
export const DoDecide = z.strictObject({
  ...asked,
  event: OpenEvent,
  scope: DecisionScope,
  shares: z.array(Share).max(200),
  free: z.boolean().meta({ description: 'Set it Free in Google; false: it stays Busy, and we know better.' }),
  dryRun: z.boolean(),
});
/** Ends the decision of that scope, and what was set Free for it is as it was. */
export const DoUndo = z.strictObject({ ...asked, event: OpenEvent, scope: DecisionScope });
/** A one-tap answer on the home card; the answer is the home card. */
export const DoAnswer = z.strictObject({
  ...asked,
  calendarId: Id,
  eventId: z.string().min(1).max(1024),
  original: NewDecision.shape.from.unwrap(),
  whom: z.union([z.enum(['everybody', 'nobody']), z.array(Id).min(1).max(200)]),
});
/** Settles a decision found in an event, of a calendar that asks first. */
export const DoProposed = z.strictObject({
  ...asked,
  event: OpenEvent,
  decisionId: Id,
  accept: z.boolean(),
});
export const DoSettings = z.strictObject({
  ...asked,
  calendarId: Id,
  settings: CalendarSettings.pick({ undecided: true, autoFix: true }).partial(),
});
/** "Link this calendar": its events block these resources (none named: all), by the rule for undecided events. */
export const DoLink = z.strictObject({
  ...asked,
  event: OpenEvent,
  resourceIds: z.array(Id).max(200),
  undecided: CalendarSettings.shape.undecided,
});
export const DoCreate = z.strictObject({
  ...asked,
  name: z.string().trim().min(1).max(200),
});
export const DoJoin = z.strictObject({ ...asked, joinId: Id });
/** A colleague who asked to join is let in, or not. */
export const DoAdmit = z.strictObject({ ...asked, requestId: Id, admit: z.boolean() });
