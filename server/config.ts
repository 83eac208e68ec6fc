// The configuration: read from the environment once, whole, with rules between its fields. Nobody else reads it.
import { resolve } from 'node:path';
import * as z from 'zod';

const text = z.string().trim().min(1);
const port = z.coerce.number().int().min(0).max(65_535);
const count = z.coerce.number().int().min(1);
const address = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/$/, ''));
const secretKeys = text.regex(
  /^[\w-]+:[A-Za-z0-9+/]{43}=(,[\w-]+:[A-Za-z0-9+/]{43}=)*$/,
  'wants id:key, the key being 32 bytes in base64 (openssl rand -base64 32); several with commas, the newest first',
);

/** Every key there is, with its meaning in .env.example; a test holds the two together. */
export const environment = z
  .object({
    HOST: text.default('127.0.0.1'),
    PORT: port.default(8080),
    PUBLIC_URL: address.optional(),
    DATA_FOLDER: text.default('data'),
    DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
    DATABASE_CONNECTIONS: count.max(500).default(20),
    SECRET_KEYS: secretKeys.optional(),
    GOOGLE_CLIENT_ID: text.optional(),
    GOOGLE_CLIENT_SECRET: text.optional(),
    GOOGLE_URL: address.optional(),
    GOOGLE_ACCOUNT_UNITS_PER_MINUTE: count.default(600),
    GOOGLE_PROJECT_UNITS_PER_MINUTE: count.default(10_000),
    WORKER: z.enum(['on', 'off']).default('on'),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
  })
  .superRefine((env, context) => {
    const fault = (key: string, message: string) =>
      context.addIssue({ code: 'custom', path: [key], message });
    if (env.DATABASE_URL && !env.SECRET_KEYS)
      fault('SECRET_KEYS', 'is required with DATABASE_URL: secrets in that database are sealed with it');
    if (!env.GOOGLE_CLIENT_ID !== !env.GOOGLE_CLIENT_SECRET)
      fault('GOOGLE_CLIENT_SECRET', 'goes with GOOGLE_CLIENT_ID: set both, or neither');
    if (env.GOOGLE_URL && !env.GOOGLE_CLIENT_ID)
      fault('GOOGLE_URL', 'without GOOGLE_CLIENT_ID reaches nothing: set the client id and secret too');
  });

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
  if (!parsed.success)
    throw new Misconfigured(parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}.`));
  const e = parsed.data;
  return {
    host: e.HOST,
    port: e.PORT,
    publicUrl: e.PUBLIC_URL,
    dataFolder: resolve(e.DATA_FOLDER),
    databaseUrl: e.DATABASE_URL,
    databaseConnections: e.DATABASE_CONNECTIONS,
    secretKeys: e.SECRET_KEYS,
    worker: e.WORKER === 'on',
    logLevel: e.LOG_LEVEL,
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
