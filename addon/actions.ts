// What each button does: one request to the server, and the card that its answer is.
import type { Card } from '../shared/card-api.ts';
import type { Carried, Way } from './act.ts';
import * as backend from './backend.ts';
import { forgetOthers, keepBook } from './book.ts';
import { mayWriteAsKnown } from './calendar.ts';
import type { Away } from './cards/block.ts';
import { cardOf } from './cards/show.ts';
import { type Step, stepCard } from './cards/step.ts';
import { BUSINESS, type Env, LANGUAGE } from './env.ts';
import { bookingOf, ownStart, requiredText, textOf, type Wanted } from './form.ts';
import { type Done, offlineCard, offlineCost, offlineDecide, offlineUndo } from './offline.ts';
import { titled } from './titles.ts';
import { WATCHED, watch } from './triggers.ts';
import { type Carries, linkOf, wishOf } from './wish.ts';
import { wordsOf } from './words.ts';

/** What a tap comes to. */
export interface Response {
  card?: GoogleAppsScript.Card.Card;
  /** pop: the card is left for the one below, as that was. */
  way?: Way | 'pop';
  notice?: string | null;
  /** An address to open; the add-on starts anew when it is closed. */
  link?: string;
}

/** @throws Failure, CalendarTrouble */
type Doing = (env: Env, carried: Carried) => Response;

/** A request whose body the button carries whole. */
const plain =
  (ask: (env: Env, body: never, key?: string) => backend.Answer): Doing =>
  (env, carried) =>
    answered(env, carried, ask(env, carried.body as never, carried.key));

const doings: Record<string, Doing> = {
  // Cards
  home: plain(backend.home),
  booking: plain(backend.booking),
  reschedule: (env, carried) => {
    const date = carried.body.date ?? env.inputs.date('date');
    const body = { ...carried.body, ...(date ? { date } : {}) } as Parameters<typeof backend.reschedule>[1];
    return answered(env, carried, backend.reschedule(env, body));
  },
  reassign: plain(backend.reassign),
  'free-now': plain(backend.freeNow),
  new: (env, carried) => answered(env, carried, backend.fresh(env, newOf(env, carried.body))),
  again: (env, carried) => {
    const { card, notice } = env.root === 'event' ? showEvent(env) : showHome(env);
    return { card, notice, way: carried.way };
  },
  allow: (env, carried) => {
    // Ends the run with Google's own question, if anything is still to be allowed.
    ScriptApp.requireAllScopes(ScriptApp.AuthMode.FULL);
    return doings.again?.(env, carried) ?? {};
  },
  back: () => ({ way: 'pop' }),
  panel: (env, { body }) => ({ link: backend.panel(env, body as Parameters<typeof backend.panel>[1]) }),

  // Bookings
  do: plain(backend.act),
  step: (env, { body, way }) => ({
    card: stepCard(body as unknown as Step, { ...env, on: 'step' }),
    way,
  }),
  end: (env, carried) => {
    const { act, bookingId, revision, show } = carried.body as unknown as Step;
    const reason = textOf(env, { field: 'reason', title: env.t.reason, most: 1000 });
    const tell = env.inputs.all('tell').length > 0;
    const body = { bookingId, do: { act, revision, reason, tell }, show };
    return answered(env, carried, backend.act(env, body, carried.key));
  },
  'move-own': (env, carried) => {
    const { bookingId, revision, zone, date } = carried.body as Record<
      'bookingId' | 'zone' | 'date',
      string
    > & {
      revision: number;
    };
    const start = ownStart(env, { zone, date });
    const body = { bookingId, do: { act: 'reschedule' as const, revision, start, override: false } };
    return answered(env, carried, backend.act(env, body, carried.key));
  },
  book: (env, carried) => {
    const body = bookingOf(env, carried.body as unknown as Wanted);
    return answered(env, carried, backend.book(env, body, carried.key));
  },
  'book-own': (env, carried) => {
    const wanted = carried.body as unknown as Wanted;
    const body = bookingOf(env, wanted, ownStart(env, wanted));
    return answered(env, carried, backend.book(env, body, carried.key));
  },

  // Events
  decide: (env, carried) => {
    const { key } = carried;
    const wish = wishOf(env, carried.body as unknown as Carries);
    const asked = wish.dryRun ? { ...carried, way: 'push' as const } : carried;
    const offline = (away: Away) =>
      wish.dryRun ? offlineCost(env, wish.event, away) : offlineDecide(env, { ...wish, key, away });
    return orOffline(() => backend.decide(env, wish, key), {
      heard: (said) => answered(env, asked, said),
      offline: (away) => placed(carried, offline(away)),
    });
  },
  undo: (env, carried) => {
    const body = carried.body as unknown as Parameters<typeof backend.undo>[1];
    const { key } = carried;
    return orOffline(() => backend.undo(env, body, key), {
      heard: (said) => answered(env, carried, said),
      offline: (away) => placed(carried, offlineUndo(env, { ...body, key, away })),
    });
  },
  answer: (env, carried) => {
    const { field, ...body } = carried.body;
    const whom = body.whom ?? env.inputs.all(String(field)).filter((id) => id !== '');
    if (Array.isArray(whom) && whom.length === 0) return {};
    const wish = { ...body, whom } as Parameters<typeof backend.answer>[1];
    return answered(env, carried, backend.answer(env, wish, carried.key));
  },
  proposed: plain(backend.proposed),
  link: (env, carried) => {
    const body = linkOf(env, carried.body as unknown as Carries);
    return answered(env, carried, backend.link(env, body, carried.key));
  },

  // Settings and people
  set: (env, carried) => {
    const { calendarId, setting, name } = carried.body as Record<string, string>;
    const on = env.inputs.all(name ?? '').length > 0;
    const value = setting === 'autoFix' ? on : env.inputs.text(name ?? '');
    const body = { calendarId, settings: { [setting ?? '']: value } } as Parameters<typeof backend.change>[1];
    return answered(env, carried, backend.change(env, body, carried.key));
  },
  language: (env, carried) => {
    const chosen = env.inputs.text('language') ?? '';
    keep(env, LANGUAGE, chosen);
    const locale = chosen === 'en' || chosen === 'nb' ? chosen : env.calendarLocale;
    const speaking = { ...env, locale, t: wordsOf(locale) };
    return answered(speaking, carried, backend.settings(speaking, {}));
  },
  watch: (env, carried) => {
    const notice = watch(env, env.inputs.text(WATCHED) ?? '');
    return { ...answered(env, carried, backend.settings(env, {})), notice };
  },
  choose: (env, carried) => {
    keep(env, BUSINESS, '');
    const anew = { ...env, businessId: undefined, preferredId: undefined };
    return answered(anew, carried, backend.home(anew, {}));
  },
  chosen: (env, carried) => {
    const businessId = String(carried.body.businessId);
    const there = { ...env, businessId, preferredId: businessId };
    const { card, notice } = (env.root === 'event' ? showEvent : showHome)(there);
    return { card, notice, way: 'update' };
  },
  create: (env, carried) => {
    const name = requiredText(env, { field: 'name', title: env.t.businessName, most: 200 });
    return answered(env, carried, backend.create(env, { name }, carried.key));
  },
  join: plain(backend.join),
  admit: plain(backend.admit),
};

/** @throws Failure, CalendarTrouble */
export function doAct(env: Env, carried: Carried): Response {
  const doing = Object.hasOwn(doings, carried.name) ? doings[carried.name] : undefined;
  if (!doing) throw new backend.Failure('outdated', env.t.outdatedWords, env.t.outdatedNext);
  return doing(
    carried.name === 'again' || carried.name === 'allow' ? { ...env, insists: true } : env,
    carried,
  );
}

/** @throws Failure */
export const showHome = (env: Env): Done => drawn(env, backend.home(env, {}));
/** @throws Failure */
export const showSettings = (env: Env): Done => drawn(env, backend.settings(env, ofEvent(env)));
/** Whose it is may be known by the open event only. */
export const ofEvent = ({ event }: Env) => (event ? { event } : {});

/**
 * The open event's card: as the server has it, or as far as it can be told from the event itself where the server
 * cannot be reached, or has not read it yet.
 * @throws Failure, CalendarTrouble
 */
export function showEvent(of: Env): Done {
  if (!of.event) return showHome(of);
  const readOnly = mayWriteAsKnown(of.event.calendarId, of.insists) === false;
  const event = { ...of.event, ...(readOnly && { mayWrite: false as const }) };
  const env = { ...of, event };
  return orOffline<Done>(() => backend.event(env, { event }), {
    heard: (said) => drawn(env, said),
    offline: (away) => {
      const card = offlineCard(env, event, away);
      return card && { card, notice: null };
    },
  });
}

interface Ways<R> {
  heard: (said: backend.Answer) => R;
  /** null: it cannot be done without the server. */
  offline: (away: Away) => R | null;
}

/** The server's answer; or what can be done without it, where it cannot be reached, or has not read the event and done nothing. */
function orOffline<R>(ask: () => backend.Answer, { heard, offline }: Ways<R>): R {
  try {
    const said = ask();
    const unread = said.card.card === 'problem' && said.card.unread;
    return (unread && offline('unread')) || heard(said);
  } catch (error) {
    const done = isDown(error) ? offline('away') : null;
    if (!done) throw error;
    return done;
  }
}

const isDown = (error: unknown) => error instanceof backend.Failure && error.code === 'down';

/** Its card goes where the button says. */
const placed = ({ way }: Carried, done: Done | null): Response | null => done && { ...done, way };

function answered(env: Env, { way, on }: Carried, said: backend.Answer): Response {
  const again = way === 'back' && said.card.card === on;
  return { ...drawn(env, said), way: again ? 'update' : way };
}

/** The card, and what the answer brought along. */
function drawn(
  env: Env,
  { card, notice, book, memberOf, businessId = env.businessId }: backend.Answer,
): Done {
  if (book) remember(() => keepBook(env.kept, book, env.event?.calendarId ?? null));
  remember(() => forgetOthers(env.kept, memberOf));
  // A business that was chosen is kept once it has answered: one that does not would be asked for ever.
  keep(env, BUSINESS, card.card === 'welcome' || card.card === 'choose' ? '' : (env.preferredId ?? ''));
  return { card: cardOf(whole(card), { ...env, businessId }), notice };
}

/** What the server does not know, Google tells the person. */
function whole(card: Card): Card {
  if (card.card !== 'home') return card;
  const { undecided } = card;
  return { ...card, undecided: { ...undecided, items: titled(undecided.items) } };
}

/** What could not be kept is no reason to show nothing. */
function remember(work: () => void): void {
  try {
    work();
  } catch (error) {
    console.warn('%s', error);
  }
}

/** The business that was chosen does not take this account; another may. */
export function leaveBusiness(env: Env): Env {
  remember(() => keep(env, BUSINESS, ''));
  return { ...env, businessId: undefined, preferredId: undefined };
}

/** Empty: forgotten. */
function keep(env: Env, name: string, value: string): void {
  if ((env.kept[name] ?? '') === value) return;
  const store = PropertiesService.getUserProperties();
  if (value) store.setProperty(name, value);
  else store.deleteProperty(name);
  env.kept[name] = value;
}

/** What a new booking's form is asked for with: what the button carries, and what it says is to be read. */
function newOf(env: Env, { read = [], ...body }: Record<string, unknown>) {
  const asked = { ...body } as Parameters<typeof backend.fresh>[1];
  for (const field of read as string[]) {
    if (field === 'service') asked.serviceId = env.inputs.text('service') || undefined;
    if (field === 'who') asked.resourceId = env.inputs.text('who') || undefined;
    if (field === 'date') asked.date = env.inputs.date('date') ?? asked.date;
  }
  return asked;
}
