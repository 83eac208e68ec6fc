// Whether Google lets us act for each person: a line for every member, and for accounts that are no member's.
import { asc, eq } from 'drizzle-orm';
import type * as z from 'zod';
import type { Connection } from '../../shared/account-api.ts';
import type { Context } from '../context.ts';
import { businesses, members } from '../database/schema.ts';
import { listAccounts } from './accounts.ts';
import { localeOf, say } from './words.ts';

/** Members first, as they were made; an account is a member's if it has their address. */
export async function listConnections(
  context: Context,
  businessId: string,
): Promise<z.output<typeof Connection>[]> {
  const { db } = context;
  const [business] = await db
    .select({ locale: businesses.locale })
    .from(businesses)
    .where(eq(businesses.id, businessId));
  const people = await db
    .select({ id: members.id, name: members.name, email: members.email })
    .from(members)
    .where(eq(members.businessId, businessId))
    .orderBy(asc(members.id));
  const accounts = await listAccounts(context, businessId);
  const locale = localeOf(business?.locale ?? 'en');
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  const theirs = people.map(({ id, name, email }) => {
    const account = accounts.find((one) => same(one.email, email));
    if (!account) {
      const words = say('never', locale, { name });
      return { memberId: id, name, email, accountId: null, state: 'never' as const, words };
    }
    const words = account.words ?? say('connected', locale);
    return { memberId: id, name, email, accountId: account.id, state: account.state, words };
  });
  const others = accounts
    .filter((account) => !people.some(({ email }) => same(account.email, email)))
    .map(({ id, email, state, words }) => {
      const said = words ?? say('connected', locale);
      return { memberId: null, name: email, email, accountId: id, state, words: said };
    });
  return [...theirs, ...others];
}
