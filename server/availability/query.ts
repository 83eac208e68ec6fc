// What the slot engine is asked and what it answers: plain data, loaded by others, never fetched here.
import type { Span } from '../../shared/time.ts';

/** One opening rule of a day: wall-clock `HH:MM`. `to` may be `24:00`; `to` <= `from` ends on the next day. */
export type Opening = { from: string; to: string };

/**
 * When something is open, as the wall clock of a named zone reads.
 *
 * `weekly` rows start on ISO weekday `day` (1 Monday to 7 Sunday). An entry of `dates` (`YYYY-MM-DD`) replaces
 * the weekly rows that start on that date; no spans means closed that day. A row that began the day before
 * and crosses midnight still reaches into it. Rows of one date that touch or overlap are one row.
 *
 * A row opens and closes at the first instant at which the clock reads that time or later: in a gap at the
 * change itself, in an overlap at the earlier of the two. No rows at all means never open.
 */
export type Hours = {
  weekly: readonly ({ day: number } & Opening)[];
  dates: readonly { date: string; spans: readonly Opening[] }[];
};

/**
 * `count` distinct resources out of `resources` (in order of preference), `places` of each. A resource serves
 * one group of a booking only. `buffers: false`: the service's buffers do not apply to this group.
 */
export type Group = {
  count: number;
  places: number;
  buffers: boolean;
  resources: readonly string[];
};

/** Policy and needs of the service asked for. Times in minutes where nothing else is said. */
export type Service = {
  id: string;
  /** Zone of the service's own hours and of its horizon. */
  zone: string;
  /**
   * null: no hours of its own; then starts are the steps of each lead resource's own open time (the resources
   * of the first group). Otherwise starts are the steps of these hours, and the resources need only be open.
   */
  hours: Hours | null;
  length: number;
  /** Minutes of wall clock between starts, from each opening on; null: as long as `length`. */
  step: number | null;
  before: number;
  after: number;
  /** Minutes between now and the earliest start. */
  notice: number;
  /** Days from today's date in `zone` to the last date that can be booked; null: no end. */
  horizon: number | null;
  /** More than 1: bookings take seats of sessions. */
  seats: number;
  /** Most bookings or sessions of this service that may start on a resource in one local day; null: any number. */
  perDay: number | null;
  /** The same for an ISO week (Monday to Sunday). */
  perWeek: number | null;
  /** The first is the lead group. At least one. */
  groups: readonly Group[];
};

export type Resource = {
  id: string;
  zone: string;
  places: number;
  /** `hours`: open in its hours and its openings. `openings`: closed unless an opening says otherwise. */
  opens: 'hours' | 'openings';
  /** null: always open. Not looked at when `opens` is `openings`. */
  hours: Hours | null;
  /** Time opened besides, as instants; steps count from the start of each. `id`: which it is, to whoever takes some out. */
  openings: readonly (Span & { id?: string })[];
};

/** Places of a resource taken over [start, end), buffers included, by a booking, session or hold in force. */
export type Allocation = Span & {
  resource: string;
  places: number;
  /** The booking's or session's own time, without buffers. */
  coreStart: number;
  coreEnd: number;
  /** Id of the service it was made for. */
  service: string;
  /** Id of the booking or session. */
  unit: string;
};

/**
 * Time in which `places` of a resource (null: all) are taken by something that is not a booking. `unread`: a calendar
 * it depends on (then `id` is the calendar's) was not read since it was linked, not lately, or not that far: unknown, so
 * not free.
 */
export type Block = Span & {
  id: string;
  resource: string;
  places: number | null;
  unread?: 'new' | 'stale' | 'beyond';
};

/** An existing session of this service. */
export type Session = Span & { id: string; seatsTaken: number; resources: readonly string[] };

/**
 * One question to the engine. Instants in whole ms since 1970 (UTC).
 *
 * `allocations` (of every service), `blocks`, `openings` and `sessions` must hold all that overlap `reach` of
 * the query; more does no harm.
 */
export type Query = {
  now: number;
  /** Slots whose start lies in [from, to) are answered. */
  from: number;
  to: number;
  service: Service;
  /** At least those the groups name. */
  resources: readonly Resource[];
  allocations: readonly Allocation[];
  blocks: readonly Block[];
  sessions?: readonly Session[];
  /** Seats wanted, 1 unless told. */
  seats?: number;
  /** Ids of resources asked for: each must be among those chosen. */
  wish?: readonly string[];
  /** Ids of bookings and sessions that do not count: a rescheduled booking's own. */
  ignore?: readonly string[];
};

/** A start that is offered. `seatsLeft` only for services with seats: the most a party could have. */
export type Slot = Span & { seatsLeft?: number };

/** Places of one resource, taken for the group of that index in the service. */
export type Taken = { resource: string; group: number; places: number };

/**
 * What a booking at a start would take. With `session` it joins that session, which holds its resources
 * already, so `resources` is empty. `overrides`: what staff would override by it, empty without `override`.
 */
export type Choice = Span & {
  session: string | null;
  resources: Taken[];
  overrides: Reason[];
};

/**
 * Why a start is not offered, or not on one resource of one group.
 *
 * Reasons without `resource` stand against the start itself. `overridable`: staff may go ahead in spite of it;
 * never true for another's allocation, for seats that are taken or for places that do not exist.
 */
export type Reason = { overridable: boolean } & (
  | { code: 'past' }
  /** `earliest`: the first instant that notice allows. */
  | { code: 'notice'; earliest: number }
  /** `until`: the instant from which nothing can be booked yet. */
  | { code: 'horizon'; until: number }
  /** Never of a start: the booking that staff change begins too soon for its customer to change it. */
  | { code: 'cutoff'; minutes: number }
  | { code: 'service_closed' }
  /** Open, but not on a step: of the service's hours, or of that resource's own. */
  | { code: 'off_grid'; resource?: string; group?: number }
  /** On a step, but the second of two instants with this wall-clock time: only the first is offered. */
  | { code: 'repeated'; resource?: string; group?: number }
  /** The best of the existing sessions, or a new one, has `left` seats; `wanted` were asked for. */
  | { code: 'seats'; session?: string; left: number; wanted: number }
  /** Wished for, but in no group of the service. */
  | { code: 'not_in_service'; resource: string }
  /**
   * `free` resources are left for the group, fewer than it needs. Without a group: each has enough for itself,
   * but they cannot all be filled together, or not with those wished for.
   */
  | { code: 'no_match'; group: number | null; free: number; needed: number }
  | ({ resource: string; group: number } & ResourceReason)
);

export type ResourceReason =
  | { code: 'resource_closed' }
  /** Closed unless opened, and nothing opened it. */
  | { code: 'never_opened' }
  /** Another's own time lies in the slot. */
  | { code: 'taken'; unit: string; span: Span }
  /** Only buffers collide: the `wanted` slot's, the `neighbour`'s, or it takes both. */
  | { code: 'buffer'; whose: 'wanted' | 'neighbour' | 'both'; unit: string; span: Span }
  /** `inBuffer`: the block touches only the wanted slot's buffers. */
  | { code: 'block'; block: string; span: Span; inBuffer: boolean }
  /** What takes the time there is not known. */
  | { code: 'unread'; calendar: string; how: 'new' | 'stale' | 'beyond' }
  /** The fewest places free over the slot, of a resource or for a group with more than one. */
  | { code: 'places'; free: number; needed: number }
  | { code: 'limit_day'; count: number; limit: number }
  | { code: 'limit_week'; count: number; limit: number };

/** Everything about one start. `offered` exactly when `slots` would offer it, and then `choice` is what it takes. */
export type Explanation = {
  start: number;
  offered: boolean;
  choice: Choice | null;
  /** What staff could take instead by overriding, when it is not offered. */
  override: Choice | null;
  /** Against the start first, then by group and resource, also of resources that were passed over. */
  reasons: Reason[];
};
