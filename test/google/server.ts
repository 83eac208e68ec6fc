// The local Google: OAuth 2, OpenID Connect and Calendar v3 with state, faults and a page, on one address.
//
//   const google = await startGoogle();               // any free port of 127.0.0.1, state in memory
//   await google.control.createPerson({ email: 'anna@clinic.test', name: 'Anna', zone: 'Europe/Oslo' });
//   const { id } = await google.control.createCalendar({ owner: 'anna@clinic.test', summary: 'Room 1' });
//   const { refresh_token } = await google.control.issueTokens({ person: 'anna@clinic.test' });
//   … calendar({ version: 'v3', rootUrl: `${google.url}/`, auth }) …
//   await google.control.addFault({ kind: 'error', status: 429, reason: 'rateLimitExceeded', on: 'events.insert', times: 2 });
//   await google.control.log();  await google.control.state();  await google.control.idle();
//   await google.stop();
//
// Addresses under `url`: /o/oauth2/v2/auth, /token, /revoke, /oauth2/v3/certs, /v1/userinfo,
// /.well-known/openid-configuration (the issuer is `url`), /calendar/v3/…, and / for people.
//
// Control: every function of `Control` (control.ts and person.ts) takes one object and returns a promise.
// The same over HTTP: POST {url}/control/{name} with that object as JSON gives the result as JSON (204 for
// nothing; 400 with Google's error body for a refusal), and `connectControl(url)` gives the same typed
// object to another process. Of note:
//   set up    createPerson createCalendar share changeCalendar deleteCalendar createClient setPersonStatus
//             createServiceAccount
//   people    addEvent changeEvent moveEvent deleteEvent restoreEvent respond splitSeries (as in the UI)
//   read      state calendarState view channels deliveries log grants faults idle
//   trouble   addFault removeFault clearFaults expireSyncTokens expireAccess revokeAccess purge notify
//   settings  setSwitches (switches.ts: all that google-facts.md calls UNCONFIRMED) setQuota advanceClock
//   short cut issueTokens (access and refresh token without the consent page), issueIdToken, rotateKey
// Faults are described in faults.ts, log entries in log.ts. The default OAuth client is `DEFAULT_CLIENT`
// in oauth.ts; it may redirect to any loopback address. An automated consent needs the switch
// `consentAtOnce` and a `login_hint` that names a person.
import Fastify, { type FastifyInstance } from 'fastify';
import { addCalendarApi } from './api.ts';
import { type NoticeOptions, Notices } from './channels.ts';
import { addConsent } from './consent.ts';
import { type Control, makeControl } from './control.ts';
import { Faults } from './faults.ts';
import { RequestLog } from './log.ts';
import { addOAuth, freshOAuth } from './oauth.ts';
import { type AddOn, addPage } from './page.ts';
import { GOOGLE_LIMITS, type Limits, Quota } from './quota.ts';
import { invalid, Refusal } from './refusal.ts';
import { State } from './state.ts';
import { readKept, Store } from './store.ts';
import { DEFAULT_SWITCHES, type Switches } from './switches.ts';
import type { Clock, World } from './world.ts';

export interface GoogleOptions extends Partial<NoticeOptions> {
  /** Default 0: any free port. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** Keeps people, calendars, tokens and channels here across restarts; without it, in memory only. */
  dataFile?: string;
  /** Default: Google's own limits. */
  limits?: Partial<Limits>;
  switches?: Partial<Switches>;
  /** Life of an access token in seconds; default 3600. */
  accessSeconds?: number;
  /** Shown on the page, for what lies elsewhere: our product's own addresses. */
  links?: { label: string; url: string }[];
  /** Shown on the page beside the calendar. */
  addOn?: AddOn;
  /** For faults with a probability; give a seeded one to replay a run. */
  random?: () => number;
}

export interface Google {
  /** Base address without a slash at the end. */
  url: string;
  control: Control;
  /** Ends all connections and writes what is still to be written. */
  stop(): Promise<void>;
}

export async function startGoogle(options: GoogleOptions = {}): Promise<Google> {
  const world = await makeWorld(options);
  const store = options.dataFile ? new Store(options.dataFile, () => world.state.kept()) : undefined;
  world.state.watchers.add((calendar) => {
    store?.later();
    if (calendar) world.notices.changed(calendar);
  });
  const control = makeControl(world);
  const app = makeApp();
  addOAuth(app, world);
  addConsent(app, world);
  addCalendarApi(app, world);
  addControl(app, control);
  addPage(app, world, options);
  const address = await app.listen({
    port: options.port ?? 0,
    host: options.host ?? '127.0.0.1',
  });
  world.url = address;
  return {
    url: address,
    control,
    async stop() {
      await world.notices.stop();
      await app.close();
      await store?.flush();
    },
  };
}

async function makeWorld(options: GoogleOptions): Promise<World> {
  const kept = options.dataFile ? await readKept(options.dataFile) : undefined;
  const clock = makeClock();
  const world: World = {
    url: '',
    clock,
    state: new State(kept?.oauth ?? (await freshOAuth()), kept),
    switches: { ...DEFAULT_SWITCHES, ...options.switches },
    quota: new Quota(clock, { ...GOOGLE_LIMITS, ...options.limits }),
    faults: new Faults(options.random ?? Math.random),
    notices: new Notices(() => world, {
      gatherMilliseconds: options.gatherMilliseconds ?? 10,
      retryMilliseconds: options.retryMilliseconds ?? 500,
    }),
    log: new RequestLog(),
    accessSeconds: options.accessSeconds ?? 3_600,
  };
  return world;
}

function makeClock(): Clock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    advance(milliseconds) {
      ahead += milliseconds;
    },
    reset() {
      ahead = 0;
    },
  };
}

function makeApp(): FastifyInstance {
  const app = Fastify({
    forceCloseConnections: true,
    // Event ids reach 1,024 characters (google-facts 1.1).
    routerOptions: { maxParamLength: 4_096 },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    try {
      done(null, text === '' ? undefined : JSON.parse(text as string));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      done(parseError());
    }
  });
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, text, done) => {
      const form: Record<string, string | string[]> = {};
      const values = new URLSearchParams(text as string);
      for (const name of values.keys()) {
        const all = values.getAll(name);
        form[name] = all.length > 1 ? all : all[0]!;
      }
      done(null, form);
    },
  );
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof Refusal) return reply.status(error.parts.code).send(error.body());
    const { statusCode = 500, message } = error as {
      statusCode?: number;
      message: string;
    };
    if (statusCode >= 500) process.stderr.write(`local Google: ${(error as Error).stack ?? message}\n`);
    return reply.status(statusCode).send({
      error: { code: statusCode, message, errors: [], facts: '1.13' },
    });
  });
  app.setNotFoundHandler((request, reply) => {
    const message = `The local Google has no ${request.method} ${request.url.split('?')[0]}.`;
    return reply.status(404).send({ error: { code: 404, message, errors: [], facts: '5' } });
  });
  return app;
}

function parseError(): Refusal {
  return new Refusal({
    code: 400,
    reason: 'parseError',
    message: 'Parse Error',
    facts: '1.13',
  });
}

function addControl(app: FastifyInstance, control: Control): void {
  app.post('/control/:act', async (request, reply) => {
    const { act } = request.params as { act: string };
    if (!Object.hasOwn(control, act)) throw invalid(`No control named ${act}`, '5');
    const acts = control as unknown as Record<string, (argument: unknown) => Promise<unknown>>;
    const result = await acts[act]!(request.body ?? undefined);
    return result === undefined ? reply.status(204).send() : reply.send(result);
  });
}

/** The control of a local Google in another process. */
export function connectControl(url: string): Control {
  const call = (act: string) => async (argument: unknown) => {
    const response = await fetch(`${url}/control/${act}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: argument === undefined ? '' : JSON.stringify(argument),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`Local Google refused ${act}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  return new Proxy({} as Control, {
    get: (_, act) => (act === 'then' ? undefined : call(String(act))),
  });
}
