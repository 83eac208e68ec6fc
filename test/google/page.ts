// The page for people: a person's calendars by week, live, with everything a person does in Google Calendar.
import { readFile } from 'node:fs/promises';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Temporal } from 'temporal-polyfill';
import { escapeHtml, page } from './html.ts';
import { listEvents } from './list.ts';
import { callerOf } from './person.ts';
import type { Person } from './state.ts';
import { addDays } from './when.ts';
import type { Call, World } from './world.ts';

export interface Link {
  label: string;
  url: string;
}

/** An add-on whose panels stand at the right of the calendar, for whoever looks and the event that is open. */
export interface AddOn {
  name: string;
  /** Address of a square picture. */
  icon: string;
  /** `${url}/en/?person=…` and `${url}/nb/?person=…` are panels; they are told by message of what is opened. */
  url: string;
}

const FILES: Record<string, string> = {
  'style.css': 'text/css',
  'aside.css': 'text/css',
  'app.js': 'text/javascript',
  'week.js': 'text/javascript',
  'editor.js': 'text/javascript',
  'drag.js': 'text/javascript',
  'bubble.js': 'text/javascript',
  'panel.js': 'text/javascript',
  'words.js': 'text/javascript',
};

/** Changes closer together than this are told to the page as one. */
const GATHER = 40;

export function addPage(
  app: FastifyInstance,
  world: World,
  { links = [], addOn }: { links?: Link[]; addOn?: AddOn },
): void {
  app.get('/', (_request, reply) => {
    reply.type('text/html; charset=utf-8');
    const people = [...world.state.people.values()];
    return reply.send(page('Calendar', frame(people, links, addOn), '/page/app.js'));
  });
  app.get('/page/data', (request) => {
    const { person, from, days } = request.query as Record<string, string>;
    return week(world, { person: person ?? '', from: from ?? '', days: Math.min(Number(days) || 7, 31) });
  });
  app.get('/page/changes', (_request, reply) => follow(world, reply));
  for (const [name, type] of Object.entries(FILES)) {
    app.get(`/page/${name}`, async (_request, reply) => {
      reply.type(`${type}; charset=utf-8`).header('cache-control', 'no-cache');
      return reply.send(await readFile(new URL(`page/${name}`, import.meta.url)));
    });
  }
}

/** A person's calendars with what stands in them on `days` dates from `from`, in the person's own zone. */
function week(world: World, ask: { person: string; from: string; days: number }): object {
  const caller = callerOf(world, ask.person);
  const { email, zone } = caller.person;
  const now = Temporal.Instant.fromEpochMilliseconds(world.clock.now()).toZonedDateTimeISO(zone);
  const from = /^\d{4}-\d{2}-\d{2}$/.test(ask.from) ? ask.from : mondayOf(now.toPlainDate());
  const query = {
    singleEvents: true,
    orderBy: 'startTime',
    timeMin: midnight(from, zone),
    timeMax: midnight(addDays(from, ask.days), zone),
    timeZone: zone,
    maxResults: 2_500,
  };
  const mine = [...world.state.calendars.values()].filter(({ roles }) => roles[email] !== undefined);
  const calendars = mine.map((calendar) => {
    const call: Call = { world, caller, calendarId: calendar.id, eventId: '', query, body: {} };
    const { items } = listEvents(call).body as { items: unknown[] };
    const { id, summary, color, primary } = calendar;
    return { id, summary, color, primary, role: calendar.roles[email], events: items };
  });
  return {
    person: caller.person,
    from,
    days: ask.days,
    now: now.toPlainDateTime().toString().slice(0, 16),
    calendars,
  };
}

function midnight(date: string, zone: string): string {
  return Temporal.PlainDate.from(date).toZonedDateTime(zone).toInstant().toString();
}

function mondayOf(date: Temporal.PlainDate): string {
  return date.subtract({ days: date.dayOfWeek - 1 }).toString();
}

/** Server-sent events: one message after each burst of changes. */
function follow(world: World, reply: FastifyReply): FastifyReply {
  reply.hijack();
  reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  reply.raw.write('retry: 1000\n\n');
  let timer: NodeJS.Timeout | undefined;
  const tell = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      reply.raw.write(`data: ${world.state.counter}\n\n`);
    }, GATHER);
  };
  world.state.watchers.add(tell);
  reply.raw.on('close', () => {
    clearTimeout(timer);
    world.state.watchers.delete(tell);
  });
  return reply;
}

function frame(people: Person[], links: Link[], addOn: AddOn | undefined): string {
  const options = people.map(
    ({ email, name }) =>
      `<option value="${escapeHtml(email)}" title="${escapeHtml(email)}">${escapeHtml(name)}</option>`,
  );
  const anchors = links.map(({ label, url }) => `<a href="${escapeHtml(url)}">${escapeHtml(label)}</a>`);
  return `<link rel="stylesheet" href="/page/aside.css">
<header class="bar">
<button id="menu" class="round" data-label="calendars" aria-label="Calendars" aria-expanded="true" aria-controls="side">☰</button>
<h1 data-text="calendar">Calendar</h1>
<button id="create" class="plain" data-label="create" aria-label="Create"><span aria-hidden="true">+</span> <span data-text="create">Create</span></button>
<button id="today" class="plain" data-text="today">Today</button>
<button id="back" class="round" data-label="earlier" aria-label="Earlier">‹</button>
<button id="forward" class="round" data-label="later" aria-label="Later">›</button>
<h2 id="title" aria-live="polite"></h2>
<select id="locale" class="plain" aria-label="Language / Språk"><option value="en" title="English">EN</option><option value="nb" title="Norsk">NO</option></select>
<label class="who"><span id="face" aria-hidden="true"></span><select id="person" data-label="signedInAs" aria-label="Signed in as">${options.join('')}</select></label>
</header>
<div class="body">
<nav id="side" data-label="calendars" aria-label="Calendars">
<div id="calendars"></div>
<p class="links">${anchors.join('')}</p>
</nav>
<main id="week" tabindex="-1" data-label="week" aria-label="Week"></main>
${addOn ? panelOf(addOn) : ''}
</div>
<div id="bubble" role="dialog" aria-labelledby="bubble-title" hidden></div>
<dialog id="editor" aria-labelledby="editor-title"></dialog>
<p id="notice" role="alert" hidden></p>
${people.length === 0 ? '<p class="empty">Nobody has an account here yet.</p>' : ''}`;
}

function panelOf({ name, icon, url }: AddOn): string {
  const [called, picture] = [escapeHtml(name), `<img src="${escapeHtml(icon)}" alt="">`];
  return `<aside id="panel" aria-label="${called}" data-url="${escapeHtml(url)}" hidden>
<div class="panel-bar"><button type="button" class="round" data-label="close" aria-label="Close">✕</button><span></span></div>
<iframe title="${called}"></iframe>
</aside>
<nav id="rail" data-label="addOns" aria-label="Add-ons"><button type="button" aria-label="${called}" aria-pressed="false" aria-controls="panel" title="${called}">${picture}</button></nav>`;
}
