// npm run demo: the real server on its own database, beside a local Google whose calendar shows the add-on, with a
// business to try. Nothing to set up.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { makeKey } from '../server/auth/keys.ts';
import { createBusiness } from '../server/businesses/businesses.ts';
import { readConfig } from '../server/config.ts';
import type { Context } from '../server/context.ts';
import { openLog } from '../server/log/logger.ts';
import { startServer } from '../server/start.ts';
import { DAY, localDate } from '../shared/time.ts';
import { startPanels } from './demo/panels.ts';
import {
  caller,
  claimsOf,
  type DemoBusiness,
  demoDomain,
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
/** Of what is filled in; with another number it is filled in anew. */
const EDITION = 2;
interface Note extends DemoBusiness {
  key: string;
  edition: number;
  /** The day it was filled in: what there is stands on the days after it. */
  day: string;
}

/** What the last start left: a demo to go on with, or one of an older edition, or one that was cut off being filled in. */
function readNote(): Note | undefined {
  if (!existsSync(folder)) return undefined;
  if (!existsSync(note) && existsSync(join(folder, 'database')))
    throw new Error(`${folder} holds the data of something else: give the demo another DATA_FOLDER.`);
  const kept = existsSync(note) ? (JSON.parse(readFileSync(note, 'utf8')) as Partial<Note>) : {};
  if (kept.key && kept.edition === EDITION) return kept as Note;
  for (const made of ['database', 'google.json', 'secret.keys'])
    rmSync(join(folder, made), { recursive: true, force: true });
  return undefined;
}

function writeNote(kept: Partial<Note>): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(note, JSON.stringify(kept), { mode: 0o600 });
}

/** Resolves when Google tells of changes, was read for everybody who is linked to it, and holds what it is to hold. */
async function quiet({ db }: Context, google: Google): Promise<void> {
  for (;;) {
    await google.control.idle();
    const [row] = await db.execute(sql`
      select 1 from calendars c where not exists (
        select 1 from channels h where h.business_id = c.business_id and h.calendar_id = c.id and h.resource_id is not null)
      union select 1 from links where reads and not judged
      union select 1 from pulls where done < wanted or read_at is null
      union select 1 from pushes where done < wanted limit 1`);
    if (!row) return;
    await sleep(50);
  }
}

async function fill(context: Context, address: string, google: Google): Promise<Note> {
  const { key } = await context.db.transaction(async (tx) => {
    const { id } = await createBusiness(tx, {
      ...{ name: 'Fjordklinikken', zone: demoZone, hostedDomain: demoDomain },
      ...{ owner: demoOwner, ownerName: 'Kari Nordmann' },
    });
    return makeKey(tx, id, { name: 'demo', scopes: ['read', 'book', 'staff', 'setup'] });
  });
  const call = caller(address, key);
  const made = await setUp(call, await peopleAndCalendars(google.control));
  // Until its calendars are read, what takes a resource is unknown, and nothing is offered.
  await quiet(context, google);
  const now = Date.now();
  await liven(call, google.control, { ...made, now });
  await quiet(context, google);
  const kept = { key, edition: EDITION, day: localDate(demoZone, now), ...made };
  writeNote(kept);
  return kept;
}

const kept = readNote();
if (!kept) writeNote({});
const portOf = async (wanted: string | undefined, usual: number) =>
  Number(wanted || usual) || (await freePort());
const port = await portOf(process.env.PORT, 8080);
const panelPort = await portOf(process.env.DEMO_PANEL_PORT, 8086);
const publicUrl = `http://127.0.0.1:${port}`;
const google = await startGoogle({
  port: Number(process.env.DEMO_GOOGLE_PORT || 8085),
  dataFile: join(folder, 'google.json'),
  links: [
    { label: 'The API', url: `${publicUrl}/docs` },
    { label: 'About Sidebook', url: `${publicUrl}/about` },
  ],
  addOn: { name: 'Sidebook', icon: `${publicUrl}/logo.png`, url: `http://127.0.0.1:${panelPort}` },
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
  ADDON_AUDIENCES: DEFAULT_CLIENT.id,
  LOG_LEVEL: process.env.LOG_LEVEL || 'warn',
});
const server = await startServer(config, openLog(config.logLevel), () => process.exit(1));
const panels = await startPanels({
  port: panelPort,
  google: google.url,
  server: config.publicUrl ?? publicUrl,
  claimsOf: async (email) => {
    const { people } = await google.control.state();
    return people.some((person) => person.email === email) ? claimsOf(email) : undefined;
  },
});

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    if (stopping) process.exit(1);
    stopping = true;
    process.stdout.write('\nStopping …\n');
    Promise.all([panels.stop(), server.stop().then(() => google.stop())]).then(
      () => process.exit(0),
      (error: Error) => {
        process.stderr.write(`${error.message}\n`);
        process.exit(1);
      },
    );
  });

const { key, day: from, services } = kept ?? (await fill(server.context, server.address, google));
const day = (days: number) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);
process.stdout.write(`
Sidebook's demo is up${kept ? ', with the data of the last time' : ''}. Data: ${folder}

  Google Calendar (local)   ${google.url}/?from=${from}
  The API, to read and try  ${server.address}/docs
  API key                   ${key}

Open the calendar: Sidebook is at its right.
  1. Click "Tannlege", 08:00. Anna typed it into the shared calendar, so it takes four: her, Bert, a room, the car.
     Tap "Only Anna Hansen", and Google shows it Free; "Undo" brings it back.
  2. With nothing open it shows the day: approve the booking that waits. Click any booking to move or cancel it.
  3. Be somebody else, at the top: Anna sees her own, Cara may ask to join, Siri has no business yet.

What is free for a treatment (a person and a room):
  curl -s -H 'Authorization: Bearer ${key}' \\
    '${server.address}/api/v1/availability?serviceId=${services.treatment}&from=${day(1)}T00:00:00Z&to=${day(8)}T00:00:00Z'

Book one of the starts, and watch it appear in the calendar. Type an event into the calendar, and what is free follows
within a second; on the shared one (Felleskalender) it takes whom its text names, else everybody until somebody says whom:
  curl -s -H 'Authorization: Bearer ${key}' -H 'content-type: application/json' \\
    -d '{"serviceId":"${services.treatment}","start":"START","customer":{"name":"Ada Holm","email":"ada@kunde.test"}}' \\
    ${server.address}/api/v1/bookings

Ctrl-C stops it; started again, it goes on with what is there.
`);
