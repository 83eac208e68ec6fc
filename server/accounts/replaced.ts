// An account connected anew through another Google app: what it was connected through before is ended.
import { and, eq, isNotNull, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { googleApps } from '../database/mirror.ts';
import { accounts } from '../database/schema.ts';
import { writeLog } from '../log/steps.ts';
import { itsOwnApp, ownApp } from './accounts.ts';
import { endGrant, type Grant, isShared } from './grants.ts';

interface Connecting {
  businessId: string;
  email: string;
  /** Of the app it is connected through from now on. */
  clientId: string;
}

/**
 * Connects it, and then revokes what another app was given before: nobody here has that token any more. Tried once and
 * logged; a grant of the same app goes on with the new token, and is left alone. Network: outside any transaction.
 * @param connect opens the transaction
 */
export async function replacing<T>(
  context: Context,
  known: Connecting,
  connect: () => Promise<T>,
): Promise<T> {
  const before = await grantOf(context, known);
  const made = await connect();
  if (before && before.clientId !== known.clientId) await endOld(context, before);
  return made;
}

async function grantOf(
  { db, config }: Context,
  { businessId, email }: Pick<Connecting, 'businessId' | 'email'>,
): Promise<Grant | undefined> {
  const { id, refreshToken } = accounts;
  const [row] = await db
    .select({ id, email: accounts.email, refreshToken, clientId: ownApp.clientId })
    .from(accounts)
    .leftJoin(googleApps, itsOwnApp)
    .where(
      and(
        eq(accounts.businessId, businessId),
        sql`lower(${accounts.email}) = lower(${email})`,
        isNotNull(accounts.refreshToken),
      ),
    );
  if (!row?.refreshToken) return undefined;
  const clientId = row.clientId ?? config.google.clientId ?? '';
  return { ...row, businessId, refreshToken: row.refreshToken, clientId };
}

async function endOld(context: Context, before: Grant): Promise<void> {
  const { businessId, email, clientId } = before;
  // Connected through the old app once more by now: then that grant is in use.
  if ((await grantOf(context, before))?.clientId === clientId) return;
  const grant = { businessId: sql`${businessId}::uuid`, email: sql`${email}`, clientId: sql`${clientId}` };
  const shared = isShared(context.config.google.clientId ?? '', grant);
  const [row] = await context.db.execute<{ shared: boolean }>(sql`select ${shared} as shared`);
  const { outcome } = row?.shared ? { outcome: 'shared' } : await endGrant(context, before);
  const at = new Date(context.now());
  await writeLog(context.db, [{ businessId, at, kind: 'account', step: 'revoke', outcome }]);
}
