// The day: bookings to come, what waits for an answer, whom events block, how the calendars stand.
import { act } from '../act.ts';
import type { Data, Env } from '../env.ts';
import { dayWords, hours, span, zoneNote } from '../when.ts';
import { fill } from '../words.ts';
import { lineRow, lineText } from './line.ts';
import * as w from './widgets.ts';

type Home = Data<'home'>;
type Section = GoogleAppsScript.Card.CardSection;

export function homeCard(data: Home, env: Env): GoogleAppsScript.Card.Card {
  const card = w.frame(data.business.name, data.person.name);
  const sections = [
    top(data, env),
    requests(data, env),
    pending(data, env),
    undecided(data, env),
    ...days(data, env),
    elsewhere(data, env),
  ];
  for (const section of sections) if (section) card.addSection(section);
  card.addCardAction(
    CardService.newCardAction()
      .setText(env.t.refresh)
      .setOnClickAction(act(env, 'home', { way: 'update' })),
  );
  return card.build();
}

function top({ health, collisions, mayBook, business, days }: Home, env: Env): Section {
  const { t } = env;
  const zone = zoneNote(
    env,
    business.zone,
    days.map(({ date }) => date),
  );
  const wanted = mayBook
    ? [
        w.button(t.newBooking, act(env, 'new', { body: { walkIn: false }, way: 'push' }), true),
        w.button(t.walkIn, act(env, 'new', { body: { walkIn: true }, way: 'push' })),
      ]
    : [];
  return w.section(undefined, [
    w.healthRow(env, health),
    collisions > 0
      ? w.row({
          icon: { name: 'event_busy', alt: t.amber },
          text: collisions === 1 ? t.collidingOne : fill(t.colliding, { count: collisions }),
          button: w.panelButton(env, t.open, 'home'),
        })
      : null,
    w.buttons([...wanted, w.button(t.freeNow, act(env, 'free-now', { way: 'push' }))]),
    zone ? w.paragraph(zone) : null,
  ]);
}

function requests({ requests }: Home, env: Env): Section | null {
  if (requests.length === 0) return null;
  const admit = (requestId: string, letIn: boolean) =>
    act(env, 'admit', { body: { requestId, admit: letIn } });
  return w.section(
    env.t.asksToJoin,
    requests
      .slice(0, w.MOST)
      .flatMap(({ id, name, email }) => [
        w.row({ text: name || email, below: name ? email : null }),
        w.buttons([w.button(env.t.letIn, admit(id, true), true), w.button(env.t.notNow, admit(id, false))]),
      ]),
  );
}

function pending({ pending, business }: Home, env: Env): Section | null {
  if (pending.count === 0) return null;
  const { t } = env;
  const shown = pending.items.slice(0, w.MOST);
  const each = shown.flatMap((line) => [
    lineRow(line, env, { when: span(env, business.zone, line), status: false }),
    w.buttons([
      w.button(
        t.approve,
        act(env, 'do', {
          body: { bookingId: line.id, do: { act: 'approve', revision: line.revision }, show: 'home' },
        }),
        true,
      ),
      w.button(
        t.decline,
        act(env, 'step', {
          body: {
            act: 'decline',
            bookingId: line.id,
            revision: line.revision,
            words: `${span(env, business.zone, line)}, ${lineText(line, env)}`,
            show: 'home',
          },
          way: 'push',
        }),
      ),
    ]),
  ]);
  return w.section(fill(t.waiting, { count: pending.count }), [
    ...each,
    more(env, pending.count - shown.length),
  ]);
}

function undecided({ undecided }: Home, env: Env): Section | null {
  if (undecided.count === 0) return null;
  const shown = undecided.items.slice(0, w.MOST);
  const each = shown.flatMap((item, n) => [
    w.row({
      top: w.short(`${span(env, item.zone, item)} · ${item.calendar}`),
      text: item.title ?? env.t.untitled,
      below: item.recurring ? `${item.words} (${fill(env.t.repeats, { count: item.count })})` : item.words,
    }),
    ...oneTap(item, n, env),
  ]);
  return w.section(fill(env.t.whomBlocked, { count: undecided.count }), [
    ...each,
    more(env, undecided.count - shown.length),
  ]);
}

/** More resources than these would bury the rest of the card: the others are in a list below. */
const ONE_TAP = 6;

function oneTap(item: Home['undecided']['items'][number], n: number, env: Env) {
  const { t } = env;
  const { calendarId, eventId, original, resources } = item;
  const answer = (whom: unknown) =>
    act(env, 'answer', { body: { calendarId, eventId, original, ...(whom ? { whom } : {}) } });
  const rest = resources.slice(ONE_TAP);
  return [
    w.buttons([
      w.button(t.everybody, answer('everybody')),
      w.button(t.nobody, answer('nobody')),
      ...resources.slice(0, ONE_TAP).map(({ id, name }) => w.button(name, answer([id]))),
    ]),
    rest.length > 0
      ? w.dropDown({
          name: `whom${n}`,
          title: t.somebodyElse,
          items: [{ text: t.choose, value: '' }, ...rest.map(({ id, name }) => ({ text: name, value: id }))],
          chosen: '',
          onChange: act(env, 'answer', { body: { calendarId, eventId, original, field: `whom${n}` } }),
        })
      : null,
  ];
}

function days({ days, business }: Home, env: Env): Section[] {
  return days.map(({ date, bookings, more: hidden }) => {
    const shown = bookings.slice(0, 2 * w.MOST);
    const rows = shown.map((line) =>
      lineRow(line, env, { when: hours(business.zone, line), status: line.status !== 'confirmed' }),
    );
    const none = rows.length === 0 ? w.paragraph(env.t.nothingThatDay) : null;
    return w.section(dayWords(env, business.zone, date), [
      none,
      ...rows,
      more(env, hidden + bookings.length - shown.length),
    ]);
  });
}

function elsewhere({ businesses }: Home, env: Env): Section {
  return w.section(undefined, [
    w.buttons([
      w.panelButton(env, env.t.controlPanel, 'home'),
      businesses > 1 ? w.button(env.t.otherBusiness, act(env, 'choose')) : null,
    ]),
  ]);
}

const more = (env: Env, count: number) =>
  count > 0 ? w.buttons([w.panelButton(env, fill(env.t.moreInPanel, { count }), 'home')]) : null;
