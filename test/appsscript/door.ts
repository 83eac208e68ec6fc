// Serves a host over HTTP, so that a page can show the side panel in a frame and a person can use it.
//
//   await app.register(panelDoor, { prefix: '/panel', hostFor: async (person) => hosts.get(person) });
//
//   GET  /panel/?person=…                          the homepage
//   GET  /panel/?person=…&calendar=…&event=…       an event, opened; without `event`, one that is not saved yet
//   POST /panel/{click,change,back,reload,universal,suggest}   what the page's script sends; the panel's new HTML comes back
import { readFileSync } from 'node:fs';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Picker } from './card.ts';
import { inputsOf } from './card.ts';
import type { Host } from './host.ts';
import type { Filling } from './inputs.ts';
import { valueOfWall } from './panel/pickers.ts';

export interface DoorOptions {
  /** The host of a person by mail address; undefined when there is none. */
  hostFor(person: string): Promise<Host | undefined>;
}

interface Query {
  person?: string;
  calendar?: string;
  event?: string;
}

interface Sent {
  fields?: Record<string, Filling | { wall: string }>;
  act?: number;
  name?: string;
  label?: string;
  typed?: string;
  /** The view that was clicked on; another one is there by now when it differs. */
  view?: string;
}

const SCRIPT = new URL('panel/script.js', import.meta.url);

export function panelDoor(app: FastifyInstance, { hostFor }: DoorOptions, done: () => void): void {
  const found = async (request: FastifyRequest, reply: FastifyReply) => {
    const { person = '' } = request.query as Query;
    const host = await hostFor(person);
    if (!host) await reply.status(404).type('text/plain').send(`Nobody called "${person}" has the add-on.`);
    return host;
  };
  app.get('/', async (request, reply) => {
    const host = await found(request, reply);
    if (!host) return reply;
    await openIn(host, request.query as Query);
    return reply
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(host.html('script.js'));
  });
  app.get('/script.js', (_request, reply) =>
    reply
      .type('text/javascript; charset=utf-8')
      .header('cache-control', 'no-cache')
      .send(readFileSync(SCRIPT)),
  );
  for (const [name, act] of Object.entries(ACTS)) {
    app.post(`/${name}`, async (request, reply) => {
      const host = await found(request, reply);
      if (!host) return reply;
      const sent = (request.body ?? {}) as Sent;
      // The person clicked on what is no longer there: they are shown what is.
      const fresh = name === 'reload' || sent.view === String(host.view);
      if (fresh) await act(host, sent, request.query as Query);
      const link = fresh ? host.panel().link : null;
      const opened = link && {
        url: host.toLocal(link.url),
        reload: (link.onClose ?? 'NOTHING') !== 'NOTHING',
      };
      return reply.send({ html: host.body(), link: opened });
    });
  }
  app.post('/suggest', async (request, reply) => {
    const host = await found(request, reply);
    if (!host) return reply;
    const { name = '', typed = '' } = (request.body ?? {}) as Sent;
    return reply.send(await host.suggest(name, typed));
  });
  done();
}

const ACTS: Record<string, (host: Host, sent: Sent, query: Query) => Promise<unknown>> = {
  click: (host, { act = -1, fields }) => {
    enter(host, fields);
    return host.clickAt(act);
  },
  change: (host, { name = '', fields = {} }) => {
    const changed = fields[name];
    enter(host, fields);
    return changed === undefined ? Promise.resolve() : host.changed(name);
  },
  back: async (host) => host.back(),
  reload: (host, _sent, query) => openIn(host, query),
  universal: (host, { label = '' }) => host.universal(label),
};

async function openIn(host: Host, { calendar, event }: Query): Promise<unknown> {
  if (calendar === undefined || calendar === '') return host.home();
  return host.open({ calendarId: calendar, ...(event && { id: event }) });
}

/** The page's form into the host's, its wall times as instants in the person's zone. */
function enter(host: Host, fields: Sent['fields'] = {}): void {
  const { card } = host.panel();
  const inputs = card ? inputsOf(card) : new Map<string, never>();
  for (const [name, given] of Object.entries(fields)) {
    if (!inputs.has(name)) continue;
    const isWall = typeof given === 'object' && !Array.isArray(given) && 'wall' in given;
    host.enter(
      name,
      isWall ? valueOfWall(inputs.get(name) as unknown as Picker, given.wall, host.zone) : given,
    );
  }
}
