// One calendar in the panel: how it does, who is linked to it, what its events mean, what waits, and what was set Free.

import * as z from 'zod';
import { CalendarSettings } from '../../shared/calendar-api.ts';
import type { Why } from '../../shared/decide.ts';
import { localDate } from '../../shared/time.ts';
import { listUndecided } from '../blocks/events.ts';
import { readJudge } from '../blocks/judge.ts';
import { listRuns, type RunShape, readRun, undoRun } from '../blocks/runs.ts';
import { readWords } from '../blocks/words.ts';
import { changeCalendar } from '../calendars/settings.ts';
import { commit } from '../commit.ts';
import { notFound } from '../errors.ts';
import { syncNow } from '../health/health.ts';
import type { Phrase } from '../phrase.ts';
import { at, form, mayChange, type Page, type View } from './panel.ts';
import { roleOfAccess } from './panel-calendars.ts';
import { healthWords } from './panel-home.ts';
import { clock, type Html, html, inWords } from './panel-html.ts';
import { linksSection } from './panel-links.ts';
import { button, empty, section } from './panel-parts.ts';
import { settingsSection } from './panel-settings.ts';
import { type CalendarState, readCalendar } from './panel-state.ts';

const phrases = {
  health: { en: 'How it does', nb: 'Hvordan den har det' },
  sync: { en: 'Sync now', nb: 'Synkroniser nå' },
  syncing: {
    en: 'It is read as soon as may be: load this page again in a few seconds.',
    nb: 'Den leses så snart som mulig: last siden på nytt om noen sekunder.',
  },
  account: { en: 'Seen by', nb: 'Ses av' },
  access: { en: 'Access', nb: 'Tilgang' },
  zone: { en: 'Time zone', nb: 'Tidssone' },
  limits: { en: 'What will not work', nb: 'Hva som ikke virker' },
  rules: { en: 'Rules', nb: 'Regler' },
  noRules: {
    en: 'No rules. What decides is: {words}',
    nb: 'Ingen regler. Det som avgjør, er: {words}',
  },
  otherwise: { en: 'Otherwise: {words}', nb: 'Ellers: {words}' },
  undecided: { en: 'Events that wait for an answer', nb: 'Hendelser som venter på svar' },
  noneUndecided: {
    en: 'None in the next 14 days.',
    nb: 'Ingen de neste 14 dagene.',
  },
  untitled: { en: 'An event', nb: 'En hendelse' },
  series: { en: 'a series, {count} in the next 14 days', nb: 'en serie, {count} de neste 14 dagene' },
  toCalendar: { en: 'Open that day in Google Calendar', nb: 'Åpne dagen i Google Kalender' },
  runs: { en: 'Set Free in bulk', nb: 'Satt til «Ledig» samlet' },
  noRuns: {
    en: 'Events of this calendar were never set Free in bulk.',
    nb: 'Hendelser i denne kalenderen er aldri satt til «Ledig» samlet.',
  },
  fix: { en: 'Set Free: {done} of {total} events', nb: 'Satt til «Ledig»: {done} av {total} hendelser' },
  undo: { en: 'Put back: {done} of {total} events', nb: 'Satt tilbake: {done} av {total} hendelser' },
  failed: { en: '{count} were refused by Google', nb: '{count} ble avvist av Google' },
  running: { en: 'under way', nb: 'pågår' },
  done: { en: 'done', nb: 'ferdig' },
  undone: { en: 'undone', nb: 'angret' },
  undoAll: { en: 'Undo all', nb: 'Angre alt' },
  undoing: {
    en: 'It is being undone: {count} events are put back as they were.',
    nb: 'Det angres: {count} hendelser settes tilbake slik de var.',
  },
  leave: { en: 'Stop following this calendar', nb: 'Slutt å følge denne kalenderen' },
} satisfies Record<string, Phrase>;

export async function calendarPage(view: View, id: string): Promise<Page> {
  const t = inWords(phrases, view.locale);
  const state = await readCalendar(view, id);
  const { calendar } = state;
  const parts = [
    section(t('health'), healthCard(view, state)),
    await linksSection(view, state),
    settingsSection(view, state),
    section(t('rules'), await rulesList(view, state), 'rules'),
    section(t('undecided'), await undecidedList(view, state), 'undecided'),
    section(t('runs'), await runsList(view, id), 'runs'),
  ];
  const leave =
    mayChange(view) &&
    html`<section><a href="${at(view, `/calendars/${id}/leave`)}">${t('leave')}</a></section>`;
  return { title: calendar.name, body: html`${parts}${leave}` };
}

function healthCard(view: View, { calendar, account, health }: CalendarState): Html {
  const t = inWords(phrases, view.locale);
  const limits =
    calendar.limits.length > 0 &&
    html`<dt>${t('limits')}</dt><dd>${calendar.limits.map((words) => html`<p>${words}</p>`)}</dd>`;
  return html`<div class="card">${healthWords(view, health)}
<dl><dt>${t('account')}</dt><dd>${account}</dd><dt>${t('access')}</dt><dd>${roleOfAccess(calendar.accessRole, view)}</dd><dt>${t('zone')}</dt><dd>${calendar.zone}</dd>${limits}</dl>
<div class="row">${form(view, `/calendars/${calendar.id}/sync`, button(t('sync')))}</div></div>`;
}

/** The rules in words, in order; and what holds for what no rule speaks of. */
async function rulesList(view: View, { calendar }: CalendarState): Promise<Html> {
  const t = inWords(phrases, view.locale);
  const { context, staffer, locale } = view;
  const judge = await readJudge(context.db, staffer.business.id, calendar.id);
  const { undecided } = judge.settings;
  const preset = { code: undecided === 'ask' ? 'ask' : 'default' } as const;
  const whys = [...judge.rules.map(({ id }) => ({ code: 'rule' as const, id })), preset];
  const reader = { locale, zone: staffer.business.zone };
  const say = await readWords(context.db, judge, whys, reader);
  const words = whys.map((why) => say(why).words);
  const last = words.pop() ?? '';
  if (words.length === 0) return html`<p>${t('noRules', { words: last })}</p>`;
  return html`<div class="card"><ul class="figures">${words.map((one) => html`<li>${one}</li>`)}</ul><p class="note">${t('otherwise', { words: last })}</p></div>`;
}

async function undecidedList(view: View, { calendar }: CalendarState): Promise<Html> {
  const t = inWords(phrases, view.locale);
  const { context, staffer, locale } = view;
  const now = context.now();
  const { items } = await listUndecided(context.db, staffer.business.id, now);
  const waiting = items.filter(({ calendarId }) => calendarId === calendar.id);
  if (waiting.length === 0) return html`<p class="note">${t('noneUndecided')}</p>`;
  const say = await inTheirWords(view, calendar.id);
  const lines = waiting.map(({ first, title, recurring, count, why }) => {
    const start = Date.parse(first.start);
    const day = localDate(calendar.zone, start).replaceAll('-', '/');
    const more = recurring && count > 1 ? ` · ${t('series', { count })}` : '';
    return html`<li><strong>${title ?? t('untitled')}</strong><p>${clock({ locale, zone: calendar.zone, now }, start)}${more}</p><p>${say(why as Why)}</p>
<p><a href="https://calendar.google.com/calendar/r/day/${day}" rel="noreferrer">${t('toCalendar')}</a></p></li>`;
  });
  return html`<ul class="list">${lines}</ul>`;
}

/** Why an event waits, for who looks: what is kept with it is in the business's language. */
async function inTheirWords({ context, staffer, locale }: View, calendarId: string) {
  const { id: businessId, zone } = staffer.business;
  const judge = await readJudge(context.db, businessId, calendarId);
  const say = await readWords(context.db, judge, [], { locale, zone });
  return (why: Why) => say(why).words;
}

async function runsList(view: View, calendarId: string): Promise<Html> {
  const t = inWords(phrases, view.locale);
  const { context, staffer } = view;
  const of = { businessId: staffer.business.id, calendarId };
  const { items } = await listRuns(context.db, of, { limit: 20 });
  if (items.length === 0) return empty(t('noRuns'));
  return html`<ul class="list">${items.map((run) => runLine(view, run))}</ul>`;
}

function runLine(view: View, { id, kind, done, total, failed, state, at: when }: RunShape): Html {
  const t = inWords(phrases, view.locale);
  const { context, staffer, locale } = view;
  const time = clock({ locale, zone: staffer.business.zone, now: context.now() }, when);
  const stands = state === 'dry' ? '' : ` · ${t(state)}`;
  const trouble = failed > 0 ? ` · ${t('failed', { count: failed })}` : '';
  const undo =
    mayChange(view) &&
    kind === 'fix' &&
    total > 0 &&
    state !== 'undone' &&
    form(view, `/runs/${id}/undo`, button(t('undoAll')));
  return html`<li><strong>${t(kind, { done, total })}</strong><p>${time}${stands}${trouble}</p>${undo}</li>`;
}

/** It is read as soon as may be. @returns what to say */
export async function syncCalendar(view: View, id: string): Promise<string> {
  const { context, staffer, locale } = view;
  await readCalendar(view, id);
  await commit(context, (tx) => syncNow(tx, { businessId: staffer.business.id, id }));
  return inWords(phrases, locale)('syncing');
}

/** Where the button stood. */
export const Sync = z.strictObject({ on: z.enum(['health']).optional() });

/** All that the run set Free is to be as it was. @returns its calendar, and what to say */
export async function undoAll(view: View, runId: string): Promise<{ calendarId: string; words: string }> {
  const { context, staffer, locale } = view;
  const { businessId, actor } = staffer.caller;
  const { calendarId, kind } = await readRun(context.db, businessId, runId);
  if (kind !== 'fix') throw notFound('run');
  const { total } = await commit(context, (tx) =>
    undoRun(tx, { businessId, actor, now: context.now() }, runId),
  );
  return { calendarId, words: inWords(phrases, locale)('undoing', { count: total }) };
}

const { undecided, allDay, tentative, unanswered, outOfOffice, focusTime, adopt } = CalendarSettings.shape;
/** As the form sends them: a box that is not ticked is not there, and figures are texts. */
export const Settings = z.strictObject({
  undecided,
  allDay,
  tentative,
  unanswered,
  outOfOffice,
  focusTime,
  adopt,
  autoFix: z
    .literal('on')
    .optional()
    .transform((ticked) => ticked === 'on'),
  delayMinutes: z.string().trim().regex(/^\d+$/).transform(Number).pipe(CalendarSettings.shape.delayMinutes),
});

export async function saveSettings(
  view: View,
  id: string,
  settings: z.output<typeof Settings>,
): Promise<void> {
  const { context, staffer } = view;
  await commit(context, (tx) => changeCalendar(tx, { businessId: staffer.business.id, id }, { settings }));
}
