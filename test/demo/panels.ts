// The add-on installed for everybody in the demo's Google: its panels, to be shown in a frame beside the calendar.
//
// The add-on knows the demo's server by an https address that nobody has; what a reverse proxy does for a real server,
// `/front` does here: it takes the add-on's requests, and gives answers and links the address that the other side knows.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { buildAddon } from '../../addon/build.ts';
import { panelDoor } from '../appsscript/door.ts';
import { type Host, openHost } from '../appsscript/host.ts';

const https = 'https://sidebook.demo.test';
export const locales = ['en', 'nb'] as const;
type Locale = (typeof locales)[number];

export interface Wanted {
  port: number;
  /** Address of the local Google. */
  google: string;
  /** Of the server, without a slash at the end. */
  server: string;
  /** Undefined: nobody of that address is in the local Google. Else what identity tokens say besides. */
  claimsOf(person: string): Promise<Record<string, unknown> | undefined>;
}

export interface Panels {
  /** `${url}/en/?person=…` and `${url}/nb/?person=…` are panels. */
  url: string;
  stop(): Promise<void>;
}

export async function startPanels(wanted: Wanted): Promise<Panels> {
  const folder = await mkdtemp(join(tmpdir(), 'sidebook-addon-'));
  await buildAddon({ folder, backend: `${https}/` });
  const app = Fastify({ forceCloseConnections: true });
  const hosts = new Map<string, Promise<Host | undefined>>();
  let url = '';
  const open = async (person: string, locale: Locale) => {
    const claims = await wanted.claimsOf(person);
    if (!claims) return undefined;
    const backend = { https: `${https}/`, local: `${url}/front/` };
    return openHost({ folder, person, google: wanted.google, backend, locale, claims });
  };
  for (const locale of locales) {
    const hostFor = async (person: string) => {
      const key = `${locale} ${person}`;
      const opening = hosts.get(key) ?? open(person, locale);
      hosts.set(key, opening);
      const host = await opening.catch((error: Error) => {
        hosts.delete(key);
        throw error;
      });
      if (!host) hosts.delete(key);
      return host;
    };
    await app.register(panelDoor, { prefix: `/${locale}`, hostFor });
  }
  await app.register(front, { prefix: '/front', server: wanted.server });
  url = await app.listen({ port: wanted.port, host: '127.0.0.1' });
  return {
    url,
    async stop() {
      await app.close();
      const opened = await Promise.all(hosts.values());
      await Promise.all(opened.map((host) => host?.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const carried = ['authorization', 'content-type', 'idempotency-key', 'sidebook-version'];

function front(app: FastifyInstance, { server }: { server: string }, done: () => void): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, parsed) => parsed(null, text));
  const pathOf = (url: string) => url.slice('/front'.length);
  // Whoever follows a link of the add-on's comes to the server itself.
  app.get('/*', (request, reply) => reply.redirect(`${server}${pathOf(request.url)}`));
  app.post('/*', async (request, reply) => {
    const headers = carried.flatMap((name): [string, string][] => {
      const value = request.headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    });
    const body = request.body as string;
    const answer = await fetch(`${server}${pathOf(request.url)}`, { method: 'POST', headers, body });
    return reply
      .status(answer.status)
      .type(answer.headers.get('content-type') ?? 'application/json')
      .send((await answer.text()).replaceAll(server, https));
  });
  done();
}
