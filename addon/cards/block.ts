// The card of an event that is no booking: whom it blocks and why, and every way to say otherwise, the shortest first.
import type { Share } from '../../shared/decide.ts';
import { act } from '../act.ts';
import { type BlockWords, blockWords, takeWords } from '../block-words.ts';
import type { Data, Env } from '../env.ts';
import { span } from '../when.ts';
import { fill } from '../words.ts';
import { hitRows } from './hits.ts';
import { button, buttons, folded, frame, MOST, paragraph, row, section } from './widgets.ts';

type Block = Data<'block'>;
type Widget = GoogleAppsScript.Card.Widget;

/** Why the card was made without the server: it cannot be reached, or has not read this event yet. */
export type Away = 'away' | 'unread';

interface Drawing {
  data: Block;
  env: Env;
  t: BlockWords;
  away: Away | null;
}

/** Fields of the form; check boxes are cut into several of these. */
export const SCOPE = 'scope';
export const GOOGLE = 'google';
export const RESOURCES = 'resources';
/** Check boxes in one widget. */
const BOXES = 50;
/** Resources that have a button of their own. */
const QUICK = 6;

/** @param away made by the add-on from the event itself */
export function blockCard(data: Block, env: Env, away: Away | null = null): GoogleAppsScript.Card.Card {
  const t = blockWords(env.locale);
  const drawing: Drawing = { data, env, t, away };
  const card = frame(t.title, `${span(env, data.calendar.zone, data)} · ${data.calendar.name}`);
  card.addSection(section(undefined, status(drawing)));
  // Before the buttons: they do less where the calendar may not be written.
  if (data.limits.length > 0) card.addSection(section(t.limits, data.limits.map(paragraph)));
  if (data.proposed) card.addSection(section(t.proposed, proposal(drawing)));
  if (data.collisions.length > 0) card.addSection(inTheWay(drawing));
  if (data.mayDecide && data.resources.length > 0) {
    card.addSection(section(t.inOneTap, [data.recurring ? scopes(drawing) : null, quick(drawing)]));
    card.addSection(section(t.choose, choice(drawing)));
  }
  if (data.mayBook && !away)
    card.addSection(
      section(undefined, [
        buttons([
          button(t.makeBooking, act(env, 'new', { body: { event: data.event, walkIn: false }, way: 'push' })),
        ]),
      ]),
    );
  return card.build();
}

function status({ data, env, t, away }: Drawing): (Widget | null)[] {
  const shown = data.takes.map((take) => takeWords(take, placesOf(data, take.resourceId), t));
  const whom = shown.slice(0, MOST).join(', ') + (shown.length > MOST ? ' …' : '');
  const undo = {
    event: t.undo,
    following: t.undoFollowing,
    series: t.undoSeries,
  };
  return [
    away && paragraph(t[away]),
    row({
      top: data.undecided ? `${t.blocks} · ${t.askWhom}` : t.blocks,
      text: whom || t.nobodyNow,
      below: data.words,
    }),
    row({
      top: t.inGoogle,
      text: data.freed ? t.freedByUs : data.free ? t.showsFree : t.showsBusy,
      below: data.keepsBusy,
    }),
    data.pending ? row({ top: t.pending, text: data.pending }) : null,
    data.undo && data.mayDecide
      ? buttons([
          button(undo[data.undo], act(env, 'undo', { body: { event: data.event, scope: data.undo } })),
        ])
      : null,
  ];
}

function proposal({ data, env, t }: Drawing): (Widget | null)[] {
  const { proposed, event, mayDecide } = data;
  if (!proposed) return [];
  const answer = (accept: boolean) =>
    act(env, 'proposed', { body: { event, decisionId: proposed.id, accept } });
  return [
    paragraph(proposed.words),
    mayDecide ? buttons([button(t.accept, answer(true), true), button(t.turnDown, answer(false))]) : null,
  ];
}

function inTheWay({ data, env, t }: Drawing) {
  const { collisions: hits, moreCollisions: more = 0, calendar } = data;
  const rows = hitRows(env, t, { hits, more, zone: calendar.zone });
  return folded(fill(t.inTheWay, { count: hits.length + more }), rows, 4);
}

function scopes({ data, env, t, away }: Drawing): Widget {
  const input = CardService.newSelectionInput()
    .setType(CardService.SelectionInputType.RADIO_BUTTON)
    .setFieldName(SCOPE)
    .setTitle(t.holdsFor);
  const chosen = env.inputs.text(SCOPE) ?? data.decision?.scope ?? 'event';
  const last = away && chosen === 'following' ? 'event' : chosen;
  input.addItem(t.thisOne, 'event', last === 'event');
  // Where it holds from cannot be written into an event: it is a row of the server's.
  if (!away) input.addItem(t.following, 'following', last === 'following');
  return input.addItem(t.series, 'series', last === 'series');
}

/** One tap each: what takes nobody besides is done at once, and can be undone; what does shows its cost first. */
function quick({ data, env, t, away }: Drawing): Widget | null {
  const { resources, mine = [] } = data;
  const own = mine.length === 1 ? mine[0] : undefined;
  const rank = ({ id }: { id: string }) => (id === own ? 0 : takes(data, id) ? 1 : 2);
  const one = [...resources].sort((a, b) => rank(a) - rank(b)).slice(0, QUICK);
  const wish = (shares: Part[], free: object = {}) => {
    // The server counts what a decision costs: without it, what is asked for is done.
    const costs = !away && shares.some(({ resourceId }) => !takes(data, resourceId));
    const body = {
      event: data.event,
      shares,
      ...(costs ? { dryRun: true } : away || !data.recurring ? { sure: true } : {}),
      ...free,
    };
    return act(env, 'decide', { body });
  };
  const whole = resources.map(({ id }) => shareOf(data, id, true));
  return buttons([
    ...one.map(({ id, name }) => {
      if (resources.length < 2 || isSo(data, [id])) return null;
      return button(id === own ? t.onlyMe : fill(t.only, { name }), wish([shareOf(data, id)]), id === own);
    }),
    isSo(
      data,
      resources.map(({ id }) => id),
    )
      ? null
      : button(t.everybody, wish(whole, { free: false })),
    isSo(data, []) ? null : button(t.nobody, wish([])),
  ]);
}

function choice(drawing: Drawing): (Widget | null)[] {
  const { data, env, t, away } = drawing;
  // Of one alone there is nothing to choose but what Google shows.
  if (data.resources.length < 2) return [google(drawing)];
  const body = {
    event: data.event,
    resources: data.resources.map(({ id }) => id),
    takes: data.takes.map(({ resourceId }) => shareOf(data, resourceId)),
    taken: takenIn(data),
    ...(away && { sure: true }),
  };
  return [
    ...boxes(drawing),
    google(drawing),
    buttons([
      button(t.blockChosen, act(env, 'decide', { body }), true),
      away ? null : button(t.seeCost, act(env, 'decide', { body: { ...body, dryRun: true }, way: 'push' })),
    ]),
  ];
}

function boxes({ data, t }: Drawing): Widget[] {
  const widgets: Widget[] = [];
  for (let from = 0; from < data.resources.length; from += BOXES) {
    const field = RESOURCES + widgets.length;
    const input = CardService.newSelectionInput()
      .setType(CardService.SelectionInputType.CHECK_BOX)
      .setFieldName(field)
      .setTitle(from === 0 ? t.chooseWhom : t.chooseMore);
    for (const { id, name, means } of data.resources.slice(from, from + BOXES))
      input.addItem(means === 'open' ? fill(t.opens, { name }) : name, id, takes(data, id));
    widgets.push(input);
  }
  return widgets;
}

/** What each choice means stands beside it. Nothing to choose where Google will not, or a person has it Free already. */
function google({ data, env, t }: Drawing): Widget | null {
  if (data.keepsBusy !== null || (data.free && !data.freed)) return null;
  const keeps = data.decision !== null && !data.freed;
  const chosen = env.inputs.text(GOOGLE) ?? (keeps ? 'busy' : 'free');
  return CardService.newSelectionInput()
    .setType(CardService.SelectionInputType.RADIO_BUTTON)
    .setFieldName(GOOGLE)
    .setTitle(t.google)
    .addItem(t.setFree, 'free', chosen === 'free')
    .addItem(t.keepBusy, 'busy', chosen === 'busy');
}

const takes = (data: Block, id: string): boolean => data.takes.some(({ resourceId }) => resourceId === id);
const takenIn = (data: Block): string[] => data.takes.map(({ resourceId }) => resourceId);
const placesOf = (data: Block, id: string): number =>
  data.resources.find((resource) => resource.id === id)?.places ?? 1;

/** A share with what is usual left out: a card of hundreds of resources would be long otherwise. */
type Part = Partial<Share> & { resourceId: string };

/** As it is taken now, if it is: minutes before and places stay as somebody chose them. */
function shareOf(data: Block, resourceId: string, whole = false): Part {
  const now = whole ? undefined : data.takes.find((take) => take.resourceId === resourceId);
  const usual = data.resources.find(({ id }) => id === resourceId)?.means;
  if (!now) return { resourceId };
  return {
    resourceId,
    ...(now.places !== null && { places: now.places }),
    ...(now.startShift !== 0 && { startShift: now.startShift }),
    ...(now.endShift !== 0 && { endShift: now.endShift }),
    ...(now.means !== usual && { means: now.means }),
  };
}

/** Whether a person has said just that. */
function isSo({ decision, takes: now }: Block, ids: readonly string[]): boolean {
  return decision !== null && now.length === ids.length && now.every((take) => ids.includes(take.resourceId));
}
