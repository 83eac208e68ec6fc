// Several inserts as one statement: one round trip, and references among them are checked at its end.
import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import type { Transaction } from './open.ts';

/** All of them see the tables as they were before: none may select what another inserts. */
export async function together(tx: Transaction, inserts: readonly (SQLWrapper | undefined)[]): Promise<void> {
  const parts = inserts
    .filter((insert) => insert !== undefined)
    .map((insert, i) => sql`${sql.identifier(`part_${i}`)} as (${insert.getSQL() as SQL})`);
  await tx.execute(sql`with ${sql.join(parts, sql`, `)} select 1`);
}
