// What a click on an event shows beside it: when, where, in which calendar, and the ways to change it.
import { locale, t } from './words.js';

const GAP = 8;
const narrow = matchMedia('(max-width: 760px)');

const ICONS = {
  edit: 'M4 20h4L19 9l-4-4L4 16v4Zm9-13 4 4',
  delete: 'M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13M10 11v5M14 11v5',
  close: 'M6 6l12 12M18 6L6 18',
};
const svg = (name) =>
  `<svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true"><path d="${ICONS[name]}" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/></svg>`;

const element = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
};

/** `anchor`: the event in the week, undefined if it is not in sight. `acts`: edit, remove (if it may be), close. */
export function showBubble(bubble, { event, calendar, anchor }, acts) {
  const focused = bubble.contains(document.activeElement) ? document.activeElement.className : undefined;
  const bar = element('p', 'bubble-bar');
  const button = (name, act) => {
    const made = element('button', `round ${name}`);
    made.innerHTML = svg(name);
    made.type = 'button';
    made.title = t(name);
    made.setAttribute('aria-label', t(name));
    made.addEventListener('click', act);
    bar.append(made);
  };
  button('edit', acts.edit);
  if (acts.remove) button('delete', acts.remove);
  button('close', acts.close);
  const title = element('h3', '', event.title);
  title.id = 'bubble-title';
  const dot = element('i', 'dot');
  dot.style.background = event.color;
  const head = element('div', 'bubble-head');
  head.append(dot, title);
  bubble.replaceChildren(bar, head, ...linesOf(event, calendar).map((line) => element('p', '', line)));
  bubble.querySelector('p:last-child').className = 'shown-as';
  bubble.hidden = false;
  if (focused) bubble.querySelector(`.${focused.split(' ').at(-1)}`)?.focus({ preventScroll: true });
  place(bubble, anchor);
}

function linesOf(event, calendar) {
  const { raw } = event;
  const guests = (raw.attendees ?? []).map(({ displayName, email }) => displayName ?? email);
  const marks = [
    t(event.free ? 'free' : 'busy'),
    event.tentative && t('tentative'),
    event.declined && t('declined'),
  ];
  return [
    whenOf(event),
    raw.recurringEventId && t('repeats'),
    raw.location,
    guests.join(', '),
    `${calendar.summary} · ${marks.filter(Boolean).join(', ')}`,
  ].filter(Boolean);
}

function whenOf({ start, end, allDay }) {
  const day = (wall) =>
    new Date(`${wall.slice(0, 10)}T00:00:00Z`).toLocaleDateString(locale === 'nb' ? 'nb' : 'en-GB', {
      weekday: 'long',
      day: 'numeric',
      month: 'long',
      timeZone: 'UTC',
    });
  if (!allDay && start.slice(0, 10) === end.slice(0, 10))
    return `${day(start)}, ${start.slice(11)}\u2060–\u2060${end.slice(11)}`;
  if (!allDay) return `${day(start)} ${start.slice(11)} – ${day(end)} ${end.slice(11)}`;
  const last = new Date(Date.parse(`${end.slice(0, 10)}T00:00:00Z`) - 86_400_000).toISOString();
  return last.slice(0, 10) === start.slice(0, 10) ? day(start) : `${day(start)} – ${day(last)}`;
}

/** Beside the event, on the side that has more room; on a phone at the bottom. */
export function place(bubble, anchor) {
  if (narrow.matches || !anchor) {
    bubble.removeAttribute('style');
    bubble.classList.toggle('afloat', !narrow.matches);
    return;
  }
  bubble.classList.remove('afloat');
  const at = anchor.getBoundingClientRect();
  const room = document.getElementById('week').getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = bubble;
  const right = room.right - at.right > at.left - room.left;
  const left = right ? at.right + GAP : at.left - width - GAP;
  const top = Math.min(Math.max(at.top, room.top + GAP), innerHeight - height - 2 * GAP);
  Object.assign(bubble.style, { left: `${Math.max(GAP, left)}px`, top: `${top}px` });
}
