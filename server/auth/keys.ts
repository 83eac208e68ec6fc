// API keys: made, listed, revoked, and who calls with one.
import { createHash, randomBytes } from 'node:crypto';
import { and, eq, isNull, sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import type * as z from 'zod';
import type { NewApiKey, Scope } from '../../shared/api.ts';
import type { Connection, Transaction } from '../database/open.ts';
import { apiKeys, businesses } from '../database/schema.ts';
import { notFound, Refusal } from '../errors.ts';
import { share } from '../share.ts';

/** Who asks: one business's, with what they may do. */
export interface Caller {
  businessId: string;
  /** For the audit: `key:…`, `customer`, `system`. */
  actor: string;
  scopes: ReadonlySet<Scope>;
  /** The business's revision at the time of asking: names the catalogue that may be used. */
  revision: number;
}

/** SHA-256 in hex. Enough for secrets of ours: they are 256 bits of chance, so there is nothing to guess or to salt. */
export const hashOf = (secret: string) => createHash('sha256').update(secret).digest('hex');
export const newSecret = () => randomBytes(32).toString('base64url');

/** The key itself is in the answer and nowhere else. */
export async function makeKey(tx: Transaction, businessId: string, wanted: z.output<typeof NewApiKey>) {
  const key = `sb_${newSecret()}`;
  const id = uuid();
  const [row] = await tx
    .insert(apiKeys)
    .values({ businessId, id, name: wanted.name, scopes: wanted.scopes, keyHash: hashOf(key) })
    .returning({ createdAt: apiKeys.createdAt });
  return { id, ...wanted, createdAt: row!.createdAt.toISOString(), key };
}

/** Nobody hands on more than they have. @throws Refusal forbidden */
export function mustHave({ scopes }: Caller, wanted: readonly Scope[]): void {
  const lacking = wanted.filter((scope) => !scopes.has(scope));
  if (lacking.length === 0) return;
  const names = new Intl.ListFormat('en').format(lacking.map((scope) => `"${scope}"`));
  throw new Refusal(
    'forbidden',
    `scopes: this API key lacks ${names}, so it cannot make a key that has them. Ask with one that does, or have an owner make it in the control panel.`,
    { scopes: lacking },
  );
}

export async function listKeys(db: Connection, businessId: string) {
  const rows = await db
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.businessId, businessId), isNull(apiKeys.revokedAt)))
    .orderBy(apiKeys.id);
  return rows.map(({ id, name, scopes, createdAt }) => ({
    id,
    name,
    scopes: scopes as Scope[],
    createdAt: createdAt.toISOString(),
  }));
}

export async function revokeKey(tx: Transaction, businessId: string, id: string, now: number) {
  const rows = await tx
    .update(apiKeys)
    .set({ revokedAt: new Date(now) })
    .where(and(eq(apiKeys.businessId, businessId), eq(apiKeys.id, id), isNull(apiKeys.revokedAt)))
    .returning({ id: apiKeys.id });
  if (rows.length === 0) throw notFound('API key');
}

/**
 * Whose key this is, or undefined. Looked up by its hash and never kept, so that a revoked key stops at once; requests
 * that come while it is looked up share the look-up.
 */
export function callerOf(db: Connection, key: string): Promise<Caller | undefined> {
  const hash = hashOf(key);
  return share(db, `caller ${hash}`, () => lookUp(db, hash));
}

async function lookUp(db: Connection, hash: string): Promise<Caller | undefined> {
  const [row] = await db
    .select({
      businessId: apiKeys.businessId,
      id: apiKeys.id,
      scopes: apiKeys.scopes,
      revision: businesses.revision,
    })
    .from(apiKeys)
    .innerJoin(businesses, eq(businesses.id, apiKeys.businessId))
    .where(and(eq(apiKeys.keyHash, sql.placeholder('hash')), isNull(apiKeys.revokedAt)))
    .prepare('caller_of')
    .execute({ hash });
  if (!row) return undefined;
  return {
    businessId: row.businessId,
    actor: `key:${row.id}`,
    scopes: new Set(row.scopes as Scope[]),
    revision: row.revision,
  };
}
