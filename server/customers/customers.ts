// Customers: who books. Staff find, add and correct them here; a booking finds or makes its own.
import { and, asc, eq, gt, ilike, or } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import type * as z from 'zod';
import type { Customer, CustomerChange, CustomerSearch, NewCustomer } from '../../shared/api.ts';
import type { Connection, Transaction } from '../database/open.ts';
import { customers } from '../database/schema.ts';
import { notFound } from '../errors.ts';
import { oweAgain } from '../jobs/queue.ts';
import { asPage } from '../page.ts';

type CustomerShape = z.output<typeof Customer>;

/** Two customers may be alike in everything: who is whom is for staff to know. */
export async function createCustomer(
  tx: Transaction,
  businessId: string,
  wanted: z.output<typeof NewCustomer>,
): Promise<CustomerShape> {
  const [row] = await tx
    .insert(customers)
    .values({ ...wanted, businessId, id: uuid() })
    .returning();
  return show(row!);
}

export async function listCustomers(
  db: Connection,
  businessId: string,
  search: z.output<typeof CustomerSearch>,
) {
  const rows = await db
    .select()
    .from(customers)
    .where(
      and(
        eq(customers.businessId, businessId),
        search.q ? holding(search.q) : undefined,
        search.cursor ? gt(customers.id, search.cursor) : undefined,
      ),
    )
    .orderBy(asc(customers.id))
    .limit(search.limit + 1);
  return asPage(rows.map(show), search.limit);
}

/** @throws Refusal not_found */
export async function readCustomer(db: Connection, businessId: string, id: string): Promise<CustomerShape> {
  const [row] = await db.select().from(customers).where(mine(businessId, id));
  if (!row) throw notFound('customer');
  return show(row);
}

interface Correction {
  id: string;
  change: z.output<typeof CustomerChange>;
  /** ms since 1970 */
  now: number;
}

/** What the change does not name stays; events that show the customer follow. @throws Refusal not_found */
export async function changeCustomer(
  tx: Transaction,
  businessId: string,
  { id, change, now }: Correction,
): Promise<CustomerShape> {
  if (Object.keys(change).length === 0) return readCustomer(tx, businessId, id);
  // For update, so that a booking just being made is either seen below or shows the customer as corrected.
  const [was] = await tx.select().from(customers).where(mine(businessId, id)).for('update');
  const [row] = await tx.update(customers).set(change).where(mine(businessId, id)).returning();
  if (!was || !row) throw notFound('customer');
  if (shownInEvents.some((field) => was[field] !== row[field]))
    await oweAgain(tx, { businessId, customerId: id, now });
  return show(row);
}

const shownInEvents = ['name', 'email', 'phone'] as const;

function holding(q: string) {
  const part = `%${q.replace(/[\\%_]/g, '\\$&')}%`;
  return or(ilike(customers.name, part), ilike(customers.email, part), ilike(customers.phone, part));
}

const mine = (businessId: string, id: string) =>
  and(eq(customers.businessId, businessId), eq(customers.id, id));

const show = ({ id, name, email, phone, locale }: typeof customers.$inferSelect): CustomerShape => ({
  id,
  name,
  email,
  phone,
  locale: locale as CustomerShape['locale'],
});
