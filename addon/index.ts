// The only names that Google calls. Each ends in a card or a notice, whatever happens: never in a blank panel.
import { carriedIn } from './act.ts';
import {
  doAct,
  leaveBusiness,
  ofEvent,
  type Response,
  showEvent,
  showHome,
  showSettings,
} from './actions.ts';
import { Failure, panel } from './backend.ts';
import { CalendarTrouble } from './calendar.ts';
import { problemCard } from './cards/problem.ts';
import { unsavedCard } from './cards/unsaved.ts';
import { type Env, envOf } from './env.ts';
import type { Told } from './event.ts';
import type { Done } from './offline.ts';
import { calendarUpdated, type Fired } from './triggers.ts';

type Card = GoogleAppsScript.Card.Card;

/** The homepage. */
export function onHome(told: Told): Card {
  const env = envOf(told);
  return shown({ ...env, root: 'home' }, showHome);
}

/** An event is opened; one that is being made has no id yet. */
export function onEventOpen(told: Told): Card {
  const env = envOf(told);
  return env.event ? shown(env, showEvent) : unsavedCard(env);
}

/** "Settings" in the panel's menu. */
export function onSettings(told: Told): GoogleAppsScript.Card.UniversalActionResponse {
  const card = shown(envOf(told), showSettings);
  return CardService.newUniversalActionResponseBuilder().displayAddOnCards([card]).build();
}

/** "Control panel" in the panel's menu. */
export function onPanel(told: Told): GoogleAppsScript.Card.UniversalActionResponse {
  const env = envOf(told);
  const response = CardService.newUniversalActionResponseBuilder();
  try {
    return response.setOpenLink(opening(panel(env, { to: 'home', ...ofEvent(env) }))).build();
  } catch (error) {
    // Whoever is in no business, or has to choose, is shown that.
    const none = error instanceof Failure && error.code === 'no_access';
    const card = none ? shown({ ...env, root: 'home' }, showHome) : problemOf(env, error);
    return response.displayAddOnCards([card]).build();
  }
}

/** Every button and every field that is listened to: the parameter `do` says which. */
export function onAct(told: Told): GoogleAppsScript.Card.ActionResponse {
  const env = envOf(told);
  try {
    const carried = carriedIn(told.commonEventObject?.parameters ?? {});
    return responseOf(doAct({ ...env, on: carried.on }, carried));
  } catch (error) {
    // What was typed stays: a notice says what is wrong with it, or that it was not heard.
    if (error instanceof Failure && error.code === 'refused') return responseOf({ notice: error.message });
    if (error instanceof Failure && error.code === 'down') return responseOf({ notice: env.t.downAct });
    return responseOf({ card: problemOf(env, error), way: 'update' });
  }
}

/** The calendar that a person has watched changed; only ever called in a build that may make such triggers. */
export function onCalendarUpdated(fired: Fired): void {
  if (SIDEBOOK_TRIGGERS) calendarUpdated(fired);
}

function shown(env: Env, show: (env: Env) => Done): Card {
  try {
    return show(env).card;
  } catch (error) {
    return problemOf(env, error);
  }
}

function problemOf(env: Env, error: unknown): Card {
  const { t } = env;
  if (!(error instanceof Failure)) console.error('%s', error instanceof Error ? error.stack : error);
  const known = error instanceof Failure;
  const code = known
    ? error.code
    : error instanceof CalendarTrouble && error.trouble === 'scope'
      ? 'scope_refused'
      : 'refused';
  const words = known ? error.message : code === 'scope_refused' ? t.scopeWords : t.crashWords;
  const next = known ? error.next : code === 'scope_refused' ? t.scopeNext : t.crashNext;
  const from = code === 'wrong_account' ? leaveBusiness(env) : env;
  return problemCard({ card: 'problem', code, words, next, to: null }, { ...from, on: 'problem' });
}

function responseOf({ card, way, notice, link }: Response): GoogleAppsScript.Card.ActionResponse {
  const response = CardService.newActionResponseBuilder();
  const navigation = CardService.newNavigation();
  if (way === 'pop') response.setNavigation(navigation.popCard());
  else if (card && way === 'push') response.setNavigation(navigation.pushCard(card));
  else if (card && way === 'back') response.setNavigation(navigation.popCard().updateCard(card));
  else if (card && way === 'root') response.setNavigation(navigation.popToRoot().updateCard(card));
  else if (card) response.setNavigation(navigation.updateCard(card));
  if (notice) response.setNotification(CardService.newNotification().setText(notice));
  if (link) response.setOpenLink(opening(link));
  return response.build();
}

const opening = (url: string) =>
  CardService.newOpenLink()
    .setUrl(url)
    .setOpenAs(CardService.OpenAs.FULL_SIZE)
    .setOnClose(CardService.OnClose.RELOAD_ADD_ON);
