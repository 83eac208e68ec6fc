// The contract, on with api.ts: calendars, whom their events block, and how the two sides keep in step.
import * as z from 'zod';
import { DriftPolicy, Id, Instant, LocalDate, Page, Slot } from './api.ts';

// Calendars ---------------------------------------------------------------------------------------------------------

export const AccountCalendar = z
  .object({
    googleId: z.string(),
    name: z.string(),
    zone: z.string(),
    accessRole: z.string(),
    limits: z.array(z.string()).meta({ description: 'What will not work with this access, in words.' }),
  })
  .meta({ id: 'AccountCalendar' });
export const NewCalendar = z.strictObject({
  accountId: Id,
  googleId: z
    .string()
    .min(1)
    .max(1024)
    // In an address these mean another place, however they are written.
    .refine((id) => id !== '.' && id !== '..', 'an id of Google, or "primary"'),
});

const blocking = z.enum(['block', 'ignore']);
export const CalendarSettings = z
  .strictObject({
    undecided: z.enum(['everybody', 'nobody', 'creator', 'ask']).meta({
      description:
        'Whom an event blocks that no rule or decision speaks of. ask: everybody, until somebody answers.',
    }),
    allDay: z.enum(['busy', 'always', 'never']).meta({
      description: 'All-day events block if they are Busy, also if they are Free, or never.',
    }),
    tentative: blocking,
    unanswered: blocking,
    outOfOffice: blocking,
    focusTime: blocking,
    autoFix: z.boolean().meta({
      description: 'New events that block not everybody are set Free in Google as they arrive.',
    }),
    adopt: z
      .enum(['adopt', 'ask'])
      .meta({ description: 'Decisions found in events that we do not know: taken over, or asked about.' }),
    delayMinutes: z
      .int()
      .min(0)
      .max(24 * 60)
      .meta({ description: 'Read at most every so many minutes; 0: at once.' }),
  })
  .meta({ id: 'CalendarSettings' });
export type CalendarSettings = z.infer<typeof CalendarSettings>;
export const Calendar = AccountCalendar.extend({
  id: Id,
  accountId: Id,
  settings: CalendarSettings,
}).meta({ id: 'Calendar' });
export const CalendarChange = z.strictObject({ settings: CalendarSettings.partial() });

export const Meaning = z.enum(['block', 'open']);
export const Link = z
  .object({
    calendarId: Id,
    reads: z.boolean(),
    writes: z.boolean(),
    means: Meaning.nullable().default(null).meta({
      description:
        'What its events mean to the resource; null: they block it, or open it if it is closed by default.',
    }),
  })
  .meta({ id: 'Link' });

export const LinkAll = z
  .strictObject({ ...Link.shape })
  .omit({ calendarId: true })
  .meta({ description: 'How every resource that is not archived is linked to the calendar.' });
/** A link as a calendar sees it. */
export const ResourceLink = z
  .object({ ...Link.shape, resourceId: Id })
  .omit({ calendarId: true })
  .meta({ id: 'ResourceLink' });

export const ReadEvent = z
  .object({
    start: Instant,
    end: Instant,
    allDay: z.boolean(),
    title: z.string().nullable(),
    free: z.boolean(),
  })
  .meta({ id: 'ReadEvent', description: 'As Google has it now; nothing of it is kept.' });

// Whom an event blocks ----------------------------------------------------------------------------------------------

const shift = z
  .int()
  .min(-24 * 60)
  .max(24 * 60)
  .default(0);
export const Share = z
  .strictObject({
    resourceId: Id,
    places: z.int().min(1).max(1000).nullable().default(null).meta({ description: 'null: all its places.' }),
    startShift: shift.meta({ description: 'Minutes added to the start: -15 is travel before it.' }),
    endShift: shift.meta({ description: 'Minutes added to the end: -60 leaves its last hour free.' }),
    means: Meaning.nullable().default(null).meta({ description: 'null: as the link says.' }),
  })
  .meta({ id: 'Share' });
const shares = z
  .array(Share)
  .max(200)
  .refine(
    (list) => new Set(list.map((one) => one.resourceId)).size === list.length,
    'a resource stands there twice',
  );
const texts = z.array(z.string().trim().min(1).max(100)).min(1).max(50);
export const EventType = z.enum([
  'default',
  'outOfOffice',
  'focusTime',
  'workingLocation',
  'birthday',
  'fromGmail',
]);
export const Conditions = z.strictObject({
  texts: texts.optional().meta({ description: 'Any of these stands in its title, description or place.' }),
  creators: z.array(Id).min(1).max(100).optional().meta({ description: 'Members.' }),
  colors: z
    .array(z.string().regex(/^([1-9]|1[01])$/, 'a colour of Google, "1" to "11"'))
    .min(1)
    .max(11)
    .optional(),
  types: z.array(EventType).min(1).optional(),
  allDay: z.boolean().optional(),
  responses: z
    .array(z.enum(['accepted', 'declined', 'tentative', 'needsAction', 'none']))
    .min(1)
    .optional(),
});
export const Whom = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('everybody') }),
  z.strictObject({ kind: z.literal('nobody') }),
  z.strictObject({ kind: z.literal('creator') }),
  z.strictObject({ kind: z.literal('named') }),
  z.strictObject({ kind: z.literal('listed'), shares: shares.min(1) }),
]);
export const NewRule = z.strictObject({
  id: Id.optional().meta({ description: 'Of a rule that stays; left out: a new one.' }),
  when: Conditions.default({}),
  whom: Whom,
  means: Meaning.nullable().default(null),
  alsoWhenFree: z.boolean().default(false),
});
export const Rule = z.object({ ...NewRule.shape, id: Id }).meta({ id: 'Rule' });
export const Rules = z.strictObject({ rules: z.array(NewRule).max(100) });
export const ShownRules = z.object({ rules: z.array(Rule) });

const original = z
  .string()
  .regex(
    /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?Z)?$/,
    'an original start: a date, or an instant that ends in Z',
  )
  .refine((start) => !Number.isNaN(Date.parse(start)), 'there is no such date or time');
export const DecisionScope = z.enum(['event', 'following', 'series']);
const whichEvent = {
  eventId: z
    .string()
    .min(1)
    .max(1024)
    .meta({ description: 'Of a series: its own id, or that of one of its events.' }),
  scope: DecisionScope.default('event'),
  from: original.nullable().default(null).meta({
    description: 'The original start of the event meant; null: a single event, or the whole series.',
  }),
};
export const NewDecision = z.strictObject({
  ...whichEvent,
  shares: shares.meta({ description: 'Whom it blocks (or opens); nobody, if empty.' }),
  free: z.boolean().default(false).meta({ description: 'Set it Free in Google as well.' }),
  dryRun: z.boolean().default(false).meta({ description: 'Only tell what it would do.' }),
});
export const Decision = z
  .object({
    ...NewDecision.shape,
    id: Id,
    calendarId: Id,
    actor: z.string(),
    madeAt: Instant,
    endedAt: Instant.nullable(),
    endedBy: z.string().nullable(),
    proposed: z.boolean().meta({
      description:
        'Found in the event, of a calendar that asks first: counts for nothing until it is accepted.',
    }),
  })
  .omit({ free: true, dryRun: true })
  .meta({ id: 'Decision' });
/** What a decision changes, from now until as far as series are expanded. */
export const Impact = z
  .object({
    from: Instant,
    to: Instant,
    resources: z.array(
      z.object({
        resourceId: Id,
        means: Meaning,
        before: z.int().meta({ description: 'Minutes that the event takes or opens.' }),
        after: z.int(),
        slots: z.int().meta({
          description:
            'Starts with it that would not be offered any more, over its services, until `slotsTo`; below 0: more would.',
        }),
      }),
    ),
    slotsTo: Instant.meta({
      description: 'Starts are counted for at most 31 days from the first change on.',
    }),
    allServices: z
      .boolean()
      .meta({ description: 'false: with so many services, starts of the shortest only were counted.' }),
    hits: z
      .array(z.object({ bookingId: Id, resourceId: Id }))
      .meta({ description: 'Bookings in the way of what it takes afterwards.' }),
  })
  .meta({ id: 'Impact' });
export const SettledDecision = z
  .object({
    decision: Decision.nullable().meta({ description: 'null: a dry run.' }),
    impact: Impact,
  })
  .meta({ id: 'SettledDecision' });
export const DecisionQuery = Page.extend({
  eventId: whichEvent.eventId.optional(),
  ended: z
    .enum(['true', 'false'])
    .transform((said) => said === 'true')
    .optional()
    .meta({ description: 'true: only those that ended; false: only those in force or proposed.' }),
});

export const Why = z.object({
  code: z.string(),
  id: Id.optional(),
  type: z.string().optional(),
  words: z.string(),
});
export const EventQuery = z.strictObject({
  from: Instant,
  to: Instant.meta({ description: 'At most 92 days after `from`.' }),
  undecided: z
    .enum(['true', 'false'])
    .transform((said) => said === 'true')
    .default(false)
    .meta({ description: 'true: only those that wait for somebody to say whom they block.' }),
});
/** An event of a calendar as we hold it: no text, unless the business keeps titles. */
export const MirroredEvent = z
  .object({
    calendarId: Id,
    eventId: z.string(),
    seriesId: z.string().nullable(),
    original: z.string().nullable(),
    start: Instant,
    end: Instant,
    allDay: z.boolean(),
    title: z.string().nullable(),
    free: z.boolean().meta({ description: 'As a person left it.' }),
    freed: z.boolean().meta({ description: 'Set Free by us.' }),
    takes: z.array(Share),
    why: Why,
    undecided: z.boolean(),
  })
  .meta({ id: 'MirroredEvent' });

/** Events that wait for somebody to say whom they block; those of a series together. */
export const UndecidedEvent = z
  .object({
    calendarId: Id,
    eventId: z.string().meta({ description: 'Of the series, if it is one.' }),
    recurring: z.boolean(),
    count: z.int(),
    first: z.object({ original: z.string().nullable(), start: Instant, end: Instant, allDay: z.boolean() }),
    title: z.string().nullable(),
    why: Why,
  })
  .meta({ id: 'UndecidedEvent' });
export const Undecided = z.object({
  from: Instant,
  to: Instant,
  count: z.int().meta({ description: 'Of all events, those of a series each by itself.' }),
  items: z.array(UndecidedEvent),
});

export const Simulate = z.strictObject({
  rules: z.array(NewRule).max(100).optional().meta({ description: 'Left out: as they stand.' }),
  settings: CalendarSettings.partial().default({}),
  resourceIds: z
    .array(Id)
    .max(200)
    .optional()
    .meta({ description: 'Linked besides, or instead of a link to come.' }),
});
export const Simulation = z
  .object({
    from: Instant,
    to: Instant,
    events: z.int(),
    complete: z.boolean().meta({ description: 'false: there are more events than were counted.' }),
    allServices: z.boolean().meta({
      description: 'false: so many services that slots were counted of the shortest of each resource only.',
    }),
    choices: z.array(
      z.object({
        choice: z.enum(['now', 'wanted', 'everybody', 'nobody', 'creator']),
        undecided: z.int().meta({ description: 'Events that would wait for somebody to say.' }),
        taken: z.array(
          z.object({
            resourceId: Id,
            slots: z.int().meta({ description: 'Starts that would not be offered; below 0: more would.' }),
            minutes: z.int(),
          }),
        ),
        hits: z.array(z.object({ bookingId: Id, eventId: z.string() })),
        hitCount: z.int().meta({ description: 'Of all; the first 500 are listed.' }),
      }),
    ),
    differCount: z.int().meta({ description: 'Of all; the first 500 are listed.' }),
    differs: z.array(
      z.object({
        eventId: z.string(),
        original: z.string().nullable(),
        start: Instant,
        end: Instant,
        title: z.string().nullable().meta({ description: 'As Google has it now; not kept.' }),
        now: z.array(Id),
        wanted: z.array(Id),
        words: z.string(),
      }),
    ),
  })
  .meta({ id: 'Simulation' });

export const FixWish = z.strictObject({
  events: z
    .array(z.strictObject({ ...whichEvent }))
    .min(1)
    .max(500)
    .optional()
    .meta({ description: 'These, whomever they block; left out: all upcoming ones that match.' }),
  match: z
    .strictObject({
      from: LocalDate.optional().meta({ description: "Begins on this day of the calendar's zone or later." }),
      to: LocalDate.optional().meta({ description: 'Begins on this day or earlier.' }),
      ruleIds: z.array(Id).min(1).max(100).optional().meta({ description: 'One of these settled it.' }),
    })
    .optional()
    .meta({ description: 'Of those that block not everybody, or nobody: all, if nothing is named.' }),
  dryRun: z.boolean().default(true),
});
export const UndoWish = z.strictObject(whichEvent);
export const Undone = z.object({
  events: z.int().meta({ description: 'Events that are to be written in Google.' }),
});
export const Run = z
  .object({
    id: Id.nullable().meta({ description: 'null: a dry run.' }),
    kind: z.enum(['fix', 'undo']),
    calendarId: Id,
    total: z
      .int()
      .meta({ description: "Events to be written in Google: a series' master stands for all of it." }),
    done: z.int(),
    failed: z.int().meta({ description: 'Given up: Google refused them, or did not answer for hours.' }),
    skipped: z.array(
      z.object({
        reason: z.string().meta({
          description:
            'out_of_office, focus_time: Google keeps them Busy. working_location, birthday, free_already: never were. set_free_already. set_busy: a person set it Busy again. undecided, blocks_everybody, not_linked (nobody is linked to the calendar): others should see it Busy. read_only. over. unknown.',
        }),
        count: z.int(),
      }),
    ),
    state: z.enum(['dry', 'running', 'done', 'undone']),
    actor: z.string(),
    at: Instant,
  })
  .meta({ id: 'Run' });

/** A booking and an event that both want a resource. */
export const Collision = z
  .object({
    bookingId: Id,
    revision: z.int(),
    resourceId: Id,
    event: z.object({
      calendarId: Id,
      eventId: z.string(),
      original: z.string().nullable(),
      start: Instant,
      end: Instant,
    }),
    next: z.array(Slot).meta({ description: 'The three free starts nearest to its own.' }),
    others: z.array(Id).meta({ description: 'Resources that could take it instead, at its own time.' }),
  })
  .meta({ id: 'Collision' });

// In step with Google -----------------------------------------------------------------------------------------------

export const Drift = z
  .object({
    id: Id,
    bookingId: Id.nullable(),
    sessionId: Id.nullable(),
    calendarId: Id,
    kind: z.enum(['moved', 'deleted', 'freed', 'left']),
    policy: DriftPolicy,
    state: z.enum(['open', 'restored', 'followed', 'settled']),
    found: z
      .object({
        start: z.union([Instant, LocalDate]).optional(),
        end: z.union([Instant, LocalDate]).optional(),
        calendarId: Id.optional(),
      })
      .meta({
        description: 'As Google shows it: moved to when (dates: made all-day), or to which calendar.',
      }),
    seenAt: Instant,
    settledAt: Instant.nullable(),
    settledBy: z.string().nullable().meta({
      description:
        'sidebook: by the setting, or because the booking is so by now. google: it was put back there. Else who chose.',
    }),
    reason: z.string().nullable().meta({
      description:
        'Why it waits for a person though the setting says otherwise: both (the booking was changed too), fight (again and again within an hour), session, series, all_day, length (it begins when the booking does), past (it would be over there), over (it is), ambiguous (no one resource can take it), unsure (a calendar could not be read), or why its time cannot be had.',
    }),
    words: z.string(),
  })
  .meta({ id: 'Drift', description: 'A person changed the event of a booking in Google.' });
export const SettledDrift = Drift.extend({
  warnings: z.array(z.string()).meta({ description: 'What was overridden, as codes: as in the audit.' }),
}).meta({ id: 'SettledDrift' });
export const SettleDrift = z.strictObject({
  choice: z.enum(['restore', 'follow']).meta({
    description:
      'restore: the event becomes what the booking is. follow: the booking does what was done to its event.',
  }),
});
export const DriftQuery = z.strictObject({
  state: z.enum(['open', 'settled']).default('open'),
  bookingId: Id.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

export const Push = z
  .object({
    id: Id,
    calendarId: Id,
    present: z.boolean(),
    wanted: z.int(),
    done: z.int(),
    state: z.enum(['done', 'owed', 'died']),
    attempts: z.int(),
    dueAt: Instant,
    failure: z.string().nullable(),
    eventId: z.string().nullable(),
  })
  .meta({ id: 'Push' });
export const LogEntry = z
  .object({
    at: Instant,
    kind: z.enum(['push', 'pull', 'channel', 'mark', 'drift', 'account']),
    unitId: Id.nullable(),
    pushId: Id.nullable(),
    calendarId: Id.nullable(),
    attempt: z.int(),
    step: z.string(),
    outcome: z.string(),
    status: z.int().nullable(),
    milliseconds: z.int().nullable(),
    count: z.int().nullable().meta({ description: 'Of events, where a step is about many.' }),
  })
  .meta({ id: 'LogEntry' });
