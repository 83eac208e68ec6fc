// Draws the days: headings, the all-day row, and a column of hours for each day.
import { makeDraggable } from './drag.js';
import { locale, t } from './words.js';

const HOUR = 48;
const DAY = 24 * 60;
/** Pixels of a line in an event. */
const LINE = 15;

const element = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};

const minutesOf = (wall) => Number(wall.slice(11, 13)) * 60 + Number(wall.slice(14, 16));
const dayNumber = (wall) => Date.parse(`${wall.slice(0, 10)}T00:00:00Z`) / 86_400_000;
const length = ({ start, end }) =>
  (dayNumber(end) - dayNumber(start)) * DAY + minutesOf(end) - minutesOf(start);
const clock = (minutes) =>
  `${String(Math.floor(minutes / 60) % 24).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

/** Redraws everything, keeping the scroll position and the focused event. */
export function draw(root, week, does) {
  const acts = { ...does, open: week.open };
  const scrolled = root.querySelector('.scroll')?.scrollTop;
  const focused = document.activeElement?.dataset.key;
  root.style.setProperty('--days', week.dates.length);
  const long = week.events.filter((event) => event.allDay || length(event) >= DAY);
  const short = week.events.filter((event) => !long.includes(event));
  const scroll = element('div', 'scroll');
  const columns = element('div', 'columns');
  columns.append(hours(), ...week.dates.map((date) => column(date, week, short, acts)));
  scroll.append(columns);
  root.replaceChildren(heads(week), allDayRow(week, long, acts), scroll);
  scroll.scrollTop = scrolled ?? 7 * HOUR - 12;
  if (focused) root.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

const monthOf = (date) =>
  new Date(`${date}T00:00:00Z`).toLocaleDateString(locale, { month: 'short', timeZone: 'UTC' });

function heads({ dates, now }) {
  const row = element('div', 'heads');
  row.append(element('span', 'corner', monthOf(dates[0])));
  for (const date of dates) {
    const day = new Date(`${date}T00:00:00Z`);
    const head = element('div', date === now.slice(0, 10) ? 'head today' : 'head');
    head.append(
      element('small', '', day.toLocaleDateString(locale, { weekday: 'short', timeZone: 'UTC' })),
      element('b', '', day.getUTCDate()),
    );
    row.append(head);
  }
  return row;
}

function allDayRow({ dates }, events, acts) {
  const row = element('div', 'all-day');
  row.append(element('span', 'corner', t('allDayShort')));
  dates.forEach((date, n) => {
    const cell = element('div', 'cell');
    cell.style.gridColumn = n + 2;
    const next = new Date(`${date}T00:00:00Z`);
    next.setUTCDate(next.getUTCDate() + 1);
    const end = `${next.toISOString().slice(0, 10)}T00:00`;
    cell.addEventListener('click', () => acts.create({ start: `${date}T00:00`, end, allDay: true }));
    row.append(cell);
  });
  const first = dayNumber(dates[0]);
  const lanes = [];
  for (const event of events) {
    const from = Math.max(0, dayNumber(event.start) - first);
    const until = dayNumber(event.end) - first + (minutesOf(event.end) > 0 ? 1 : 0);
    const to = Math.min(dates.length, Math.max(until, from + 1));
    let lane = lanes.findIndex((taken) => taken <= from);
    if (lane < 0) lane = lanes.length;
    lanes[lane] = to;
    const chip = chipOf(event, acts);
    chip.style.gridColumn = `${from + 2} / ${to + 2}`;
    chip.style.gridRow = lane + 1;
    row.append(chip);
  }
  row.style.setProperty('--lanes', Math.max(lanes.length, 1));
  return row;
}

function hours() {
  const gutter = element('div', 'hours');
  for (let hour = 1; hour < 24; hour++) {
    const label = element('span', '', clock(hour * 60));
    label.style.top = `${hour * HOUR}px`;
    gutter.append(label);
  }
  return gutter;
}

function column(date, { now }, events, acts) {
  const made = element('div', 'day');
  made.dataset.date = date;
  made.addEventListener('click', (click) => {
    if (click.target !== made) return;
    const start = Math.floor(click.offsetY / (HOUR / 2)) * 30;
    const end = Math.min(start + 60, DAY - 15);
    acts.create({ start: `${date}T${clock(start)}`, end: `${date}T${clock(end)}`, allDay: false });
  });
  const day = dayNumber(date);
  const pieces = events
    .map((event) => {
      const from = (dayNumber(event.start) - day) * DAY + minutesOf(event.start);
      return { event, from: Math.max(from, 0), to: Math.min(from + length(event), DAY) };
    })
    .filter(
      ({ event, from, to }) =>
        dayNumber(event.start) <= day && from < DAY && (to > from || length(event) === 0),
    );
  for (const piece of arrange(pieces)) made.append(blockOf(piece, acts));
  if (date === now.slice(0, 10)) {
    const line = element('div', 'now');
    line.style.top = `${(minutesOf(now) / 60) * HOUR}px`;
    made.append(line);
  }
  return made;
}

/** Side by side where they overlap: each cluster is cut into as many lanes as it needs. */
function arrange(pieces) {
  const ordered = pieces.sort((a, b) => a.from - b.from || b.to - a.to);
  let cluster = [];
  let end = 0;
  const close = () => {
    const lanes = Math.max(0, ...cluster.map(({ lane }) => lane + 1));
    for (const piece of cluster) piece.lanes = lanes;
    cluster = [];
  };
  for (const piece of ordered) {
    if (piece.from >= end) close();
    const taken = new Set(cluster.filter(({ to }) => to > piece.from).map(({ lane }) => lane));
    piece.lane = 0;
    while (taken.has(piece.lane)) piece.lane += 1;
    cluster.push(piece);
    end = Math.max(end, piece.to, piece.from + 15);
  }
  close();
  return ordered;
}

function blockOf({ event, from, to, lane, lanes }, acts) {
  const block = chipOf(event, acts);
  const height = Math.max(((to - from) / 60) * HOUR - 2, 16);
  block.classList.toggle('short', height < 36);
  Object.assign(block.style, {
    top: `${(from / 60) * HOUR}px`,
    height: `${height}px`,
    left: `${(lane / lanes) * 100}%`,
    width: `calc(${100 / lanes}% - 3px)`,
  });
  const said = block.firstElementChild;
  // Whole lines only: no text is cut through.
  said.style.maxHeight = `${Math.max(1, Math.floor((height - 5) / LINE)) * LINE}px`;
  said.append(element('span', 'time', `${event.start.slice(11)} – ${event.end.slice(11)}`));
  if (event.raw.location) said.append(element('span', 'time', event.raw.location));
  if (event.writable) makeDraggable(block, event, { hour: HOUR, move: acts.move });
  return block;
}

function chipOf(event, acts) {
  const chip = element('button', 'event');
  chip.type = 'button';
  chip.dataset.key = `${event.calendar} ${event.id}`;
  chip.style.setProperty('--color', event.color);
  chip.style.setProperty('--ink', inkOn(event.color));
  for (const kind of ['free', 'tentative', 'declined']) chip.classList.toggle(kind, event[kind]);
  chip.classList.toggle('open', chip.dataset.key === acts.open);
  const said = element('span', 'said');
  said.append(element('b', '', event.title));
  chip.append(said);
  const marks = ['free', 'tentative', 'declined'].filter((kind) => event[kind]).map(t);
  const when = event.allDay
    ? event.start.slice(0, 10)
    : `${event.start.replace('T', ' ')} ${t('to')} ${event.end.slice(11)}`;
  chip.setAttribute('aria-label', [event.title, when, ...marks].join(', '));
  chip.title = event.title;
  chip.addEventListener('click', () => acts.select(event));
  chip.addEventListener('dblclick', () => acts.edit(event));
  return chip;
}

/** Black or white, whichever reads better on a colour. */
function inkOn(color) {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  return r * 0.299 + g * 0.587 + b * 0.114 > 150 ? '#1f1f1f' : '#ffffff';
}
