// Calendars in the panel: those that are followed, and choosing more from what an account can see.

import type * as z from 'zod';
import { NewCalendar } from '../../shared/calendar-api.ts';
import { listAccounts } from '../accounts/accounts.ts';
import { follow, listFollowed, listSeen, see } from '../calendars/follow.ts';
import { unfollow } from '../calendars/leave.ts';
import { limitsOf } from '../calendars/roles.ts';
import { commit } from '../commit.ts';
import { notFound, Refusal } from '../errors.ts';
import type { Phrase } from '../phrase.ts';
import { at, form, mayChange, type Page, type Said, type View } from './panel.ts';
import { sayRefusal } from './panel-failure.ts';
import { calendarLine } from './panel-home.ts';
import { type Html, html, inWords } from './panel-html.ts';
import { button, empty, section } from './panel-parts.ts';
import { readCalendar, readCalendars } from './panel-state.ts';

const phrases = {
  title: { en: 'Calendars', nb: 'Kalendere' },
  followed: { en: 'Followed', nb: 'Følges' },
  more: { en: 'Follow more', nb: 'Følg flere' },
  moreFrom: { en: 'Choose from {email}', nb: 'Velg fra {email}' },
  none: { en: 'No calendar is followed yet.', nb: 'Ingen kalender følges ennå.' },
  noneYours: {
    en: 'No calendar is linked to what you serve. An owner or administrator chooses calendars.',
    nb: 'Ingen kalender er koblet til det du betjener. En eier eller administrator velger kalendere.',
  },
  noAccount: {
    en: 'No Google account is connected, so there are no calendars to choose from.',
    nb: 'Ingen Google-konto er koblet til, så det er ingen kalendere å velge blant.',
  },
  connect: { en: 'Connect a Google account', nb: 'Koble til en Google-konto' },
  chooseTitle: { en: 'Choose from {email}', nb: 'Velg fra {email}' },
  chooseWhat: {
    en: 'These are the calendars that the account can see, as Google has them now. One that is missing has to be shared with it in Google Calendar first.',
    nb: 'Dette er kalenderne kontoen kan se, slik Google har dem nå. Mangler det en, må den først deles med kontoen i Google Kalender.',
  },
  follow: { en: 'Follow', nb: 'Følg' },
  isFollowed: { en: 'Followed: open', nb: 'Følges: åpne' },
  owner: { en: 'Full access', nb: 'Full tilgang' },
  writer: { en: 'May read and change events', nb: 'Kan lese og endre hendelser' },
  reader: { en: 'May read events', nb: 'Kan lese hendelser' },
  freeBusyReader: { en: 'Sees only when it is busy', nb: 'Ser bare når den er opptatt' },
  none_: { en: 'No access', nb: 'Ingen tilgang' },
  emptyAccount: {
    en: 'This account sees no calendar at all.',
    nb: 'Denne kontoen ser ingen kalendere i det hele tatt.',
  },
  unread: { en: 'Google could not be asked: {why}', nb: 'Google kunne ikke spørres: {why}' },
  retry: { en: 'Try again', nb: 'Prøv igjen' },
  accounts: { en: 'Google accounts', nb: 'Google-kontoer' },
  nowFollowed: {
    en: '“{name}” is followed and is being read. Say next who is linked to it.',
    nb: '«{name}» følges og leses nå. Si nå hvem som er koblet til den.',
  },
  leaveTitle: { en: 'Stop following “{name}”', nb: 'Slutt å følge «{name}»' },
  leaveWhat: {
    en: 'Its links to resources go, and what its events block. Settings, rules and decisions stay for a return; events of bookings stay in Google, and each is still changed there when its booking is.',
    nb: 'Koblingene til ressurser forsvinner, og det hendelsene blokkerer. Innstillinger, regler og beslutninger blir stående til en eventuell retur; hendelser for bookinger blir i Google, og hver av dem endres fortsatt der når bookingen endres.',
  },
  leaveFreed: {
    en: 'Events that were set Free stay Free: undo that first, if they are to be Busy again.',
    nb: 'Hendelser som er satt til «Ledig», forblir det: angre det først, om de skal bli «Opptatt» igjen.',
  },
  leave: { en: 'Stop following', nb: 'Slutt å følge' },
  cancel: { en: 'Go back', nb: 'Gå tilbake' },
  left: { en: '“{name}” is no longer followed.', nb: '«{name}» følges ikke lenger.' },
} satisfies Record<string, Phrase>;

/** What Google calls an access role, as people would. */
export function roleOfAccess(accessRole: string, { locale }: Pick<View, 'locale'>): string {
  const t = inWords(phrases, locale);
  if (accessRole === 'writerWithoutPrivateAccess') return t('writer');
  const known = ['owner', 'writer', 'reader', 'freeBusyReader'] as const;
  return t(known.find((role) => role === accessRole) ?? 'none_');
}

export async function calendarsPage(view: View): Promise<Page> {
  const t = inWords(phrases, view.locale);
  const states = await readCalendars(view);
  const list =
    states.length === 0
      ? empty(t(mayChange(view) ? 'none' : 'noneYours'))
      : html`<ul class="list">${states.map((state) => calendarLine(view, state))}</ul>`;
  return {
    title: t('title'),
    body: html`${section(t('followed'), list)}${mayChange(view) && section(t('more'), await waysToMore(view))}`,
  };
}

async function waysToMore(view: View): Promise<Html> {
  const t = inWords(phrases, view.locale);
  const { context, staffer } = view;
  const all = await listAccounts(context, staffer.business.id);
  const connected = all.filter(({ state }) => state === 'connected');
  const way = html`<a class="button main" href="${at(view, '/connect')}">${t('connect')}</a>`;
  if (connected.length === 0) return empty(t('noAccount'), way);
  const links = connected.map(
    ({ id, email }) =>
      html`<a class="button" href="${at(view, `/accounts/${id}/calendars`)}">${t('moreFrom', { email })}</a>`,
  );
  return html`<div class="row">${links}</div>`;
}

/** What the account can see. Google is asked: its failure is told on the page, with a way on. */
export async function choosePage(view: View, accountId: string): Promise<Page> {
  const t = inWords(phrases, view.locale);
  const { context, staffer, locale } = view;
  const { id: businessId } = staffer.business;
  const account = (await listAccounts(context, businessId)).find(({ id }) => id === accountId);
  if (!account) throw notFound('account');
  const title = t('chooseTitle', { email: account.email });
  const found = await listSeen(context, businessId, accountId).catch(unasked);
  if (found instanceof Refusal) {
    const { words } = sayRefusal(found, locale);
    const ways = html`<div class="row"><a class="button main" href="${view.asked.path}">${t('retry')}</a><a class="button" href="${at(view, '/connect')}">${t('accounts')}</a></div>`;
    return {
      title,
      body: html`<div class="card"><p class="todo">${t('unread', { why: words })}</p>${ways}</div>`,
    };
  }
  const followed = new Map((await listFollowed(context.db, businessId)).map((one) => [one.googleId, one.id]));
  const lines = found.map((one) => {
    const limits = limitsOf({ accessRole: one.accessRole, scopes: account.scopes }, locale);
    const fields = html`<input type="hidden" name="googleId" value="${one.googleId}">${button(t('follow'), 'main')}`;
    const id = followed.get(one.googleId);
    const act = id
      ? html`<p><a href="${at(view, `/calendars/${id}`)}">${t('isFollowed')}</a></p>`
      : form(view, `/accounts/${accountId}/calendars`, fields);
    return html`<li><strong>${one.name}</strong><p>${roleOfAccess(one.accessRole, view)} · ${one.zone}</p>${limits.map((words) => html`<p>${words}</p>`)}${act}</li>`;
  });
  const list = lines.length === 0 ? empty(t('emptyAccount')) : html`<ul class="list">${lines}</ul>`;
  return { title, body: html`<p class="note">${t('chooseWhat')}</p><section>${list}</section>` };
}

function unasked(error: unknown): Refusal {
  if (error instanceof Refusal && error.code !== 'not_found') return error;
  throw error;
}

export const Follow = NewCalendar.pick({ googleId: true });

/** Network: Google is asked what the calendar is. */
export async function followCalendar(
  view: View,
  accountId: string,
  { googleId }: z.output<typeof Follow>,
): Promise<Said & { to: string }> {
  const { context, staffer, locale } = view;
  const { id: businessId } = staffer.business;
  const seen = await see(context, businessId, { accountId, googleId });
  const { id, name } = await commit(context, (tx) => follow(tx, { businessId, accountId, ...seen }));
  const words = inWords(phrases, locale)('nowFollowed', { name });
  return { to: `/calendars/${id}`, words, bad: false };
}

export async function leavePage(view: View, id: string): Promise<Page> {
  const t = inWords(phrases, view.locale);
  const { calendar } = await readCalendar(view, id);
  const to = `/calendars/${id}`;
  const buttons = html`<div class="row">${button(t('leave'), 'danger')}<a class="button" href="${at(view, to)}">${t('cancel')}</a></div>`;
  return {
    title: t('leaveTitle', { name: calendar.name }),
    body: html`<div class="card"><p>${t('leaveWhat')}</p><p>${t('leaveFreed')}</p>${form(view, `${to}/leave`, buttons)}</div>`,
  };
}

export async function leaveCalendar(view: View, id: string): Promise<string> {
  const { context, staffer, locale } = view;
  const { calendar } = await readCalendar(view, id);
  const which = { businessId: staffer.business.id, id, now: context.now() };
  await commit(context, (tx) => unfollow(tx, which));
  return inWords(phrases, locale)('left', { name: calendar.name });
}
