// Whose booking it is: a customer we know by id, or the person as they name themselves.
import { and, eq, type SQLWrapper, sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import type * as z from 'zod';
import type { NewCustomer } from '../../shared/api.ts';
import type { Transaction } from '../database/open.ts';
import { customers } from '../database/schema.ts';
import { notFound } from '../errors.ts';

interface Asked {
  customer?: z.output<typeof NewCustomer>;
  customerId?: string;
}

export interface Whose {
  id: string;
  /** Still to be done, for somebody new. */
  insert?: SQLWrapper & PromiseLike<unknown>;
}

/**
 * The same name, address and telephone are the same customer; anything else is another, since a stranger who types
 * somebody's address must not change what that person's other bookings show. @throws Refusal not_found
 */
export async function customerFor(tx: Transaction, businessId: string, asked: Asked): Promise<Whose> {
  const of = eq(customers.businessId, businessId);
  if (asked.customerId) {
    const [row] = await tx
      .select({ id: customers.id })
      .from(customers)
      .where(and(of, eq(customers.id, asked.customerId)));
    if (!row) throw notFound('customer');
    return row;
  }
  const { name, email, phone, locale } = asked.customer!;
  const [known] = email
    ? await tx
        .select({ id: customers.id })
        .from(customers)
        .where(
          and(
            of,
            sql`lower(${customers.email}) = lower(${email})`,
            eq(customers.name, name),
            sql`${customers.phone} is not distinct from ${phone}::text`,
          ),
        )
        .limit(1)
    : [];
  if (known) return known;
  const id = uuid();
  return { id, insert: tx.insert(customers).values({ businessId, id, name, email, phone, locale }) };
}
