// The configuration: read from the environment once, whole, with rules between its fields. Nobody else reads it.
import { resolve } from 'node:path';
import * as z from 'zod';

const text = z.string().trim().min(1);
// Numbers and addresses say what they want in words of ours: zod's own are for programmers.
const number = (least: number, most: number) => {
  const wants = `wants a whole number from ${least} to ${most}`;
  return z.coerce.number(wants).int(wants).min(least, wants).max(most, wants);
};
const oneOf = <T extends string>(...words: [T, ...T[]]) => z.enum(words, `wants one of: ${words.join(', ')}`);
const clients = text
  .regex(/^[\w.-]+(\s*,\s*[\w.-]+)*$/, 'wants client ids with commas between them')
  .transform((list) => list.split(/\s*,\s*/));
const port = number(0, 65_535);
const count = number(1, 1_000_000_000);
const address = z
  .url({ protocol: /^https?$/, error: 'wants an address such as https://book.example.com' })
  .transform((url) => url.replace(/\/$/, ''));
const secretKeys = text.regex(
  /^[\w-]+:[A-Za-z0-9+/]{43}=(,[\w-]+:[A-Za-z0-9+/]{43}=)*$/,
  'wants id:key, the key being 32 bytes in base64 (openssl rand -base64 32); several with commas, the newest first',
);

/** Every key there is, with its meaning in .env.example; a test holds the two together. */
export const environment = z.object({
  HOST: text.default('127.0.0.1'),
  PORT: port.default(8080),
  PUBLIC_URL: address.optional(),
  DATA_FOLDER: text.default('data'),
  DATABASE_URL: z
    .url({
      protocol: /^postgres(ql)?$/,
      error: 'wants an address such as postgres://user:password@host:5432/sidebook',
    })
    .optional(),
  DATABASE_CONNECTIONS: number(1, 500).default(20),
  SECRET_KEYS: secretKeys.optional(),
  GOOGLE_CLIENT_ID: text.optional(),
  GOOGLE_CLIENT_SECRET: text.optional(),
  GOOGLE_URL: address.optional(),
  GOOGLE_ACCOUNT_UNITS_PER_MINUTE: count.default(600),
  GOOGLE_PROJECT_UNITS_PER_MINUTE: count.default(10_000),
  ADDON_AUDIENCES: clients.default([]),
  POLL_MINUTES: number(1, 24 * 60).default(5),
  WORKER: oneOf('on', 'off').default('on'),
  OPERATOR_NAME: text.optional(),
  OPERATOR_MAIL: z.email('wants a mail address').optional(),
  LOG_LEVEL: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'silent').default('info'),
});

// Looked at whatever else is wrong, so that one start tells of every fault.
function contradictions(env: Record<string, string | undefined>): string[] {
  const faults: string[] = [];
  if (env.DATABASE_URL && !env.SECRET_KEYS)
    faults.push('SECRET_KEYS is required with DATABASE_URL: secrets in that database are sealed with it.');
  if (!env.GOOGLE_CLIENT_ID !== !env.GOOGLE_CLIENT_SECRET)
    faults.push('GOOGLE_CLIENT_SECRET goes with GOOGLE_CLIENT_ID: set both, or neither.');
  if (!env.OPERATOR_NAME !== !env.OPERATOR_MAIL)
    faults.push('OPERATOR_MAIL goes with OPERATOR_NAME: set both, or neither.');
  if (env.GOOGLE_URL && !env.GOOGLE_CLIENT_ID)
    faults.push('GOOGLE_URL without GOOGLE_CLIENT_ID reaches nothing: set the client id and secret too.');
  return faults;
}

export type Config = ReturnType<typeof readConfig>;

/** A start that cannot be: one sentence per fault. */
export class Misconfigured extends Error {
  readonly faults: string[];
  constructor(faults: string[]) {
    super(faults.join('\n'));
    this.name = 'Misconfigured';
    this.faults = faults;
  }
}

/** @throws Misconfigured, with a sentence for each key that is missing, wrong or at odds with another. */
export function readConfig(env: Record<string, string | undefined> = process.env) {
  // A key set to nothing is a key not set: that is what an empty line in an env file means.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(given);
  const wrong = parsed.error?.issues.map((issue) => `${issue.path.join('.')} ${issue.message}.`) ?? [];
  const faults = [...wrong, ...contradictions(given)];
  if (!parsed.success || faults.length > 0) throw new Misconfigured(faults);
  const e = parsed.data;
  return {
    host: e.HOST,
    port: e.PORT,
    publicUrl: e.PUBLIC_URL,
    dataFolder: resolve(e.DATA_FOLDER),
    databaseUrl: e.DATABASE_URL,
    databaseConnections: e.DATABASE_CONNECTIONS,
    secretKeys: e.SECRET_KEYS,
    pollMinutes: e.POLL_MINUTES,
    worker: e.WORKER === 'on',
    operator:
      e.OPERATOR_NAME && e.OPERATOR_MAIL ? { name: e.OPERATOR_NAME, mail: e.OPERATOR_MAIL } : undefined,
    logLevel: e.LOG_LEVEL,
    addon: {
      /** Client ids that identity tokens of the add-on may be made for; none: it is not set up. */
      audiences: e.ADDON_AUDIENCES,
    },
    google: {
      /** Undefined: Google's own addresses. */
      url: e.GOOGLE_URL,
      clientId: e.GOOGLE_CLIENT_ID,
      clientSecret: e.GOOGLE_CLIENT_SECRET,
      accountUnitsPerMinute: e.GOOGLE_ACCOUNT_UNITS_PER_MINUTE,
      projectUnitsPerMinute: e.GOOGLE_PROJECT_UNITS_PER_MINUTE,
    },
  };
}

/** Whether people can sign in on the web: it needs the deployment's own Google app, and an address to come back to. */
export const canSignIn = ({ google, publicUrl }: Pick<Config, 'google' | 'publicUrl'>): boolean =>
  Boolean(google.clientId && google.clientSecret && publicUrl);
