// What the host's own tests stand on: a local Google, a tiny backend, and the sample add-on changed as a test wants.
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Google, startGoogle } from '../google/server.ts';
import { type Host, type HostOptions, openHost } from './host.ts';

const SAMPLE = fileURLToPath(new URL('sample/', import.meta.url));
export const PERSON = 'anna@clinic.test';
export const HTTPS = 'https://app.example.test/';

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
}

export interface Setting {
  google: Google;
  /** What the backend was asked. */
  asked: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[];
  /** Answers of the backend by path; default `{"name":"Anna"}`. */
  answers: Map<string, Answer>;
  backend: HostOptions['backend'];
  /** A host of the sample; `code` is put behind its own, `manifest` laid over its manifest's text. */
  host(
    options?: Partial<HostOptions> & { code?: string; manifest?: (text: string) => string },
  ): Promise<Host>;
  stopBackend(): Promise<void>;
  stop(): Promise<void>;
}

export async function makeSetting(): Promise<Setting> {
  const google = await startGoogle();
  await google.control.createPerson({ email: PERSON, name: 'Anna', zone: 'Europe/Oslo' });
  const answers = new Map<string, Answer>();
  const asked: Setting['asked'] = [];
  const server = await listen(answers, asked);
  const local = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const folders: string[] = [];
  const hosts: Host[] = [];
  const stopBackend = () => new Promise<void>((resolve) => void server.close(() => resolve()));
  const backend = { https: HTTPS, local };
  return {
    ...{ google, asked, answers, backend, stopBackend },
    async host({ code, manifest, ...options } = {}) {
      const folder = code === undefined && !manifest ? SAMPLE : await variant(code, manifest);
      if (folder !== SAMPLE) folders.push(folder);
      const host = await openHost({ folder, person: PERSON, google: google.url, backend, ...options });
      hosts.push(host);
      return host;
    },
    async stop() {
      await Promise.all(hosts.map((host) => host.close()));
      await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
      if (server.listening) await stopBackend();
      await google.stop();
    },
  };
}

async function variant(code = '', manifest: (text: string) => string = (text) => text): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'addon-'));
  await copyFile(join(SAMPLE, 'Gallery.js'), join(folder, 'Gallery.js'));
  await writeFile(join(folder, 'Code.js'), `${await readFile(join(SAMPLE, 'Code.js'), 'utf8')}\n${code}`);
  const text = await readFile(join(SAMPLE, 'appsscript.json'), 'utf8');
  await writeFile(join(folder, 'appsscript.json'), manifest(text));
  return folder;
}

async function listen(answers: Map<string, Answer>, asked: Setting['asked']): Promise<Server> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      asked.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      const { status = 200, headers: given = {}, body = '{"name":"Anna"}' } = answers.get(url) ?? {};
      response.writeHead(status, { 'content-type': 'application/json', ...given }).end(body);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return server;
}
