// The page's state: who looks, at which days, at which calendars; everything else is drawn from it.
import { openEditor } from './editor.js';
import { draw } from './week.js';

const byId = (id) => document.getElementById(id);
const address = new URL(location.href);
const hidden = new Set(JSON.parse(localStorage.getItem('hidden') ?? '[]'));
const narrow = matchMedia('(max-width: 760px)');

const view = {
  person: address.searchParams.get('person') ?? byId('person').value,
  from: address.searchParams.get('from') ?? '',
  data: undefined,
};

/** Google's eleven event colours by `colorId`. */
const COLORS =
  ' #7986cb #33b679 #8e24aa #e67c73 #f6bf26 #f4511e #039be5 #616161 #3f51b5 #0b8043 #d50000'.split(' ');

const days = () => (narrow.matches ? 3 : 7);

export function addDays(date, count) {
  const day = new Date(`${date}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() + count);
  return day.toISOString().slice(0, 10);
}

/** Calls an act of the control; a refusal is shown and gives undefined. */
async function act(name, argument) {
  const response = await fetch(`/control/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ person: view.person, ...argument }),
  });
  if (response.ok) {
    await load();
    return true;
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
    say('This person has no account here.');
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
  load().catch(() => say('No connection. What you see may be out of date.'));
}

/** An event as the page draws it; times are wall time of the person's zone. */
function drawn(event, calendar) {
  const allDay = event.start.date !== undefined;
  const own = event.attendees?.find(({ self }) => self);
  return {
    id: event.id,
    calendar: calendar.id,
    raw: event,
    title: event.summary ?? (event.visibility === 'private' ? 'Busy' : '(No title)'),
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
  draw(byId('week'), { dates, now: data.now, events }, { create, edit, move });
}

function titleOf(dates) {
  const month = (date) =>
    new Date(`${date}T00:00:00Z`).toLocaleDateString('en', {
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
    role.textContent = calendar.role === 'owner' ? '' : calendar.role;
    label.append(box, ` ${calendar.summary} `, role);
    return label;
  });
  byId('calendars').replaceChildren(...rows);
}

function writable() {
  return view.data.calendars.filter(({ role }) => /^(writer|owner)/.test(role));
}

function create({ start, end, allDay }) {
  const calendars = writable();
  const calendar = (calendars.find(({ id }) => !hidden.has(id)) ?? calendars[0])?.id;
  if (!calendar) {
    say('You cannot add events to any of these calendars.');
    return;
  }
  const { zone } = view.data.person;
  openEditor(byId('editor'), {
    calendars,
    zone,
    act,
    event: { calendar, start, end, allDay, writable: true },
  });
}

function edit(event) {
  openEditor(byId('editor'), { calendars: writable(), zone: view.data.person.zone, act, event });
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
  view.from = addDays(view.from, count * days());
  refresh();
}

function today() {
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
  refresh();
});
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
  const acts = { t: today, j: () => go(1), k: () => go(-1), n: () => go(1), p: () => go(-1), c: createNow };
  if (!acts[event.key]) return;
  event.preventDefault();
  acts[event.key]();
});
narrow.addEventListener('change', refresh);

byId('person').value = view.person;
document.body.classList.toggle('side-closed', narrow.matches);
byId('menu').setAttribute('aria-expanded', String(!narrow.matches));
new EventSource('/page/changes').addEventListener('message', refresh);
refresh();
