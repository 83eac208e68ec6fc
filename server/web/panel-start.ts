// The panel's way in without the add-on: sign in with Google, then choose a business, join one, or make one's own.

import type * as z from 'zod';
import { Zone } from '../../shared/api.ts';
import { DoCreate } from '../../shared/sidebar-api.ts';
import type { Locale } from '../accounts/words.ts';
import type { Person } from '../auth/identity.ts';
import type { Context } from '../context.ts';
import type { Phrase } from '../phrase.ts';
import { colleaguesOf } from '../sidebar/join.ts';
import { type Membership, membershipsOf, takes } from '../sidebar/staffer.ts';
import { at, type Frame, form, type Page, roleWords, type Said } from './panel.ts';
import { fieldFault, refuse, toCalendar } from './panel-failure.ts';
import { type Html, html, inWords } from './panel-html.ts';
import { button, choice, field, section } from './panel-parts.ts';

const phrases = {
  title: { en: 'Sign in to Sidebook', nb: 'Logg inn på Sidebook' },
  what: {
    en: 'The control panel is for people who work at a business that uses Sidebook, and for whoever wants to begin one.',
    nb: 'Kontrollpanelet er for dem som jobber i en virksomhet som bruker Sidebook, og for den som vil begynne med en.',
  },
  google: { en: 'Sign in with Google', nb: 'Logg inn med Google' },
  tells: {
    en: 'Google tells Sidebook your mail address, and nothing else. Calendars are connected afterwards, and only if you say so.',
    nb: 'Google forteller Sidebook e-postadressen din, og ikke noe annet. Kalendere kobles til etterpå, og bare hvis du sier ja.',
  },
  notHere: {
    en: 'Signing in on the web is not set up on this server. Open Google Calendar, choose Sidebook in the side panel, then “Control panel” in its menu.',
    nb: 'Innlogging på nettet er ikke satt opp på denne serveren. Åpne Google Kalender, velg Sidebook i sidepanelet og så «Kontrollpanel» i menyen.',
  },
  privacy: { en: 'Privacy', nb: 'Personvern' },
  terms: { en: 'Terms', nb: 'Vilkår' },
  which: { en: 'Where do you want to go?', nb: 'Hvor vil du?' },
  welcome: { en: 'Welcome to Sidebook', nb: 'Velkommen til Sidebook' },
  you: { en: 'You are {email}.', nb: 'Du er {email}.' },
  another: { en: 'Use another account', nb: 'Bruk en annen konto' },
  yours: { en: 'Your businesses', nb: 'Virksomhetene dine' },
  open: { en: 'Open', nb: 'Åpne' },
  invited: { en: 'You are invited', nb: 'Du er invitert' },
  join: { en: 'Join', nb: 'Bli med' },
  colleagues: { en: 'Where your colleagues are', nb: 'Der kollegene dine er' },
  ask: { en: 'Ask to join', nb: 'Be om å bli med' },
  asked: {
    en: 'You have asked. Somebody who runs it lets you in.',
    nb: 'Du har spurt. En som styrer den, slipper deg inn.',
  },
  begin: { en: 'Begin with a business of your own', nb: 'Begynn med en egen virksomhet' },
  name: { en: 'Name of the business', nb: 'Navnet på virksomheten' },
  called: { en: 'Your name', nb: 'Navnet ditt' },
  calledHint: {
    en: 'As customers know you: you are the first who can be booked.',
    nb: 'Slik kundene kjenner deg: du er den første som kan bookes.',
  },
  zone: { en: 'Time zone', nb: 'Tidssone' },
  zoneChoose: { en: 'Choose…', nb: 'Velg …' },
  make: { en: 'Make it', nb: 'Opprett' },
  wrongZone: {
    en: 'Choose the time zone that its hours are in.',
    nb: 'Velg tidssonen som åpningstidene gjelder i.',
  },
} satisfies Record<string, Phrase>;

const domain: Phrase = {
  en: 'This business lets in accounts of its own Google Workspace only: sign in with that account.',
  nb: 'Denne virksomheten slipper bare inn kontoer fra sin egen Google Workspace: logg inn med den kontoen.',
};

/** Whoever signed in, and is not in a business yet. */
export interface Guest extends Frame {
  context: Context;
  person: Person;
  /** The cookie that says who they are, and what every form carries. */
  secret: string;
  token: string;
  said: Said | null;
}

/** @param to the path of the panel that they wanted */
export function startPage(frame: Frame, { open, to }: { open: boolean; to: string }): Page {
  const t = inWords(phrases, frame.locale);
  const query = to === '' ? '' : `?${new URLSearchParams({ to })}`;
  const way = open
    ? html`<p><a class="button main" href="${at(frame, `/start/google${query}`)}">${t('google')}</a></p><p class="note">${t('tells')}</p>`
    : html`<p class="todo">${t('notHere')}</p>${toCalendar(frame)}`;
  const legal = (['privacy', 'terms'] as const).map(
    (page) => html`<a href="${frame.base}/${page}?lang=${frame.locale}">${t(page)}</a>`,
  );
  return { title: t('title'), body: html`<p>${t('what')}</p>${way}<p class="row">${legal}</p>` };
}

/** Everything that is open to them: where they are, where they are invited, where colleagues are, or a business of their own. */
export async function whoPage(guest: Guest): Promise<Page> {
  const { context, person, locale } = guest;
  const t = inWords(phrases, locale);
  const memberships = await membershipsOf(context.db, person);
  const colleagues = await colleaguesOf(context, person, memberships);
  const joined = memberships.filter(({ sub }) => sub !== null);
  const invited = memberships.filter(({ sub }) => sub === null);
  const lineOf = (words: string) => (membership: Membership) => businessLine(guest, membership, words);
  const others = colleagues.map(
    ({ id, business, asked }) =>
      html`<li><strong>${business}</strong>${asked ? html`<p>${t('asked')}</p>` : act(guest, '/start/join', id, t('ask'))}</li>`,
  );
  return {
    title: t(joined.length > 0 ? 'which' : 'welcome'),
    body: html`<p>${t('you', { email: person.email })} <a href="${at(guest, '/start/google')}">${t('another')}</a></p>
${list(t('yours'), joined.map(lineOf(t('open'))))}${list(t('invited'), invited.map(lineOf(t('join'))))}${list(t('colleagues'), others)}
${section(t('begin'), beginForm(guest), 'begin')}`,
  };
}

const list = (title: string, lines: Html[]): Html | false =>
  lines.length > 0 && section(title, html`<ul class="list">${lines}</ul>`);

const businessLine = (guest: Guest, { business, role }: Membership, words: string): Html =>
  html`<li><strong>${business.name}</strong><p>${roleWords(role, guest.locale)}</p>${act(guest, '/start/enter', business.id, words, 'main')}</li>`;

const act = (guest: Guest, to: string, id: string, words: string, kind: 'main' | '' = ''): Html =>
  form(guest, to, html`<input type="hidden" name="businessId" value="${id}">${button(words, kind)}`);

function beginForm(guest: Guest): Html {
  const t = inWords(phrases, guest.locale);
  const { said } = guest;
  const options: [string, string][] = zones.map((zone) => [zone, zone.replaceAll('_', ' ')]);
  const hint = said?.field === 'zone' ? said.words : undefined;
  const fields = html`${field(guest, { name: 'name', label: t('name'), required: true, most: 200, autocomplete: 'organization' })}
${field(guest, { name: 'called', label: t('called'), hint: t('calledHint'), value: guest.person.name ?? '', required: true, most: 200, autocomplete: 'name' })}
${choice(guest, { name: 'zone', label: t('zone'), hint, options: [['', t('zoneChoose')], ...options], value: usualZone[guest.locale] })}${button(t('make'), 'main')}`;
  return html`<div class="card">${form(guest, '/start/begin', fields)}</div>`;
}

const zones = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone.includes('/'))];
/** A page without scripts cannot ask the browser. */
const usualZone: Record<Locale, string> = { nb: 'Europe/Oslo', en: '' };

const Begin = DoCreate.pick({ name: true }).extend({ called: DoCreate.shape.name, zone: Zone });

/** What was typed, or what is wrong with it: on the same page, with everything still in it. */
export function readBegin(
  typed: Record<string, string>,
  locale: Locale,
): { wanted: z.output<typeof Begin> } | { said: Said } {
  const read = Begin.safeParse(typed);
  if (read.success) return { wanted: read.data };
  const wrong = String(read.error.issues[0]?.path[0]);
  const words = wrong === 'zone' ? phrases.wrongZone[locale] : fieldFault('name', locale);
  return { said: { words, bad: true, field: wrong, values: typed } };
}

/** @throws Refusal forbidden, with words for the person */
export function mustBeOfDomain(membership: Membership, person: Person): void {
  if (!takes(membership, person)) throw refuse('forbidden', domain);
}
