// Members in the panel: who works here, inviting them, their roles, and colleagues who ask to join.

import { and, asc, eq, isNull } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import { NewMember, Role } from '../../shared/api.ts';
import { changeMember, createMember, listMembers, readMember, removeMember } from '../businesses/members.ts';
import { commit } from '../commit.ts';
import type { Connection } from '../database/open.ts';
import { joinRequests } from '../database/people.ts';
import { databaseError, Refusal } from '../errors.ts';
import type { Phrase } from '../phrase.ts';
import { listResources } from '../resources/resources.ts';
import { admit } from '../sidebar/join.ts';
import { at, form, type Page, roleWords, type Said, type View } from './panel.ts';
import { refuse } from './panel-failure.ts';
import { type Html, html, inWords } from './panel-html.ts';
import { button, choice, field, section } from './panel-parts.ts';

const phrases = {
  title: { en: 'Members', nb: 'Medlemmer' },
  requests: { en: 'They ask to join', nb: 'Ber om å bli med' },
  admit: { en: 'Let in', nb: 'Slipp inn' },
  reject: { en: 'Not', nb: 'Ikke' },
  there: { en: 'Who works here', nb: 'Hvem som jobber her' },
  you: { en: 'This is you.', nb: 'Dette er deg.' },
  role: { en: 'Role of {name}', nb: 'Rollen til {name}' },
  save: { en: 'Save role', nb: 'Lagre rolle' },
  remove: { en: 'Remove', nb: 'Fjern' },
  invite: { en: 'Invite somebody', nb: 'Inviter noen' },
  inviteWhat: {
    en: 'Sidebook sends no mail for this: tell them to open Sidebook in Google Calendar. Whoever comes with this Google account is in.',
    nb: 'Sidebook sender ingen e-post om dette: be dem åpne Sidebook i Google Kalender. Den som kommer med denne Google-kontoen, er med.',
  },
  name: { en: 'Name', nb: 'Navn' },
  email: { en: 'Mail address of their Google account', nb: 'E-postadressen til Google-kontoen' },
  newRole: { en: 'Role', nb: 'Rolle' },
  rolesWhat: {
    en: 'Staff see and change bookings of what they serve. Administrators also change calendars, links and members. Owners may do everything.',
    nb: 'Ansatte ser og endrer bookinger av det de betjener. Administratorer endrer også kalendere, koblinger og medlemmer. Eiere kan gjøre alt.',
  },
  add: { en: 'Invite', nb: 'Inviter' },
  added: { en: '{name} is invited.', nb: '{name} er invitert.' },
  changed: { en: 'The role of {name} is saved.', nb: 'Rollen til {name} er lagret.' },
  removeTitle: { en: 'Remove {name}', nb: 'Fjern {name}' },
  removeWhat: {
    en: 'They can no longer see or change anything here, from the next click on. Bookings stay.',
    nb: 'Fra neste klikk kan de ikke lenger se eller endre noe her. Bookinger blir stående.',
  },
  removeResources: {
    en: 'What is theirs stays bookable, as nobody’s own: {names}.',
    nb: 'Det som er deres, kan fortsatt bookes, men er ingens egen: {names}.',
  },
  removeAccount: {
    en: 'A Google account they connected stays connected: disconnect it under Google accounts.',
    nb: 'En Google-konto de har koblet til, er fortsatt tilkoblet: koble den fra under Google-kontoer.',
  },
  cancel: { en: 'Go back', nb: 'Gå tilbake' },
  removed: { en: '{name} is removed.', nb: '{name} er fjernet.' },
} satisfies Record<string, Phrase>;

const ownersOnly: Phrase = {
  en: 'Only owners make, change and remove owners.',
  nb: 'Bare eiere kan utnevne, endre og fjerne eiere.',
};
const lastOwner: Phrase = {
  en: 'This is the last owner: make another member owner first.',
  nb: 'Dette er den siste eieren: gjør et annet medlem til eier først.',
};
const taken: Phrase = {
  en: 'A member with this address is there already.',
  nb: 'Et medlem med denne adressen finnes allerede.',
};

const outside: Phrase = {
  en: 'Only accounts of your Google Workspace get in here: write the address they have there, not one of Gmail.',
  nb: 'Her kommer bare kontoer i deres Google Workspace inn: skriv adressen de har der, ikke en fra Gmail.',
};

type Member = Awaited<ReturnType<typeof readMember>>;

export async function membersPage(view: View): Promise<Page> {
  const t = inWords(phrases, view.locale);
  const { context, staffer } = view;
  const { id: businessId } = staffer.business;
  const { items } = await listMembers(context.db, businessId);
  const asking = await listAsking(context.db, businessId);
  const waiting = asking.map(({ id, name, email }) => {
    const acts = html`<div class="row"><button class="main" name="admit" value="yes">${t('admit')}</button><button name="admit" value="no">${t('reject')}</button></div>`;
    return html`<li><strong>${name}</strong><p>${email}</p>${form(view, `/requests/${id}`, acts)}</li>`;
  });
  const list = html`<ul class="list">${items.map((one) => memberLine(view, one))}</ul><p class="note">${t('rolesWhat')}</p>`;
  const requests = waiting.length > 0 && section(t('requests'), html`<ul class="list">${waiting}</ul>`);
  return {
    title: t('title'),
    body: html`${requests}${section(t('there'), list)}${section(t('invite'), inviteForm(view), 'invite')}`,
  };
}

/** Who waits to be let in, the first first. */
const listAsking = (db: Connection, businessId: string) =>
  db
    .select({ id: joinRequests.id, name: joinRequests.name, email: joinRequests.email })
    .from(joinRequests)
    .where(and(eq(joinRequests.businessId, businessId), isNull(joinRequests.settledAt)))
    .orderBy(asc(joinRequests.askedAt), asc(joinRequests.id));

/** Whether they may change, give or take this role. */
const mayTouch = ({ staffer }: View, role: Member['role']): boolean =>
  role !== 'owner' || staffer.member.role === 'owner';

const rolesFor = (view: View) =>
  Role.options
    .filter((role) => mayTouch(view, role))
    .map((role) => [role, roleWords(role, view.locale)] as const);

function memberLine(view: View, { id, name, email, role }: Member): Html {
  const t = inWords(phrases, view.locale);
  const you = id === view.staffer.member.id;
  const options = rolesFor(view).map(
    ([key, words]) => html`<option value="${key}"${key === role && html` selected`}>${words}</option>`,
  );
  const change = html`<div class="row"><select name="role" aria-label="${t('role', { name })}">${options}</select>${button(t('save'))}<a href="${at(view, `/members/${id}/remove`)}">${t('remove')}</a></div>`;
  const acts = mayTouch(view, role) && form(view, `/members/${id}`, change);
  return html`<li><strong>${name}</strong><p>${email} · ${roleWords(role, view.locale)}${you && ` · ${t('you')}`}</p>${acts}</li>`;
}

function inviteForm(view: View): Html {
  const t = inWords(phrases, view.locale);
  const fields = html`<p>${t('inviteWhat')}</p>
${field(view, { name: 'name', label: t('name'), required: true, most: 200, autocomplete: 'off' })}
${field(view, { name: 'email', label: t('email'), type: 'email', required: true, most: 254, autocomplete: 'off' })}
${choice(view, { name: 'role', label: t('newRole'), options: rolesFor(view), value: 'staff' })}${button(t('add'), 'main')}`;
  return html`<div class="card">${form(view, '/members', fields)}</div>`;
}

export const Invite = z.strictObject({
  ...NewMember.shape,
  email: z.string().trim().toLowerCase().pipe(NewMember.shape.email),
});

/** @throws Refusal forbidden, conflict */
export async function inviteMember(view: View, wanted: z.output<typeof Invite>): Promise<string> {
  const { context, staffer, locale } = view;
  if (!mayTouch(view, wanted.role)) throw refuse('wrong_state', ownersOnly);
  try {
    await commit(context, (tx) => createMember(tx, staffer.business.id, wanted));
  } catch (error) {
    if (databaseError(error)?.constraint_name === 'members_email') throw refuse('conflict', taken, 'email');
    // The only other conflict there is.
    if (error instanceof Refusal && error.code === 'conflict') throw refuse('conflict', outside, 'email');
    throw error;
  }
  return inWords(phrases, locale)('added', { name: wanted.name });
}

export const NewRole = z.strictObject({ role: Role });

/** @throws Refusal not_found, conflict (the last owner) */
export async function changeRole(
  view: View,
  id: string,
  { role }: z.output<typeof NewRole>,
): Promise<string> {
  const { context, staffer, locale } = view;
  const { name } = await touchable(view, id);
  if (!mayTouch(view, role)) throw refuse('wrong_state', ownersOnly);
  const change = { id, change: { role } };
  await ownersLeft(commit(context, (tx) => changeMember(tx, staffer.business.id, change)));
  return inWords(phrases, locale)('changed', { name });
}

async function touchable(view: View, id: string): Promise<Member> {
  const member = await readMember(view.context.db, view.staffer.business.id, id);
  if (!mayTouch(view, member.role)) throw refuse('wrong_state', ownersOnly);
  return member;
}

const ownersLeft = <T>(act: Promise<T>): Promise<T> =>
  act.catch((error) => {
    throw (error as { code?: string }).code === 'conflict' ? refuse('conflict', lastOwner) : error;
  });

export async function removePage(view: View, id: string): Promise<Page> {
  const t = inWords(phrases, view.locale);
  const { name } = await touchable(view, id);
  const names = (await ownResources(view, id)).map((one) => one.name);
  const theirs =
    names.length > 0 &&
    html`<p>${t('removeResources', { names: new Intl.ListFormat(view.locale).format(names) })}</p>`;
  const buttons = html`<div class="row">${button(t('removeTitle', { name }), 'danger')}<a class="button" href="${at(view, '/members')}">${t('cancel')}</a></div>`;
  return {
    title: t('removeTitle', { name }),
    body: html`<div class="card"><p>${t('removeWhat')}</p>${theirs}<p>${t('removeAccount')}</p>${form(view, `/members/${id}/remove`, buttons)}</div>`,
  };
}

/** Archived ones too: they name their member as well. */
async function ownResources({ context, staffer }: View, memberId: string) {
  const pages = await Promise.all(
    [false, true].map((archived) => listResources(context.db, staffer.business.id, { limit: 500, archived })),
  );
  return pages.flatMap(({ items }) => items).filter((one) => one.memberId === memberId);
}

/** What was theirs stays, as nobody's own; their sessions and way in go with them. @throws Refusal not_found, conflict */
export async function removeFromHere(view: View, id: string): Promise<string> {
  const { context, staffer, locale } = view;
  const { id: businessId } = staffer.business;
  const { name } = await touchable(view, id);
  await ownersLeft(commit(context, (tx) => removeMember(tx, businessId, id)));
  return inWords(phrases, locale)('removed', { name });
}

export const Answer = z.strictObject({ admit: z.enum(['yes', 'no']) });

export async function answerRequest(
  request: FastifyRequest,
  requestId: string,
  answer: z.output<typeof Answer>,
): Promise<Said> {
  const { context, staffer } = request.view;
  const { locale, zone, caller } = staffer;
  request.caller = caller;
  const asked = { locale, zone, known: null, requestId, admit: answer.admit === 'yes' };
  const { notice } = await admit(context, request, staffer, asked);
  return { words: notice ?? '', bad: false };
}
