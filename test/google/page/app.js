// The page's state: who looks, at which days, at which calendars; everything else is drawn from it.
import { place, showBubble } from './bubble.js';
import { openEditor } from './editor.js';
import { makePanel } from './panel.js';
import { draw } from './week.js';
import { locale, t, translate } from './words.js';

const byId = (id) => document.getElementById(id);
const address = new URL(location.href);
const hidden = new Set(JSON.parse(localStorage.getItem('hidden') ?? '[]'));
const narrow = matchMedia('(max-width: 760px)');

const view = {
  person: address.searchParams.get('person') ?? byId('person').value,
  from: address.searchParams.get('from') ?? '',
  data: undefined,
  /** The event that is open: its calendar and id; without an id one that is being written. */
  open: undefined,
};

/** Google's eleven event colours by `colorId`. */
const COLORS =
  ' #7986cb #33b679 #8e24aa #e67c73 #f6bf26 #f4511e #039be5 #616161 #3f51b5 #0b8043 #d50000'.split(' ');

const days = () => (narrow.matches ? 3 : 7);
const panel = makePanel(() => view.data && show());

export function addDays(date, count) {
  const day = new Date(`${date}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() + count);
  return day.toISOString().slice(0, 10);
}

/** Calls an act of the control. @returns what it gives, or true; a refusal is shown and gives undefined */
async function act(name, argument) {
  const response = await fetch(`/control/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ person: view.person, ...argument }),
  });
  if (response.ok) {
    const made = response.status === 204 ? true : await response.json();
    await load();
    return made;
  }
  const { error } = await response.json();
  say(error.message);
  await load();
  return undefined;
}

let saying;
function say(text) {
  const notice = byId('notice');
  notice.textContent = text;
  notice.hidden = false;
  clearTimeout(saying);
  saying = setTimeout(() => {
    notice.hidden = true;
  }, 5000);
}

let loading = 0;
async function load() {
  if (!view.person) return;
  loading += 1;
  const mine = loading;
  const query = new URLSearchParams({ person: view.person, from: view.from, days: String(days()) });
  const response = await fetch(`/page/data?${query}`);
  // A later request has been sent: its answer counts.
  if (mine !== loading) return;
  if (!response.ok) {
    say(t('noAccount'));
    return;
  }
  view.data = await response.json();
  if (!view.from && narrow.matches) {
    view.from = view.data.now.slice(0, 10);
    await load();
    return;
  }
  view.from = view.data.from;
  address.searchParams.set('person', view.person);
  address.searchParams.set('from', view.from);
  history.replaceState(undefined, '', address);
  show();
}

/** Loads and draws; without a connection what is shown stays. */
function refresh() {
  load().catch(() => say(t('offline')));
}

/** An event as the page draws it; times are wall time of the person's zone. */
function drawn(event, calendar) {
  const allDay = event.start.date !== undefined;
  const own = event.attendees?.find(({ self }) => self);
  return {
    id: event.id,
    calendar: calendar.id,
    raw: event,
    title: event.summary ?? t(event.visibility === 'private' ? 'busy' : 'untitled'),
    allDay,
    start: allDay ? `${event.start.date}T00:00` : event.start.dateTime.slice(0, 16),
    end: allDay ? `${event.end.date}T00:00` : event.end.dateTime.slice(0, 16),
    color: COLORS[Number(event.colorId ?? 0)] || calendar.color,
    free: event.transparency === 'transparent',
    tentative: event.status === 'tentative' || own?.responseStatus === 'tentative',
    declined: own?.responseStatus === 'declined',
    writable: /^(writer|owner)/.test(calendar.role) && (!event.organizer || event.organizer.self === true),
  };
}

function show() {
  const { data } = view;
  const calendars = data.calendars.filter(({ id }) => !hidden.has(id));
  const events = calendars.flatMap((calendar) => calendar.events.map((event) => drawn(event, calendar)));
  const dates = Array.from({ length: data.days }, (_, n) => addDays(data.from, n));
  byId('title').textContent = titleOf(dates);
  drawCalendars(data.calendars);
  const open = view.open?.id ? keyOf(view.open) : undefined;
  draw(byId('week'), { dates, now: data.now, events, open }, { create: begin, select, edit, move });
  showOpen();
}

const keyOf = ({ calendar, id }) => `${calendar} ${id}`;

const anchorOf = (open) => document.querySelector(`[data-key="${CSS.escape(keyOf(open))}"]`);

/** The open event, as it is now, in its bubble and in the panel; closed, if it is there no more. */
function showOpen() {
  const { data, open, person } = view;
  const calendar = data.calendars.find(({ id }) => id === open?.calendar);
  const raw = calendar?.events.find(({ id }) => id === open?.id);
  if (open?.id && !raw) view.open = undefined;
  byId('bubble').hidden = !raw;
  if (raw) {
    const event = drawn(raw, calendar);
    const anchor = anchorOf(open);
    const remove = event.writable && !raw.recurringEventId && (() => removeOpen(event));
    const acts = { edit: () => edit(event), remove, close: () => closeOpen(anchor) };
    showBubble(byId('bubble'), { event, calendar, anchor }, acts);
    panel.show(person, event);
    panel.changed(raw.etag);
    return;
  }
  panel.show(person, view.open);
  panel.changed(data.calendars.flatMap(({ events }) => events.map(({ etag }) => etag)).join());
}

/** What a click on an event does. */
function select({ calendar, id }) {
  view.open = { calendar, id };
  if (!narrow.matches) panel.open();
  show();
}

function closeOpen(focus) {
  if (!view.open) return;
  view.open = undefined;
  show();
  if (focus?.dataset.key) document.querySelector(`[data-key="${CSS.escape(focus.dataset.key)}"]`)?.focus();
}

async function removeOpen(event) {
  await act('deleteEvent', { calendar: event.calendar, event: event.id });
}

function titleOf(dates) {
  const month = (date) =>
    new Date(`${date}T00:00:00Z`).toLocaleDateString(locale, {
      month: 'long',
      year: 'numeric',
      timeZone: 'UTC',
    });
  const [first, last] = [month(dates[0]), month(dates.at(-1))];
  return first === last ? first : `${first.replace(/ \d+$/, '')} – ${last}`;
}

function drawCalendars(calendars) {
  const rows = calendars.map((calendar) => {
    const label = document.createElement('label');
    const box = document.createElement('input');
    box.type = 'checkbox';
    box.checked = !hidden.has(calendar.id);
    box.style.accentColor = calendar.color;
    box.addEventListener('change', () => {
      hidden[box.checked ? 'delete' : 'add'](calendar.id);
      localStorage.setItem('hidden', JSON.stringify([...hidden]));
      show();
    });
    const role = document.createElement('small');
    role.textContent = calendar.role === 'owner' ? '' : t(calendar.role);
    label.append(box, ` ${calendar.summary} `, role);
    return label;
  });
  byId('calendars').replaceChildren(...rows);
}

function writable() {
  return view.data.calendars.filter(({ role }) => /^(writer|owner)/.test(role));
}

/** A click beside an open event only closes it. */
function begin(slot) {
  if (view.open) closeOpen();
  else create(slot);
}

function create({ start, end, allDay }) {
  const calendars = writable();
  const calendar = (calendars.find(({ id }) => !hidden.has(id)) ?? calendars[0])?.id;
  if (!calendar) {
    say(t('noCalendar'));
    return;
  }
  const { zone } = view.data.person;
  view.open = { calendar, title: t('newEvent') };
  show();
  openEditor(byId('editor'), {
    calendars,
    zone,
    act,
    event: { calendar, start, end, allDay, writable: true },
    // What was written is open from then on.
    onClose: (made) => {
      view.open = made?.id ? { calendar: made.organizer?.email ?? calendar, id: made.id } : undefined;
      show();
    },
  });
}

function edit(event) {
  const { zone } = view.data.person;
  openEditor(byId('editor'), { calendars: writable(), zone, act, event, onClose: () => undefined });
}

/** After a drag: new wall times, the rest as it was. */
function move(event, { start, end }) {
  const { zone } = view.data.person;
  const when = (text) =>
    event.allDay ? { date: text.slice(0, 10) } : { dateTime: `${text}:00`, timeZone: zone };
  return act('changeEvent', {
    calendar: event.calendar,
    event: event.id,
    change: { start: when(start), end: when(end) },
  });
}

function go(count) {
  view.open = undefined;
  view.from = addDays(view.from, count * days());
  refresh();
}

function today() {
  view.open = undefined;
  view.from = '';
  refresh();
}

function createNow() {
  const { from, days: count, now } = view.data;
  const shown = now.slice(0, 10) >= from && now.slice(0, 10) < addDays(from, count);
  const date = shown ? now.slice(0, 10) : from;
  create({ start: `${date}T09:00`, end: `${date}T10:00`, allDay: false });
}

byId('today').addEventListener('click', today);
byId('back').addEventListener('click', () => go(-1));
byId('forward').addEventListener('click', () => go(1));
byId('create').addEventListener('click', createNow);
byId('person').addEventListener('change', (event) => {
  view.person = event.target.value;
  view.open = undefined;
  drawFace();
  refresh();
});
byId('locale').addEventListener('change', (event) => {
  localStorage.setItem('locale', event.target.value);
  location.reload();
});
function drawFace() {
  byId('face').textContent = byId('person').selectedOptions[0]?.text.charAt(0) ?? '';
}
byId('menu').addEventListener('click', () => {
  const closed = document.body.classList.toggle('side-closed');
  byId('menu').setAttribute('aria-expanded', String(!closed));
});
document.addEventListener('keydown', (event) => {
  if (
    event.target.closest('input, select, textarea, dialog') ||
    event.ctrlKey ||
    event.metaKey ||
    event.altKey
  )
    return;
  const close = () => closeOpen(document.querySelector('.event.open'));
  const acts = {
    Escape: close,
    t: today,
    j: () => go(1),
    k: () => go(-1),
    n: () => go(1),
    p: () => go(-1),
    c: createNow,
  };
  if (!acts[event.key]) return;
  event.preventDefault();
  acts[event.key]();
});
narrow.addEventListener('change', refresh);
const follow = () => view.open?.id && !byId('bubble').hidden && place(byId('bubble'), anchorOf(view.open));
addEventListener('resize', follow);
byId('week').addEventListener('scroll', follow, true);

translate(document);
byId('locale').value = locale;
byId('person').value = view.person;
drawFace();
// Beside the panel there is room for the week or for the list of calendars.
const closed = narrow.matches || (innerWidth < 1_400 && document.body.classList.contains('panel-open'));
document.body.classList.toggle('side-closed', closed);
byId('menu').setAttribute('aria-expanded', String(!closed));
new EventSource('/page/changes').addEventListener('message', refresh);
refresh();
