// Which of a calendar's resources an event takes or opens, how much of them, and why. Pure: backend and add-on agree by sharing it.

/** What an event means to a resource: it takes its time, or opens it. */
export type Meaning = 'block' | 'open';

/** A resource linked to the calendar for reading. */
export interface LinkedResource {
  id: string;
  /** Its name and nicknames. */
  names: readonly string[];
  /** The member whose resource it is. */
  memberId: string | null;
  /** What an event means to it unless a rule or decision says otherwise. */
  means: Meaning;
}

/** One resource and how much of it. */
export interface Share {
  resourceId: string;
  /** null: all. */
  places: number | null;
  /** Minutes added to the event's start; -15: travel before it. */
  startShift: number;
  /** Minutes added to the event's end; -60: its last hour is left free. */
  endShift: number;
  /** null: as the link says. */
  means: Meaning | null;
}

/** Google's event types (events.eventType). */
export type EventType =
  | 'default'
  | 'outOfOffice'
  | 'focusTime'
  | 'workingLocation'
  | 'birthday'
  | 'fromGmail';
export type Response = 'accepted' | 'declined' | 'tentative' | 'needsAction';

/** What we keep of an event: no text. */
export interface EventFlags {
  status: 'confirmed' | 'tentative' | 'cancelled';
  /** As a person left it: an event that we set Free ourselves counts as it was. */
  free: boolean;
  type: EventType;
  allDay: boolean;
  /** Of the calendar's own person; null: not a guest. */
  response: Response | null;
  color: string | null;
  /** Member id of who typed it; null: nobody we know. */
  creator: string | null;
}

export interface DecideSettings {
  undecided: 'everybody' | 'nobody' | 'creator' | 'ask';
  /** busy: as Busy or Free says; always: also when Free; never: not even when Busy. */
  allDay: 'busy' | 'always' | 'never';
  tentative: 'block' | 'ignore';
  unanswered: 'block' | 'ignore';
  outOfOffice: 'block' | 'ignore';
  focusTime: 'block' | 'ignore';
}

/** What the calendar's rules said of an event when its text was last at hand; null: none matched. */
export interface Answer {
  rule: string;
  shares: Share[];
}

export interface Decision {
  id: string;
  scope: 'event' | 'following' | 'series';
  /**
   * Original start from which (following) or at which (event, of a series) it holds, a date or an instant; null: of
   * a single event, or the whole series.
   */
  from: string | null;
  shares: Share[];
}

export interface Why {
  code:
    | 'cancelled'
    | 'declined'
    | 'decision'
    | 'free'
    | 'rule'
    | 'type'
    | 'all_day'
    | 'tentative'
    | 'unanswered'
    | 'default'
    | 'ask'
    | 'unknown_creator';
  /** Of the rule or decision. */
  id?: string;
  /** Of `type`; and of what holds by default, where others would open what this type blocks. */
  type?: EventType;
}

export type Take = Share & { means: Meaning };
export interface Outcome {
  /** With `means` filled in, only of resources that are linked, each once. */
  takes: Take[];
  why: Why;
  /** A person should say: it takes everybody until then. */
  undecided: boolean;
}

interface Asked {
  event: EventFlags;
  answer: Answer | null;
  decision: Decision | null;
  settings: DecideSettings;
  linked: readonly LinkedResource[];
}

/** Which resources an event takes or opens, in the order of design section 5. */
export function decide({ event, answer, decision, settings, linked }: Asked): Outcome {
  if (event.status === 'cancelled') return nobody({ code: 'cancelled' });
  if (event.response === 'declined') return nobody({ code: 'declined' });
  if (decision) return settled(decision.shares, linked, { code: 'decision', id: decision.id });
  // Of a Free event there is an answer only from a rule that is meant for Free events as well.
  if (answer) return settled(answer.shares, linked, { code: 'rule', id: answer.rule });
  if (isFree(event, settings)) return nobody({ code: 'free' });
  const ignored = ignoredFor(event, settings);
  return ignored ? nobody(ignored) : byDefault(event, settings, linked);
}

/**
 * Which decision holds for one occurrence: this event's, else the last "this and following" that begins at or before
 * it, else the series'. Of two alike the later in the list.
 *
 * A series may have been changed from timed to all-day, or back, since somebody decided. A date and an instant are
 * compared by their days then, the instant's in UTC: the clock that it was read on is not known here.
 * @param original the occurrence's original start, `YYYY-MM-DD` or an ISO instant in UTC; null: a single event
 */
export function decisionFor(decisions: readonly Decision[], original: string | null): Decision | null {
  const single = decisions.filter(({ scope }) => scope === 'event');
  const series = decisions.filter(({ scope }) => scope === 'series').pop() ?? null;
  if (original === null) return single.filter(({ from }) => from === null).pop() ?? series;

  const here = single.filter(({ from }) => from !== null && compare(from, original) === 0);
  // Only where several occurrences of one day became one do an exact and a same-day decision meet.
  const exact = here.filter(({ from }) => from !== null && isDate(from) === isDate(original)).pop();
  return exact ?? here.pop() ?? lastFollowing(decisions, original) ?? series;
}

function lastFollowing(decisions: readonly Decision[], original: string): Decision | undefined {
  let last: Decision | undefined;
  let since = Number.NEGATIVE_INFINITY;
  for (const decision of decisions) {
    if (decision.scope !== 'following' || decision.from === null) continue;
    const begins = Date.parse(decision.from);
    if (begins < since || !(compare(decision.from, original) <= 0)) continue;
    last = decision;
    since = begins;
  }
  return last;
}

// Through Date.parse, not as text: Google leaves milliseconds out of instants, we write them.
function compare(a: string, b: string): number {
  if (isDate(a) === isDate(b)) return Date.parse(a) - Date.parse(b);
  return Date.parse(a.slice(0, 10)) - Date.parse(b.slice(0, 10));
}

const isDate = (start: string) => start.length === 10;

/** Whether the event counts as Free on this calendar: where all-day events always count, a Free one is as good as Busy. */
export function isFree(event: EventFlags, settings: DecideSettings): boolean {
  return event.free && !(event.allDay && settings.allDay === 'always');
}

/** Why the calendar's settings pass an event over; null: they do not. */
function ignoredFor({ type, allDay, status, response }: EventFlags, settings: DecideSettings): Why | null {
  if (type === 'workingLocation' || type === 'birthday') return { code: 'type', type };
  if ((type === 'outOfOffice' || type === 'focusTime') && settings[type] === 'ignore')
    return { code: 'type', type };
  if (allDay && settings.allDay === 'never') return { code: 'all_day' };
  if (settings.tentative === 'ignore' && (status === 'tentative' || response === 'tentative'))
    return { code: 'tentative' };
  if (settings.unanswered === 'ignore' && response === 'needsAction') return { code: 'unanswered' };
  return null;
}

function byDefault(
  event: EventFlags,
  { undecided }: DecideSettings,
  linked: readonly LinkedResource[],
): Outcome {
  if (undecided === 'nobody') return nobody({ code: 'default' });
  const { type } = event;
  const otherwise = !opensByDefault(event) && linked.some(({ means }) => means === 'open');
  const why = (code: Why['code']): Why => (otherwise ? { code, type } : { code });
  const all = wholeOf(event, linked);
  if (undecided === 'everybody') return settled(all, linked, why('default'));
  if (undecided === 'ask') return unsettled(all, linked, why('ask'));
  const creators = linked.filter(({ memberId }) => memberId !== null && memberId === event.creator);
  if (creators.length === 0) return unsettled(all, linked, why('unknown_creator'));
  return settled(wholeOf(event, creators), linked, why('default'));
}

const nobody = (why: Why): Outcome => ({ takes: [], why, undecided: false });

function settled(shares: readonly Share[], linked: readonly LinkedResource[], why: Why): Outcome {
  return { takes: fill(shares, linked), why, undecided: false };
}

// Unknown is never free (design 2.5): until a person says so, an event takes everybody it could take and opens nobody.
function unsettled(shares: readonly Share[], linked: readonly LinkedResource[], why: Why): Outcome {
  const takes = fill(shares, linked).filter(({ means }) => means === 'block');
  return { takes, why, undecided: true };
}

/** Time off opens nobody of itself: on a calendar whose events open, it takes them. */
function opensByDefault({ type }: Pick<EventFlags, 'type'>): boolean {
  return type !== 'outOfOffice' && type !== 'focusTime';
}

function wholeOf(event: EventFlags, linked: readonly LinkedResource[]): Share[] {
  const means = opensByDefault(event) ? null : 'block';
  return linked.map(({ id }) => ({ resourceId: id, places: null, startShift: 0, endShift: 0, means }));
}

function fill(shares: readonly Share[], linked: readonly LinkedResource[]): Take[] {
  const missing = new Map<string, Meaning>();
  for (const { id, means } of linked) if (!missing.has(id)) missing.set(id, means);
  const takes: Take[] = [];
  for (const share of shares) {
    const means = missing.get(share.resourceId);
    if (means === undefined) continue;
    missing.delete(share.resourceId);
    takes.push({ ...share, means: share.means ?? means });
  }
  return takes;
}
