// What a calendar makes of its events, as a form in words.

import { CalendarSettings } from '../../shared/calendar-api.ts';
import type { Phrase } from '../phrase.ts';
import { form, mayChange, type View } from './panel.ts';
import { type Html, html, inWords } from './panel-html.ts';
import { button, choice, field, section } from './panel-parts.ts';
import type { CalendarState } from './panel-state.ts';

const phrases = {
  title: { en: 'What its events do', nb: 'Hva hendelsene gjør' },
  undecided: {
    en: 'Events that no rule or decision speaks of block',
    nb: 'Hendelser som ingen regel eller beslutning gjelder, blokkerer',
  },
  everybody: { en: 'everybody who is linked', nb: 'alle som er koblet til' },
  nobody: { en: 'nobody', nb: 'ingen' },
  creator: { en: 'whoever made the event', nb: 'den som laget hendelsen' },
  ask: { en: 'everybody, until somebody answers', nb: 'alle, til noen svarer' },
  autoFix: {
    en: 'Set new events Free in Google when they block not everybody',
    nb: 'Sett nye hendelser til «Ledig» i Google når de ikke blokkerer alle',
  },
  autoFixHint: {
    en: 'Every other system that reads the calendar then agrees. It can be undone, one or all.',
    nb: 'Da er alle andre systemer som leser kalenderen, enige. Det kan angres, én eller alle.',
  },
  adopt: {
    en: 'Decisions that are found in events and not known here',
    nb: 'Beslutninger som finnes i hendelser og ikke er kjent her',
  },
  adoptAdopt: { en: 'are taken over', nb: 'overtas' },
  adoptAsk: { en: 'are asked about first', nb: 'spørres det om først' },
  delayMinutes: { en: 'Read at most every so many minutes', nb: 'Les høyst hvert så mange minutter' },
  delayHint: {
    en: '0: as soon as Google tells of a change. 1440 is a day.',
    nb: '0: så snart Google melder om en endring. 1440 er et døgn.',
  },
  more: { en: 'Kinds of events', nb: 'Typer hendelser' },
  allDay: { en: 'All-day events block', nb: 'Heldagshendelser blokkerer' },
  busy: { en: 'if they are Busy', nb: 'hvis de er «Opptatt»' },
  always: { en: 'also if they are Free', nb: 'også hvis de er «Ledig»' },
  never: { en: 'never', nb: 'aldri' },
  tentative: { en: 'Tentative events', nb: 'Foreløpige hendelser' },
  unanswered: { en: 'Invitations without an answer', nb: 'Ubesvarte invitasjoner' },
  outOfOffice: { en: 'Out of office', nb: 'Ikke på jobb' },
  focusTime: { en: 'Focus time', nb: 'Fokustid' },
  block: { en: 'block, as others do', nb: 'blokkerer, som andre' },
  ignore: { en: 'block nobody', nb: 'blokkerer ingen' },
  save: { en: 'Save', nb: 'Lagre' },
  saved: {
    en: 'Saved: the calendar is read again by it.',
    nb: 'Lagret: kalenderen leses på nytt etter dette.',
  },
} satisfies Record<string, Phrase>;

export const savedSettings = (view: View): string => inWords(phrases, view.locale)('saved');

const kinds = ['tentative', 'unanswered', 'outOfOffice', 'focusTime'] as const;

export function settingsSection(view: View, { calendar }: CalendarState): Html {
  const t = inWords(phrases, view.locale);
  const { settings } = calendar;
  const { undecided, adopt, allDay } = CalendarSettings.shape;
  const words = (options: readonly (keyof typeof phrases)[]) => options.map((key) => [key, t(key)] as const);
  if (!mayChange(view))
    return section(
      t('title'),
      html`<p>${t('undecided')} <strong>${t(settings.undecided)}</strong>.</p>`,
      'settings',
    );
  const adopting = adopt.options.map((key) => [key, t(key === 'ask' ? 'adoptAsk' : 'adoptAdopt')] as const);
  const ofKind = kinds.map((name) =>
    choice(view, { name, label: t(name), options: words(['block', 'ignore']), value: settings[name] }),
  );
  const fields = html`${choice(view, { name: 'undecided', label: t('undecided'), options: words(undecided.options), value: settings.undecided })}
<ul class="ticks"><li><label><input type="checkbox" name="autoFix"${settings.autoFix && html` checked`}><span>${t('autoFix')}<small>${t('autoFixHint')}</small></span></label></li></ul>
${choice(view, { name: 'adopt', label: t('adopt'), options: adopting, value: settings.adopt })}
${field(view, { name: 'delayMinutes', label: t('delayMinutes'), hint: t('delayHint'), type: 'number', value: settings.delayMinutes, required: true })}
<details><summary>${t('more')}</summary>${choice(view, { name: 'allDay', label: t('allDay'), options: words(allDay.options), value: settings.allDay })}${ofKind}</details>
<div class="row">${button(t('save'), 'main')}</div>`;
  return section(
    t('title'),
    html`<div class="card">${form(view, `/calendars/${calendar.id}/settings`, fields)}</div>`,
    'settings',
  );
}
