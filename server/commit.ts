// The edge of every change: opens the transaction an act takes, does it once per Idempotency-Key, and rings afterwards.
import { createHash } from 'node:crypto';
import { and, eq, lt } from 'drizzle-orm';
import type { FastifyRequest } from 'fastify';
import type { Context } from './context.ts';
import { idempotencyKeys } from './database/ledger.ts';
import type { Transaction } from './database/open.ts';
import { Again, databaseError, Refusal } from './errors.ts';

type Act<T, P = undefined> = (tx: Transaction, prepared: P) => Promise<T>;

const MOST_TRIES = 6;

/** Opens a transaction, anew where the act or PostgreSQL asks for it (deadlock, serialisation), and rings when it is committed. */
export const commit = <T>(context: Pick<Context, 'db' | 'ring'>, act: Act<T>): Promise<T> =>
  commitWith(context, { prepare: async () => undefined, act });

/**
 * As commit. What is prepared for each try is prepared before its transaction: asked for within, it would take another
 * connection, and as many at once as there are connections would wait for one another for ever.
 */
export async function commitWith<T, P>(
  context: Pick<Context, 'db' | 'ring'>,
  { prepare, act }: { prepare: () => Promise<P>; act: Act<T, P> },
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      const prepared = await prepare();
      const result = await context.db.transaction((tx) => act(tx, prepared));
      context.ring();
      return result;
    } catch (error) {
      if (!wantsAnother(error)) throw error;
      if (tries >= MOST_TRIES) throw new Refusal('busy', 'Too many changes at once: try again.');
    }
  }
}

const wantsAnother = (error: unknown) =>
  error instanceof Again || ['40P01', '40001'].includes(databaseError(error)?.code ?? '');

/**
 * As commit; but with an `Idempotency-Key` the act is done once, and its answer given again to whoever repeats the
 * request. The key is claimed first and in the same transaction, so a twin that comes meanwhile waits for this answer;
 * a refusal rolls the claim back. Keys are kept for a day.
 * @throws Refusal invalid, idempotency_mismatch
 */
export const commitOnce = <T>(context: Context, request: FastifyRequest, act: Act<T>): Promise<T> =>
  commitOnceWith(context, request, { prepare: async () => undefined, act });

/** As commitOnce and commitWith. */
export async function commitOnceWith<T, P>(
  context: Context,
  request: FastifyRequest,
  { prepare, act }: { prepare: () => Promise<P>; act: Act<T, P> },
): Promise<T> {
  const { config, schema, url } = request.routeOptions;
  // The API's description goes by it; a page's form is described nowhere.
  if (!config.once && !schema?.hide) throw new Error(`${url} does not say that it is once`);
  const key = request.headers['idempotency-key'];
  if (key === undefined) return commitWith(context, { prepare, act });
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(key))
    throw new Refusal('invalid', 'Idempotency-Key: 1 to 200 visible ASCII characters.');
  const { businessId } = request.caller;
  const identity = `idempotency_keys/${businessId}/${key}`;
  const requestHash = createHash('sha256')
    .update(`${request.method} ${request.url} ${JSON.stringify(request.body ?? null)}`)
    .digest('hex');
  const mine = and(eq(idempotencyKeys.businessId, businessId), eq(idempotencyKeys.key, key));

  const once = async (tx: Transaction, prepared: P) => {
    const claimed = await tx
      .insert(idempotencyKeys)
      .values({ businessId, key, requestHash, createdAt: new Date(context.now()) })
      .onConflictDoNothing()
      .returning({ key: idempotencyKeys.key });
    if (claimed.length === 0) {
      const [row] = await tx.select().from(idempotencyKeys).where(mine);
      if (row?.requestHash !== requestHash)
        throw new Refusal(
          'idempotency_mismatch',
          'This Idempotency-Key was used for another request: take a new one.',
        );
      return JSON.parse(context.seal.open(row.answer!, identity)) as T;
    }
    const result = await act(tx, prepared);
    await tx
      .update(idempotencyKeys)
      .set({ answer: context.seal.seal(JSON.stringify(result), identity) })
      .where(mine);
    return result;
  };
  return commitWith(context, { prepare, act: once });
}

/** Whether the request's Idempotency-Key has its answer already. */
export async function wasAnswered(context: Context, request: FastifyRequest): Promise<boolean> {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string') return false;
  const { businessId } = request.caller;
  const rows = await context.db
    .select({ key: idempotencyKeys.key })
    .from(idempotencyKeys)
    .where(and(eq(idempotencyKeys.businessId, businessId), eq(idempotencyKeys.key, key)));
  return rows.length > 0;
}

/** Forgets keys older than a day. */
export async function tidyKeys(context: Context): Promise<void> {
  const yesterday = new Date(context.now() - 24 * 3_600_000);
  await context.db.delete(idempotencyKeys).where(lt(idempotencyKeys.createdAt, yesterday));
}
