// The commands of an operator: set up a business, bring the database up to date, see and revive what is owed, check it all.
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { Business, Id, NewApiKey, NewMember, Scope } from '../shared/api.ts';
import { listKeys, makeKey, revokeKey } from './auth/keys.ts';
import { businessCalled, createBusiness } from './businesses/businesses.ts';
import { check } from './check.ts';
import { Misconfigured, readConfig } from './config.ts';
import { migrate } from './database/migrate.ts';
import { type OpenDatabase, openDatabase } from './database/open.ts';
import { reachDatabase } from './database/reach.ts';
import { DatabaseUnusable } from './database/unusable.ts';
import { answerTo } from './errors.ts';
import { hangDoorbell } from './jobs/doorbell.ts';
import { died, listMarks, retry, retryMarks, waiting } from './jobs/owed.ts';

const usage = `sidebook <command>

  business create --name <name> --zone <zone> --owner <mail> [--slug <slug>] [--locale en|nb]
                  [--domain <domain>]
      Makes a business with its owner and an API key of every scope, and prints them as JSON. The key is shown once.
      --domain: of its Google Workspace. Only its accounts get in, and its people may ask to join.
  key create --business <slug> [--name <name>] [--scope read|book|staff|setup]…
      Makes one more API key of a business and prints it as JSON: of every scope, or of those given. It is shown once.
  key list --business <slug>
      The API keys in force, as JSON.
  key revoke --business <slug> --key <id>
      Ends one at once.
  migrate
      Brings the database up to what this version expects. The server does so by itself when it starts.
  jobs [list] [--limit <number>]
      What is owed to Google and what was given up, as JSON: bookings, and events to be set Free or marked.
  jobs retry --push <id> | --all
      Tries again what was given up: one booking's push, or all that there is.
  check
      Configuration, database and Google: exits 1 if anything is wrong.

Configured by the environment, as the server is: see .env.example.
`;

/** Where a command is given: its environment, and where its answer and what else it says go. */
export interface Terminal {
  env?: Record<string, string | undefined>;
  /** For programs to read. */
  print(text: string): void;
  /** For the person who gave it: a line. */
  say(line: string): void;
}
type Command = (args: string[], terminal: Terminal) => Promise<unknown>;

class Misused extends Error {
  override readonly name = 'Misused';
}

const MOST_LISTED = 1000;
const text = { type: 'string' } as const;
const commands: Record<string, Command> = {
  'business create': businessCreate,
  'key create': keyCreate,
  'key list': keyList,
  'key revoke': keyRevoke,
  migrate: async (args, terminal) => {
    options(args, {});
    await withDatabase(terminal, async () => terminal.say('The database is up to date.'));
  },
  jobs: jobsList,
  'jobs list': jobsList,
  'jobs retry': jobsRetry,
  check: checkAll,
};

const NewBusiness = z.strictObject({
  name: Business.shape.name,
  zone: Business.shape.zone,
  owner: NewMember.shape.email,
  slug: Business.shape.slug.optional(),
  locale: Business.shape.locale.optional(),
  domain: Business.shape.hostedDomain.optional(),
});

async function businessCreate(args: string[], terminal: Terminal) {
  const given = options(args, {
    name: text,
    zone: text,
    owner: text,
    slug: text,
    locale: text,
    domain: text,
  });
  const { domain: hostedDomain, ...wanted } = valid(NewBusiness, given);
  await withDatabase(terminal, async ({ db }) => {
    const made = await db.transaction(async (tx) => {
      const business = await createBusiness(tx, { ...wanted, hostedDomain });
      const scopes = [...Scope.options];
      return { business, apiKey: await makeKey(tx, business.id, { name: 'made with the business', scopes }) };
    });
    terminal.print(json(made));
  });
}

const slug = Business.shape.slug;
const NewKey = z.strictObject({
  business: slug,
  name: NewApiKey.shape.name.default('made by the operator'),
  scope: NewApiKey.shape.scopes.default([...Scope.options]),
});

async function keyCreate(args: string[], terminal: Terminal) {
  const given = options(args, { business: text, name: text, scope: { ...text, multiple: true } });
  const { business, name, scope: scopes } = valid(NewKey, given);
  await withDatabase(terminal, async ({ db }) => {
    const { id } = await businessCalled(db, business);
    terminal.print(json(await db.transaction((tx) => makeKey(tx, id, { name, scopes }))));
  });
}

async function keyList(args: string[], terminal: Terminal) {
  const { business } = valid(z.strictObject({ business: slug }), options(args, { business: text }));
  await withDatabase(terminal, async ({ db }) => {
    const { id } = await businessCalled(db, business);
    terminal.print(json({ items: await listKeys(db, id) }));
  });
}

async function keyRevoke(args: string[], terminal: Terminal) {
  const given = options(args, { business: text, key: text });
  const { business, key } = valid(z.strictObject({ business: slug, key: Id }), given);
  await withDatabase(terminal, async ({ db }) => {
    const { id } = await businessCalled(db, business);
    await db.transaction((tx) => revokeKey(tx, id, key, Date.now()));
    terminal.say('The API key is revoked.');
  });
}

async function jobsList(args: string[], terminal: Terminal) {
  const { limit } = valid(
    z.object({ limit: z.coerce.number().int().min(1).max(MOST_LISTED).default(100) }),
    options(args, { limit: text }),
  );
  await withDatabase(terminal, async ({ db }) =>
    terminal.print(
      json({
        waiting: await waiting(db, { limit }),
        died: await died(db, { limit }),
        marks: await listMarks(db, { limit }),
      }),
    ),
  );
}

async function jobsRetry(args: string[], terminal: Terminal) {
  const { push, all } = valid(
    z.object({ push: Id.optional(), all: z.boolean().optional() }),
    options(args, { push: text, all: { type: 'boolean' } }),
  );
  if (Boolean(push) === Boolean(all)) throw new Misused('Say which: --push <id>, or --all.');
  await withDatabase(terminal, async ({ db, client }) => {
    const counts = await db.transaction(async (tx) => ({
      retried: await retry(tx, { pushId: push }),
      marks: all ? await retryMarks(tx) : 0,
    }));
    // A server that runs hears of it at once; one that does not will find it when it starts.
    const bell = hangDoorbell(client, (error) => terminal.say(`The workers were not told: ${String(error)}`));
    bell.ring();
    await bell.close();
    terminal.print(json(counts));
  });
}

async function checkAll(args: string[], terminal: Terminal) {
  options(args, {});
  const config = readConfig(terminal.env);
  terminal.print('ok    configuration  Every key is understood.\n');
  const { url, leave } = await reachDatabase(config, logTo(terminal));
  let well = true;
  try {
    for await (const { about, ok, words } of check(config, url)) {
      terminal.print(`${ok ? 'ok  ' : 'FAIL'}  ${about.padEnd(13)}  ${words}\n`);
      well &&= ok;
    }
    return well;
  } finally {
    await leave();
  }
}

/** On a database that is up to date. */
async function withDatabase(terminal: Terminal, act: (opened: OpenDatabase) => Promise<void>) {
  const { url, leave } = await reachDatabase(readConfig(terminal.env), logTo(terminal));
  try {
    await migrate(url);
    const opened = openDatabase(url, { max: 2, applicationName: 'sidebook command' });
    await act(opened).finally(opened.close);
  } finally {
    await leave();
  }
}

function options(args: string[], wanted: Record<string, { type: 'string' | 'boolean'; multiple?: boolean }>) {
  try {
    return parseArgs({ args, options: wanted, strict: true }).values;
  } catch (error) {
    throw new Misused(error instanceof Error ? error.message : String(error));
  }
}

function valid<T extends z.ZodType>(schema: T, given: unknown): z.output<T> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new Misused(
    parsed.error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`).join('\n'),
  );
}

const json = (answer: unknown) => `${JSON.stringify(answer, null, 2)}\n`;

function logTo({ say }: Terminal) {
  const tell = (...said: unknown[]) => say(said.filter((part) => typeof part === 'string').join(' '));
  return { debug: () => undefined, warn: tell, error: tell };
}

/** The exit code: 0 when done, 1 if it could not be done or something is wrong, 2 if it was not understood. */
export async function runCommand(args: string[], terminal: Terminal): Promise<number> {
  try {
    return (await run(args, terminal)) === false ? 1 : 0;
  } catch (error) {
    terminal.say(wordsOf(error));
    return error instanceof Misused ? 2 : 1;
  }
}

async function run(args: string[], terminal: Terminal): Promise<unknown> {
  const words = args.findIndex((arg) => arg.startsWith('-'));
  const name = args.slice(0, words < 0 ? args.length : words).join(' ');
  if (name === '' || name === 'help') return terminal.print(usage);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new Misused(`There is no command "${name}".`);
  return command(words < 0 ? [] : args.slice(words), terminal);
}

function wordsOf(error: unknown): string {
  if (error instanceof Misused) return `${error.message}\n\n${usage}`;
  if (error instanceof Misconfigured) return error.faults.join('\n');
  if (error instanceof DatabaseUnusable) return error.message;
  const { status, body } = answerTo(error);
  if (status < 500) return body.message;
  return String(error instanceof Error ? (error.stack ?? error) : error);
}
