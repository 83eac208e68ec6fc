// npm run demo: the real server on its own database, beside a local Google, with a business to try. Nothing to set up.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeKey } from '../server/auth/keys.ts';
import { createBusiness } from '../server/businesses/businesses.ts';
import { readConfig } from '../server/config.ts';
import type { Context } from '../server/context.ts';
import { openLog } from '../server/log/logger.ts';
import { startServer } from '../server/start.ts';
import { DAY } from '../shared/time.ts';
import {
  type Call,
  caller,
  type DemoBusiness,
  demoOwner,
  demoZone,
  liven,
  peopleAndCalendars,
  setUp,
} from './demo-business.ts';
import { DEFAULT_CLIENT } from './google/oauth.ts';
import { type Google, startGoogle } from './google/server.ts';
import { freePort } from './process.ts';

const folder = resolve(process.env.DATA_FOLDER || 'data/demo');
const note = join(folder, 'demo.json');
interface Note extends DemoBusiness {
  key: string;
  /** The Monday of the week that was filled in. */
  week: string;
}

/** What the last start left: a demo to go on with, or one that was cut off while it was being filled in. */
function readNote(): Note | undefined {
  if (!existsSync(folder)) return undefined;
  if (!existsSync(note) && existsSync(join(folder, 'database')))
    throw new Error(`${folder} holds the data of something else: give the demo another DATA_FOLDER.`);
  const kept = existsSync(note) ? (JSON.parse(readFileSync(note, 'utf8')) as Partial<Note>) : {};
  if (kept.key) return kept as Note;
  for (const made of ['database', 'google.json', 'secret.keys'])
    rmSync(join(folder, made), { recursive: true, force: true });
  return undefined;
}

function writeNote(kept: Partial<Note>): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(note, JSON.stringify(kept), { mode: 0o600 });
}

async function areRead(call: Call): Promise<boolean> {
  const { items } = (await call('GET', '/health')) as unknown as { items: { readAt: string | null }[] };
  return items.every(({ readAt }) => readAt !== null);
}

async function fill(context: Context, address: string, google: Google): Promise<Note> {
  const { key } = await context.db.transaction(async (tx) => {
    const { id } = await createBusiness(tx, { name: 'Fjordklinikken', zone: demoZone, owner: demoOwner });
    return makeKey(tx, id, { name: 'demo', scopes: ['read', 'book', 'staff', 'setup'] });
  });
  const call = caller(address, key);
  const { refreshToken } = await peopleAndCalendars(google.control);
  const made = await setUp(call, refreshToken);
  // Until its calendars are read, what takes a resource is unknown, and nothing is offered.
  while (!(await areRead(call))) await sleep(50);
  const week = await liven(call, google.control, { ...made, now: Date.now() });
  const kept = { key, week, ...made };
  writeNote(kept);
  return kept;
}

const kept = readNote();
if (!kept) writeNote({});
const port = Number(process.env.PORT || 8080) || (await freePort());
const publicUrl = `http://127.0.0.1:${port}`;
const google = await startGoogle({
  port: Number(process.env.DEMO_GOOGLE_PORT || 8085),
  dataFile: join(folder, 'google.json'),
  links: [
    { label: 'Whom events block', url: `${publicUrl}/docs#/events` },
    { label: 'Connections and calendars', url: `${publicUrl}/docs#/google` },
    { label: 'Health and log', url: `${publicUrl}/docs#/health` },
  ],
});
const config = readConfig({
  PUBLIC_URL: publicUrl,
  ...process.env,
  PORT: String(port),
  DATABASE_URL: '',
  DATA_FOLDER: folder,
  GOOGLE_URL: google.url,
  GOOGLE_CLIENT_ID: DEFAULT_CLIENT.id,
  GOOGLE_CLIENT_SECRET: DEFAULT_CLIENT.secret,
  LOG_LEVEL: process.env.LOG_LEVEL || 'warn',
});
const server = await startServer(config, openLog(config.logLevel), () => process.exit(1));

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    if (stopping) process.exit(1);
    stopping = true;
    process.stdout.write('\nStopping …\n');
    Promise.all([server.stop().then(() => google.stop())]).then(
      () => process.exit(0),
      (error: Error) => {
        process.stderr.write(`${error.message}\n`);
        process.exit(1);
      },
    );
  });

const { key, week, services } = kept ?? (await fill(server.context, server.address, google));
const day = (days: number) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);
process.stdout.write(`
Sidebook's demo is up${kept ? ', with the data of the last time' : ''}. Data: ${folder}

  Google Calendar (local)   ${google.url}/?from=${week}
  The API, to read and try  ${server.address}/docs
  API key                   ${key}

What is free for a treatment (a person and a room):
  curl -s -H 'Authorization: Bearer ${key}' \\
    '${server.address}/api/v1/availability?serviceId=${services.treatment}&from=${day(1)}T00:00:00Z&to=${day(8)}T00:00:00Z'

Book one of the starts, and watch it appear in the calendar. Type an event into the calendar, and what is free follows
within a second; on the shared one (Felleskalender) it takes whom its text names, else whoever typed it:
  curl -s -H 'Authorization: Bearer ${key}' -H 'content-type: application/json' \\
    -d '{"serviceId":"${services.treatment}","start":"START","customer":{"name":"Ada Holm","email":"ada@kunde.test"}}' \\
    ${server.address}/api/v1/bookings

Ctrl-C stops it; started again, it goes on with what is there.
`);
