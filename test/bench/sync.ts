// Figures of reading calendars: all of a large one, a change of a small and a large one, an edit's way into availability, a thousand calendars.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { eq, sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import { connectAccount, identify } from '../../server/accounts/connect.ts';
import { follow, see } from '../../server/calendars/follow.ts';
import { setLinks } from '../../server/calendars/links.ts';
import type { Context } from '../../server/context.ts';
import { pulls } from '../../server/database/mirror.ts';
import { readCalendar } from '../../server/sync/pull.ts';
import { DAY, HOUR } from '../../shared/time.ts';
import { type MadeBusiness, makeBusiness, roundTheClock } from '../business.ts';
import type { Control } from '../google/control.ts';
import { connectControl } from '../google/server.ts';
import { freePort, spawnScript, spawnServer } from '../process.ts';
import { benchEnv, openBare } from './bare.ts';
import { openPostgresql, quantile } from './http.ts';

const owner = 'owner@clinic.test';
const crowd = 'crowd@clinic.test';

interface Followed {
  business: MadeBusiness;
  calendarId: string;
  resourceId: string;
  token: string;
}

/** A business with one resource that reads (and writes to) the calendar. */
async function followed(
  context: Context,
  google: Control,
  googleId: string,
  person = owner,
): Promise<Followed> {
  const business = await makeBusiness(context.db);
  const { refresh_token: token } = await google.issueTokens({ person });
  const known = await identify(context, token);
  const account = await context.db.transaction((tx) =>
    connectAccount(tx, context, { businessId: business.id, ...known }),
  );
  const { resourceId, calendarId } = await linked(context, { business, accountId: account.id, googleId });
  return { business, calendarId, resourceId, token };
}

async function linked(
  context: Context,
  of: { business: MadeBusiness; accountId: string; googleId: string },
): Promise<{ resourceId: string; calendarId: string }> {
  const { business, accountId, googleId } = of;
  const resourceId = await business.resource({ name: `R ${uuid()}`, hours: roundTheClock });
  const businessId = business.id;
  const seen = await see(context, businessId, { accountId, googleId });
  return context.db.transaction(async (tx) => {
    const { id: calendarId } = await follow(tx, { businessId, accountId, ...seen });
    const link = { calendarId, reads: true, writes: true, means: null };
    await setLinks(tx, { businessId, resourceId }, [link]);
    return { resourceId, calendarId };
  });
}

export interface Read {
  events: number;
  ms: number;
  peakMB: number;
}

/** In a process of its own. */
async function inProcess(env: Record<string, string>): Promise<Read> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/bench/reader.ts'], {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (text: Buffer) => {
    out += text.toString();
  });
  await once(child, 'exit');
  const result = /RESULT (.*)/.exec(out)?.[1];
  if (!result) throw new Error(`the reader said: ${out}`);
  return JSON.parse(result) as Read;
}

/** The first reading of a calendar of so many events, beside nothing but the download of its pages. */
export async function measureFirst(events: number): Promise<{ download: Read; sync: Read }> {
  const postgresql = await openPostgresql();
  const google = await spawnScript('test/bench/crowd.ts', { EVENTS: String(events) }, /"url":"([^"]+)"/);
  const { context, close } = openBare({ url: google.url, database: postgresql.url });
  try {
    const { business, calendarId, token } = await followed(context, connectControl(google.url), crowd);
    const env = {
      ...benchEnv(google.url, postgresql.url),
      BUSINESS: business.id,
      CALENDAR: calendarId,
      TOKEN: token,
      GOOGLE_ID: crowd,
    };
    const download = await inProcess({ ...env, MODE: 'download' });
    const sync = await inProcess({ ...env, MODE: 'sync' });
    return { download, sync };
  } finally {
    await close();
    await google.end();
    await postgresql.close();
  }
}

export interface Changed {
  size: number;
  p50: number;
  p95: number;
  /** Of that, what the local Google takes to answer: it goes through all its events. */
  googleP50: number;
}

/** One event changed, and read: at calendars of these sizes. */
export async function measureChange(sizes: number[]): Promise<Changed[]> {
  const rows: Changed[] = [];
  for (const size of sizes) {
    const postgresql = await openPostgresql();
    const google = await spawnScript('test/bench/crowd.ts', { EVENTS: String(size) }, /"url":"([^"]+)"/);
    const { context, close } = openBare({ url: google.url, database: postgresql.url });
    const control = connectControl(google.url);
    const { business, calendarId, token } = await followed(context, control, crowd);
    const account = context.google.account(token);
    const pull = () => readCalendar(context, { businessId: business.id, calendarId });
    await pull();
    // As PostgreSQL does by itself within a minute: without statistics it reads whole tables.
    await context.db.execute(sql`analyze`);
    const { id } = await control.addEvent({ person: owner, calendar: crowd, event: timed(0) });
    const times: number[] = [];
    const answers: number[] = [];
    for (let n = 0; n < 60; n++) {
      const change = timed(n % 7);
      await control.changeEvent({ person: owner, calendar: crowd, event: String(id), change });
      const syncToken = await tokenOf(context, calendarId);
      const asked = performance.now();
      await account.listEvents(crowd, { syncToken });
      const began = performance.now();
      await pull();
      answers.push(began - asked);
      times.push(performance.now() - began);
    }
    const [p50, p95, googleP50] = [quantile(times, 0.5), quantile(times, 0.95), quantile(answers, 0.5)];
    rows.push({ size, p50, p95, googleP50 });
    await close();
    await google.end();
    await postgresql.close();
  }
  return rows;
}

async function tokenOf({ db }: Context, calendarId: string): Promise<string> {
  const [row] = await db.select({ token: pulls.token }).from(pulls).where(eq(pulls.calendarId, calendarId));
  return row?.token ?? '';
}

const soon = Math.floor(Date.now() / DAY) * DAY + 10 * DAY;
const timed = (hour: number) => ({
  summary: 'Dentist',
  start: { dateTime: new Date(soon + hour * HOUR).toISOString() },
  end: { dateTime: new Date(soon + (hour + 1) * HOUR).toISOString() },
});

/** From a person's edit to the changed answer of GET availability, by notices on a channel. */
export async function measureEdit(
  edits: number,
): Promise<{ edits: number; p50: number; p95: number; max: number }> {
  const postgresql = await openPostgresql();
  const google = await spawnScript('test/bench/crowd.ts', { EVENTS: '500' }, /"url":"([^"]+)"/);
  const { context, close } = openBare({ url: google.url, database: postgresql.url });
  const port = await freePort();
  const server = await spawnServer({
    ...benchEnv(google.url, postgresql.url),
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
  });
  try {
    const control = connectControl(google.url);
    const { business, resourceId } = await followed(context, control, crowd);
    const serviceId = await business.service([{ of: [resourceId] }], { lengthMinutes: 60 });
    const { id } = await control.addEvent({ person: owner, calendar: crowd, event: timed(0) });
    const offered = async (hour: number): Promise<boolean> => {
      const at = (h: number) => encodeURIComponent(new Date(soon + h * HOUR).toISOString());
      const answer = await fetch(
        `${server.url}/api/v1/availability?serviceId=${serviceId}&from=${at(hour)}&to=${at(hour + 1)}`,
        { headers: { authorization: `Bearer ${business.key}` } },
      );
      const { slots } = (await answer.json()) as { slots: unknown[] };
      return slots.length > 0;
    };
    const until = async (what: () => Promise<boolean>) => {
      while (!(await what())) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    // Outside the crowd's hours, so that this event alone takes the time.
    await until(async () => (await control.channels()).length > 0 && (await offered(20)));
    const times: number[] = [];
    for (let n = 0; n < edits; n++) {
      const hour = 18 + (n % 4);
      await control.changeEvent({ person: owner, calendar: crowd, event: String(id), change: timed(hour) });
      const began = performance.now();
      await until(async () => !(await offered(hour)));
      times.push(performance.now() - began);
    }
    return { edits, p50: quantile(times, 0.5), p95: quantile(times, 0.95), max: Math.max(...times) };
  } finally {
    await server.end();
    await close();
    await google.end();
    await postgresql.close();
  }
}

export interface Polling {
  calendars: number;
  accounts: number;
  firstReadSeconds: number;
  perMinute: number;
  mostPerUserMinute: number;
  mostPerProjectMinute: number;
}

/** So many calendars on one process, polled: what it asks of Google, while it reads them first and for minutes after. */
export async function measurePolling(calendars: number, accounts: number, minutes: number): Promise<Polling> {
  const postgresql = await openPostgresql();
  const google = await spawnScript('test/bench/crowd.ts', { EVENTS: '0' }, /"url":"([^"]+)"/);
  const { context, close } = openBare({ url: google.url, database: postgresql.url });
  const control = connectControl(google.url);
  for (let a = 0; a < accounts; a++) {
    const person = `p${a}@clinic.test`;
    await control.createPerson({ email: person, name: `P ${a}`, zone: 'Europe/Oslo' });
    const business = await makeBusiness(context.db);
    const { refresh_token: token } = await control.issueTokens({ person });
    const known = await identify(context, token);
    const account = await context.db.transaction((tx) =>
      connectAccount(tx, context, { businessId: business.id, ...known }),
    );
    for (let c = 0; c < calendars / accounts; c++) {
      const { id } = await control.createCalendar({ owner: person, summary: `C ${c}` });
      await linked(context, { business, accountId: account.id, googleId: id });
    }
  }
  await control.clearLog();
  // Without an address that Google could reach there are no channels: polling alone.
  const server = await spawnServer(benchEnv(google.url, postgresql.url));
  const began = Date.now();
  const read = async () => {
    const [row] = await context.db.execute<{ n: number }>(
      'select count(*)::int as n from pulls where read_at is null',
    );
    return row!.n === 0;
  };
  while (!(await read())) await new Promise((resolve) => setTimeout(resolve, 500));
  const firstReadSeconds = (Date.now() - began) / 1000;
  const readBy = Date.now();
  await new Promise((resolve) => setTimeout(resolve, minutes * 60_000));
  const log = (await control.log()).map(({ at, person }) => ({
    at: Date.parse(String(at)),
    person: person ?? '',
  }));
  await server.end();
  await close();
  await google.end();
  await postgresql.close();
  const calm = log.filter(({ at }) => at > readBy + 5000);
  const people = [...new Set(log.map(({ person }) => person))];
  const ofPerson = (one: string) => log.filter(({ person }) => person === one).map(({ at }) => at);
  return {
    calendars,
    accounts,
    firstReadSeconds,
    perMinute: calm.length / (minutes - 5 / 60),
    mostPerUserMinute: Math.max(...people.map((one) => mostInMinute(ofPerson(one)))),
    mostPerProjectMinute: mostInMinute(log.map(({ at }) => at)),
  };
}

/** The most in any sixty seconds. Sorted instants, ms. */
function mostInMinute(at: number[]): number {
  let most = 0;
  for (let first = 0, last = 0; last < at.length; last++) {
    while (at[last]! - at[first]! >= 60_000) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}
