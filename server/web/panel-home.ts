// The panel's first page: how everything stands, and what is to be done next. And the health of each calendar in full.

import { and, count, eq, isNull } from 'drizzle-orm';
import type * as z from 'zod';
import type { Connection } from '../../shared/account-api.ts';
import { listConnections } from '../accounts/connections.ts';
import { type Locale, say } from '../accounts/words.ts';
import { listUndecided } from '../blocks/events.ts';
import { joinRequests } from '../database/people.ts';
import { resources } from '../database/schema.ts';
import type { Phrase } from '../phrase.ts';
import { at, form, mayChange, owns, type Page, type View } from './panel.ts';
import { type Html, html, inWords } from './panel-html.ts';
import { button, empty, type Light, lamp, section, sentences } from './panel-parts.ts';
import { type CalendarState, readCalendars } from './panel-state.ts';

const phrases = {
  title: { en: 'Overview', nb: 'Oversikt' },
  healthTitle: { en: 'How the calendars do', nb: 'Hvordan kalenderne har det' },
  next: { en: 'What to do next', nb: 'Hva som bør gjøres' },
  nothing: { en: 'Nothing: everything works.', nb: 'Ingenting: alt virker.' },
  calendars: { en: 'Calendars', nb: 'Kalendere' },
  people: { en: 'Google accounts', nb: 'Google-kontoer' },
  all: { en: 'What that means, calendar by calendar', nb: 'Hva det betyr, kalender for kalender' },
  noCalendars: { en: 'No calendar is followed yet.', nb: 'Ingen kalender følges ennå.' },
  notYours: {
    en: 'No calendar is linked to what you serve.',
    nb: 'Ingen kalender er koblet til det du betjener.',
  },
  linkedTo: { en: 'Linked to {names}', nb: 'Koblet til {names}' },
  linkedToNobody: { en: 'Linked to nobody yet', nb: 'Ikke koblet til noen ennå' },
  connectFirst: { en: 'Connect a Google account', nb: 'Koble til en Google-konto' },
  connectFirstWhy: {
    en: 'Until one is connected, Sidebook can neither read calendars nor write bookings to them.',
    nb: 'Før en er koblet til, kan ikke Sidebook lese kalendere eller skrive bookinger til dem.',
  },
  connectOwn: { en: 'Connect your Google account', nb: 'Koble til Google-kontoen din' },
  connectOwnWhy: {
    en: 'The add-on alone gives Sidebook nothing: your own calendars are read once you connect.',
    nb: 'Tillegget alene gir ikke Sidebook noe: dine egne kalendere leses når du har koblet til.',
  },
  reconnect: { en: 'Connect {name} again', nb: 'Koble til {name} på nytt' },
  choose: { en: 'Choose calendars to follow', nb: 'Velg kalendere som skal følges' },
  chooseWhy: {
    en: 'An account is connected, and none of its calendars is followed yet.',
    nb: 'En konto er koblet til, men ingen av kalenderne følges ennå.',
  },
  link: { en: 'Link “{name}”', nb: 'Koble «{name}»' },
  linkWhy: {
    en: 'Nobody is linked to it: what stands in it blocks nobody.',
    nb: 'Ingen er koblet til den: det som står i den, blokkerer ingen.',
  },
  look: { en: 'Look at “{name}”', nb: 'Se på «{name}»' },
  undecided: { en: 'Say whom {count} events block', nb: 'Si hvem {count} hendelser blokkerer' },
  undecidedOne: { en: 'Say whom one event blocks', nb: 'Si hvem én hendelse blokkerer' },
  undecidedWhy: {
    en: 'Nobody has said yet. In Google Calendar, with Sidebook beside it, that is one tap.',
    nb: 'Ingen har sagt det ennå. I Google Kalender, med Sidebook ved siden av, er det ett trykk.',
  },
  requests: { en: '{count} colleagues ask to join', nb: '{count} kolleger ber om å bli med' },
  requestsOne: { en: 'A colleague asks to join', nb: 'En kollega ber om å bli med' },
  requestsWhy: { en: 'They wait to be let in, or not.', nb: 'De venter på å slippe inn, eller ikke.' },
  noResources: { en: 'Make the first resource', nb: 'Lag den første ressursen' },
  noResourcesWhy: {
    en: 'Nothing can be booked yet: people, rooms, vehicles and equipment are set up through the API for now.',
    nb: 'Ingenting kan bookes ennå: personer, rom, kjøretøy og utstyr settes foreløpig opp gjennom API-et.',
  },
  sync: { en: 'Sync now', nb: 'Synkroniser nå' },
  open: { en: 'Open', nb: 'Åpne' },
  doThis: { en: 'What to do: {words}', nb: 'Hva som bør gjøres: {words}' },
  standsWell: { en: 'Connected', nb: 'Tilkoblet' },
  standsBadly: { en: 'Not connected', nb: 'Ikke tilkoblet' },
  standsNever: { en: 'Not yet', nb: 'Ikke ennå' },
} satisfies Record<string, Phrase>;

type Standing = z.output<typeof Connection>;
interface Todo {
  to: string;
  title: string;
  why: string;
  light: Light;
}

export async function homePage(view: View): Promise<Page> {
  const t = inWords(phrases, view.locale);
  const states = await readCalendars(view);
  const connections = await readConnections(view);
  const todo = await todoOf(view, states, connections);
  const next =
    todo.length === 0
      ? html`<p class="good">${lamp('green', view.locale, t('nothing'))}</p>`
      : html`<ul class="list">${todo.map((one) => todoLine(view, one))}</ul>`;
  const nobody = empty(t(mayChange(view) ? 'noCalendars' : 'notYours'));
  const calendars =
    states.length === 0
      ? nobody
      : html`<ul class="list">${states.map((state) => calendarLine(view, state))}</ul>
<p><a href="${at(view, '/health')}">${t('all')}</a></p>`;
  const people = html`<ul class="list">${connections.map((one) => standingLine(view, one))}</ul>`;
  return {
    title: t('title'),
    body: html`${section(t('next'), next)}${section(t('calendars'), calendars)}${section(t('people'), people)}`,
  };
}

/** Every calendar in full: what is said of it, what to do, and "sync now". */
export async function healthPage(view: View): Promise<Page> {
  const t = inWords(phrases, view.locale);
  const states = await readCalendars(view);
  const cards = states.map(
    ({
      calendar,
      health,
    }) => html`<article class="card"><h2><a href="${at(view, `/calendars/${calendar.id}`)}">${calendar.name}</a></h2>
${healthWords(view, health)}
${form(view, `/calendars/${calendar.id}/sync`, html`<input type="hidden" name="on" value="health">${button(t('sync'))}`)}</article>`,
  );
  return { title: t('healthTitle'), body: states.length === 0 ? empty(t('noCalendars')) : html`${cards}` };
}

/** What is said of a calendar's health, and what to do about it. */
export function healthWords(view: View, { light, words: all, next }: CalendarState['health']): Html {
  const t = inWords(phrases, view.locale);
  // What is well says so itself.
  const first = light === 'green' ? all[0] : undefined;
  const words = first ? all.slice(1) : all;
  const todo = next.map((one) => html`<p class="todo">${t('doThis', { words: one })}</p>`);
  return html`<p>${lamp(light, view.locale, first)}</p>${sentences(words)}${todo}`;
}

/** Members and accounts as they concern who looks: staff see their own. */
export async function readConnections({ context, staffer, locale }: View): Promise<Standing[]> {
  const { business, member } = staffer;
  const all = (await listConnections(context, business.id)).map((one) =>
    inTheirLanguage(one, business.locale, locale),
  );
  return member.role === 'staff' ? all.filter(({ memberId }) => memberId === member.id) : all;
}

/** What is said of most: the longer sentences, on what Google refuses, are in the business's language. */
function inTheirLanguage(one: Standing, from: Locale, to: Locale): Standing {
  const { state, name, words } = one;
  if (state === 'needs_reconnecting' || words !== say(state, from, { name })) return one;
  return { ...one, words: say(state, to, { name }) };
}

export const lightOf = ({ state }: Pick<Standing, 'state'>): Light => lights[state];
const lights: Record<Standing['state'], Light> = {
  connected: 'green',
  needs_reconnecting: 'red',
  disconnecting: 'amber',
  disconnected: 'off',
  never: 'off',
};

async function todoOf(view: View, states: CalendarState[], connections: Standing[]): Promise<Todo[]> {
  const t = inWords(phrases, view.locale);
  const may = mayChange(view);
  const connected = connections.some(({ state }) => state === 'connected');
  const own = connections.find(({ memberId }) => memberId === view.staffer.member.id);
  const first = may && !connections.some(({ accountId }) => accountId !== null);
  const counts = await countWaiting(view, states);
  const todo: (Todo | false | undefined)[] = [
    may &&
      counts.resources === 0 && {
        to: owns(view) ? '/keys' : '/data#api',
        title: t('noResources'),
        why: t('noResourcesWhy'),
        light: 'amber',
      },
    first && { to: '/connect', title: t('connectFirst'), why: t('connectFirstWhy'), light: 'red' },
    !may &&
      own?.state === 'never' && {
        to: '/connect',
        title: t('connectOwn'),
        why: t('connectOwnWhy'),
        light: 'amber',
      },
    ...connections
      .filter(({ state }) => state === 'needs_reconnecting')
      .map(
        ({ name, words }): Todo => ({
          to: '/connect',
          title: t('reconnect', { name }),
          why: words,
          light: 'red',
        }),
      ),
    may &&
      connected &&
      states.length === 0 && { to: '/calendars', title: t('choose'), why: t('chooseWhy'), light: 'amber' },
    ...states.map((state) => todoOfCalendar(view, state)),
    counts.undecided > 0 && {
      to: states.length === 1 ? `/calendars/${states[0]?.calendar.id}#undecided` : '/calendars',
      title: counts.undecided === 1 ? t('undecidedOne') : t('undecided', { count: counts.undecided }),
      why: t('undecidedWhy'),
      light: 'amber',
    },
    counts.requests > 0 && {
      to: '/members',
      title: counts.requests === 1 ? t('requestsOne') : t('requests', { count: counts.requests }),
      why: t('requestsWhy'),
      light: 'amber',
    },
  ];
  return todo.filter((one) => one !== false && one !== undefined);
}

function todoOfCalendar(view: View, { calendar, health, linked }: CalendarState): Todo | undefined {
  const t = inWords(phrases, view.locale);
  const { name } = calendar;
  const to = `/calendars/${calendar.id}`;
  const [words] = health.next;
  if (words) return { to, title: t('look', { name }), why: words, light: health.light };
  if (linked.length === 0 && mayChange(view))
    return { to: `${to}#links`, title: t('link', { name }), why: t('linkWhy'), light: 'amber' };
  return undefined;
}

async function countWaiting(view: View, states: CalendarState[]) {
  const { context, staffer } = view;
  const { db } = context;
  const { id: businessId } = staffer.business;
  const { items } = await listUndecided(db, businessId, context.now());
  const shown = new Set(states.map(({ calendar }) => calendar.id));
  const asking = and(eq(joinRequests.businessId, businessId), isNull(joinRequests.settledAt));
  const requests = mayChange(view) ? await db.select({ n: count() }).from(joinRequests).where(asking) : [];
  const alive = and(eq(resources.businessId, businessId), isNull(resources.archivedAt));
  const [there] = await db.select({ n: count() }).from(resources).where(alive);
  return {
    undecided: items
      .filter(({ calendarId }) => shown.has(calendarId))
      .reduce((sum, one) => sum + one.count, 0),
    requests: requests[0]?.n ?? 0,
    resources: there?.n ?? 0,
  };
}

const todoLine = (view: View, { to, title, why, light }: Todo): Html =>
  html`<li class="${light}"><a class="whole" href="${at(view, to)}">${title}</a><p>${why}</p></li>`;

/** A calendar as a line of a list. */
export function calendarLine(view: View, { calendar, health, linked }: CalendarState): Html {
  const t = inWords(phrases, view.locale);
  const names = new Intl.ListFormat(view.locale).format(linked.map(({ name }) => name));
  return html`<li><a class="whole" href="${at(view, `/calendars/${calendar.id}`)}">${calendar.name}</a>
<p>${lamp(health.light, view.locale)}</p><p>${linked.length > 0 ? t('linkedTo', { names }) : t('linkedToNobody')}</p></li>`;
}

function standingLine(view: View, one: Standing): Html {
  const t = inWords(phrases, view.locale);
  const words =
    one.state === 'connected' ? 'standsWell' : one.state === 'never' ? 'standsNever' : 'standsBadly';
  return html`<li><a class="whole" href="${at(view, '/connect')}">${one.name}</a><p>${lamp(lightOf(one), view.locale, t(words))}</p><p>${one.email}</p></li>`;
}
