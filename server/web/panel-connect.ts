// Google accounts in the panel: how each stands, "Connect with Google" and what comes of it, and disconnecting.

import * as z from 'zod';
import type { DisconnectPlan } from '../../shared/account-api.ts';
import { Id } from '../../shared/api.ts';
import { appOf, listAccounts } from '../accounts/accounts.ts';
import { askConsent } from '../accounts/consents.ts';
import { disconnect, planDisconnect } from '../accounts/disconnect.ts';
import { wordsOf } from '../accounts/outcome.ts';
import { type Code, meaningOf } from '../accounts/words.ts';
import { hashOf } from '../auth/keys.ts';
import { commit } from '../commit.ts';
import type { Phrase } from '../phrase.ts';
import { at, form, mayChange, type Page, type Said, type View } from './panel.ts';
import { refuse } from './panel-failure.ts';
import { lightOf, readConnections } from './panel-home.ts';
import { type Html, html, inWords } from './panel-html.ts';
import { button, choice, field, lamp, section } from './panel-parts.ts';

const phrases = {
  title: { en: 'Google accounts', nb: 'Google-kontoer' },
  yours: { en: 'Yours', nb: 'Din' },
  others: { en: 'Everybody else', nb: 'Alle andre' },
  another: { en: 'Connect another account', nb: 'Koble til en annen konto' },
  anotherWhy: {
    en: 'One that is nobody’s own, for instance: the front desk’s, with the shared calendar. Whoever connects it signs in to it at Google.',
    nb: 'For eksempel en som ikke er noens egen: resepsjonens, med felleskalenderen. Den som kobler den til, logger inn på den hos Google.',
  },
  email: { en: 'Its mail address', nb: 'E-postadressen' },
  emailHint: {
    en: 'Only this account is accepted when you come back from Google.',
    nb: 'Bare denne kontoen godtas når du kommer tilbake fra Google.',
  },
  features: { en: 'What for', nb: 'Hva den skal brukes til' },
  events: {
    en: 'Read its calendars and write bookings (usual)',
    nb: 'Lese kalenderne og skrive bookinger (vanlig)',
  },
  read: { en: 'Only read its calendars', nb: 'Bare lese kalenderne' },
  freebusy: { en: 'Only see when they are busy', nb: 'Bare se når de er opptatt' },
  connect: { en: 'Connect with Google', nb: 'Koble til med Google' },
  again: { en: 'Connect again', nb: 'Koble til på nytt' },
  calendars: { en: 'Choose its calendars', nb: 'Velg kalendere' },
  disconnect: { en: 'Disconnect', nb: 'Koble fra' },
  staffDisconnect: {
    en: 'An owner or administrator can disconnect it. You can always take the access away yourself, at myaccount.google.com/connections.',
    nb: 'En eier eller administrator kan koble den fra. Du kan alltid selv ta bort tilgangen på myaccount.google.com/connections.',
  },
  what: {
    en: 'Google asks you to allow Sidebook to see and change events and to list your calendars. Which calendars it follows is chosen here afterwards.',
    nb: 'Google ber deg la Sidebook se og endre hendelser og liste opp kalenderne dine. Hvilke kalendere som følges, velges her etterpå.',
  },
  tick: {
    en: 'Tick every box on Google’s page: without one of them nothing is connected.',
    nb: 'Kryss av alle boksene på siden til Google: mangler én, blir ingenting koblet til.',
  },
  cameBack: {
    en: '{email} is connected. Choose next which of its calendars are followed.',
    nb: '{email} er koblet til. Velg nå hvilke av kalenderne som skal følges.',
  },
  cameBackStaff: {
    en: '{email} is connected. An owner or administrator chooses which of its calendars are followed.',
    nb: '{email} er koblet til. En eier eller administrator velger hvilke av kalenderne som skal følges.',
  },
  leaveTitle: { en: 'Disconnect {email}', nb: 'Koble fra {email}' },
  leaveWhat: {
    en: 'From then on nothing is read from its calendars or written to them. It is done at once; Google is told as soon as it answers.',
    nb: 'Fra da av leses ingenting fra kalenderne, og ingenting skrives til dem. Det skjer med en gang; Google får beskjed så snart Google svarer.',
  },
  planCalendars: { en: 'Calendars no longer followed: {n}', nb: 'Kalendere som ikke lenger følges: {n}' },
  planLinks: { en: 'Links to resources that go: {n}', nb: 'Koblinger til ressurser som forsvinner: {n}' },
  planBlocks: {
    en: 'Times that its events block or open, and that go: {n}',
    nb: 'Tider som hendelsene blokkerer eller åpner, og som forsvinner: {n}',
  },
  planChannels: {
    en: 'Channels by which Google tells of changes: {n}',
    nb: 'Kanaler der Google melder om endringer: {n}',
  },
  planFreed: {
    en: 'Events that were set Free, and stay Free: {n}. Undo that first, on the calendar’s page, if they are to be Busy again.',
    nb: 'Hendelser som er satt til «Ledig», og forblir det: {n}. Angre det først, på siden til kalenderen, om de skal bli «Opptatt» igjen.',
  },
  planEvents: {
    en: 'Events of bookings in its calendars: {n}',
    nb: 'Hendelser for bookinger i kalenderne: {n}',
  },
  keep: {
    en: 'Leave them where they are. They are not changed any more.',
    nb: 'La dem stå. De endres ikke lenger.',
  },
  remove: { en: 'Delete them from Google ({n}).', nb: 'Slett dem fra Google ({n}).' },
  removeDead: {
    en: 'Delete them from Google. That is not possible: Google no longer accepts the account.',
    nb: 'Slett dem fra Google. Det går ikke: Google godtar ikke lenger kontoen.',
  },
  eventsOf: {
    en: 'What becomes of the events of bookings',
    nb: 'Hva som skal skje med hendelsene for bookinger',
  },
  bookingsStay: {
    en: 'The bookings themselves stay in Sidebook, whichever you choose.',
    nb: 'Selve bookingene blir i Sidebook, uansett hva du velger.',
  },
  confirm: { en: 'Disconnect {email}', nb: 'Koble fra {email}' },
  cancel: { en: 'Go back', nb: 'Gå tilbake' },
  left: {
    en: 'Disconnected: {calendars} calendars are no longer followed, {removed} events are being deleted from Google.',
    nb: 'Koblet fra: {calendars} kalendere følges ikke lenger, {removed} hendelser slettes fra Google.',
  },
} satisfies Record<string, Phrase>;

const notYours: Phrase = {
  en: 'You can connect your own account; an owner or administrator connects others.',
  nb: 'Du kan koble til din egen konto; en eier eller administrator kobler til andre.',
};

/** Where the consent's page is: a form that leads there is redirected to it. */
const googleOrigin = ({ context }: View): string =>
  new URL(context.config.google.url ?? 'https://accounts.google.com').origin;

export async function connectPage(view: View): Promise<Page> {
  const t = inWords(phrases, view.locale);
  const all = await readConnections(view);
  const mine = all.filter(({ memberId }) => memberId === view.staffer.member.id);
  const rest = all.filter((one) => !mine.includes(one));
  const own = html`<ul class="list">${mine.map((one) => line(view, one))}</ul><p class="note">${t('what')} ${t('tick')}</p>`;
  const others = html`<ul class="list">${rest.map((one) => line(view, one))}</ul>`;
  return {
    title: t('title'),
    leadsTo: googleOrigin(view),
    body: html`${section(t('yours'), own)}${rest.length > 0 && section(t('others'), others)}${mayChange(view) && section(t('another'), anotherForm(view), 'another')}`,
  };
}

type Standing = Awaited<ReturnType<typeof readConnections>>[number];

function line(view: View, one: Standing): Html {
  const t = inWords(phrases, view.locale);
  const { name, email, accountId, state, words } = one;
  const may = mayChange(view);
  const own = one.memberId === view.staffer.member.id;
  const live = state === 'connected' || state === 'needs_reconnecting';
  const hidden = html`<input type="hidden" name="email" value="${email}">`;
  const connect =
    (own || may) &&
    form(
      view,
      '/connect',
      html`${hidden}${state === 'connected' ? button(t('again')) : button(t('connect'), own || state === 'needs_reconnecting' ? 'main' : '')}`,
    );
  const choose =
    may &&
    state === 'connected' &&
    html`<a class="button main" href="${at(view, `/accounts/${accountId}/calendars`)}">${t('calendars')}</a>`;
  const leave =
    may &&
    live &&
    html`<a class="button danger" href="${at(view, `/accounts/${accountId}/disconnect`)}">${t('disconnect')}</a>`;
  return html`<li><strong>${name}</strong>${name !== email && html`<p>${email}</p>`}<p>${lamp(lightOf(one), view.locale, words)}</p>
<div class="row">${choose}${connect}${leave}</div>${own && !may && live && html`<p>${t('staffDisconnect')}</p>`}</li>`;
}

function anotherForm(view: View): Html {
  const t = inWords(phrases, view.locale);
  const options = [
    ['events', t('events')],
    ['read', t('read')],
    ['freebusy', t('freebusy')],
  ] as const;
  const fields = html`<p>${t('anotherWhy')}</p>
${field(view, { name: 'email', label: t('email'), hint: t('emailHint'), type: 'email', required: true, most: 254, autocomplete: 'off' })}
${choice(view, { name: 'features', label: t('features'), options, value: 'events' })}${button(t('connect'))}`;
  return html`<div class="card">${form(view, '/connect', fields)}</div>`;
}

export const Connect = z.strictObject({
  email: z.string().trim().toLowerCase().pipe(z.email().max(254)),
  features: z.enum(['events', 'read', 'freebusy']).default('events'),
});

/** What the browser shows when it comes back from Google, so that nobody else's can end what this one began. */
export const consentProof = (view: View): string => hashOf(`consent ${view.secret}`);

/** @returns the address at Google that the browser is sent to. @throws Refusal forbidden, conflict, google_refused */
export async function beginConsent(
  view: View,
  { email, features }: z.output<typeof Connect>,
): Promise<string> {
  const { context, staffer } = view;
  if (!mayChange(view) && email !== staffer.member.email.toLowerCase())
    throw refuse('wrong_state', notYours, 'email');
  const { businessId, actor } = staffer.caller;
  const asked = {
    businessId,
    actor,
    email,
    features: [features],
    returnTo: '/panel/connect/back',
    browser: consentProof(view),
  };
  return (await commit(context, (tx) => askConsent(tx, context, asked))).url;
}

export const CameBack = z.object({
  google: z.enum(['connected', 'refused']),
  account: Id.optional(),
  reason: z.string().max(64).optional(),
  missing: z.string().max(500).optional(),
});

/** What came of a consent. Its words are ours, by its code: anybody may have written the address. */
export async function consentOutcome(
  view: View,
  back: z.output<typeof CameBack>,
): Promise<Said & { to: string }> {
  const { context, staffer, locale } = view;
  const { id: businessId } = staffer.business;
  const accounts = await listAccounts(context, businessId);
  const account = accounts.find(({ id }) => id === back.account);
  if (back.google === 'connected' && account) {
    const { id, email } = account;
    const t = inWords(phrases, locale);
    if (!mayChange(view)) return { to: '/connect', words: t('cameBackStaff', { email }), bad: false };
    return { to: `/accounts/${id}/calendars`, words: t('cameBack', { email }), bad: false };
  }
  const own = await appOf(context, businessId);
  const reason = back.reason ?? 'refused';
  const refused = {
    code: ours.find((one) => one === reason) ?? meaningOf(reason),
    reason,
    missing: (back.missing ?? '').split(' ').map((name) => `https://www.googleapis.com/auth/${name}`),
    client: own?.clientId ?? context.config.google.clientId ?? '',
    uri: `${context.config.publicUrl}/api/v1/google/callback`,
  };
  return { to: '/connect', words: wordsOf(refused, locale), bad: true };
}

/** Of accounts/words.ts, the codes that consents.ts answers with itself. */
const ours: Code[] = [
  'missing_scopes',
  'expired',
  'used',
  'code_refused',
  'no_refresh_token',
  'unreachable',
  'app_changed',
  'wrong_account',
  'other_browser',
  'sealed',
];

export async function disconnectPage(view: View, id: string): Promise<Page> {
  const t = inWords(phrases, view.locale);
  const { context, staffer } = view;
  const which = { businessId: staffer.business.id, id };
  const keep = await planDisconnect(context.db, { ...which, events: 'keep' });
  const remove = await planDisconnect(context.db, { ...which, events: 'remove' });
  const account = (await listAccounts(context, which.businessId)).find((one) => one.id === id);
  const email = account?.email ?? '';
  const dead = remove.ourEvents > 0 && remove.removed === 0;
  const radio = (value: 'keep' | 'remove', words: string, off = false) =>
    html`<li><label><input type="radio" name="events" value="${value}"${value === 'keep' && html` checked`}${off && html` disabled`}><span>${words}</span></label></li>`;
  const choices = html`<fieldset><legend>${t('eventsOf')}</legend><p>${t('planEvents', { n: keep.ourEvents })}. ${t('bookingsStay')}</p>
<ul class="ticks">${radio('keep', t('keep'))}${radio('remove', dead ? t('removeDead') : t('remove', { n: remove.removed }), dead)}</ul></fieldset>`;
  const buttons = html`<div class="row">${button(t('confirm', { email }), 'danger')}<a class="button" href="${at(view, '/connect')}">${t('cancel')}</a></div>`;
  return {
    title: t('leaveTitle', { email }),
    body: html`<div class="card"><p>${t('leaveWhat')}</p>${figures(view, keep)}${form(view, `/accounts/${id}/disconnect`, html`${choices}${buttons}`)}</div>`,
  };
}

function figures(view: View, plan: z.output<typeof DisconnectPlan>): Html {
  const t = inWords(phrases, view.locale);
  const { calendars, links, blocks, channels, freed } = plan;
  const lines = [
    t('planCalendars', { n: calendars }),
    t('planLinks', { n: links }),
    t('planBlocks', { n: blocks }),
    t('planChannels', { n: channels }),
    ...(freed > 0 ? [t('planFreed', { n: freed })] : []),
  ];
  return html`<ul class="figures">${lines.map((words) => html`<li>${words}</li>`)}</ul>`;
}

export const Leave = z.strictObject({ events: z.enum(['keep', 'remove']) });

export async function disconnectAccount(
  view: View,
  id: string,
  { events }: z.output<typeof Leave>,
): Promise<string> {
  const { context, staffer } = view;
  const which = { businessId: staffer.business.id, id, events, now: context.now() };
  const { calendars, removed } = await commit(context, (tx) => disconnect(tx, which));
  return inWords(phrases, view.locale)('left', { calendars, removed });
}
