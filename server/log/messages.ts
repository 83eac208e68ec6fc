// What somebody is to be told: written in the transaction of what it is about, so that it is neither lost nor told in vain.
import { and, desc, eq, lt } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import { DAY } from '../../shared/time.ts';
import { messages } from '../database/mirror.ts';
import type { Connection, Transaction } from '../database/open.ts';

type Row = typeof messages.$inferSelect;
export type NewMessage = Pick<Row, 'businessId' | 'to' | 'kind' | 'about'> &
  Partial<Pick<Row, 'bookingId' | 'calendarId' | 'accountId' | 'details'>> & { at: Date };

/** Once for each kind and `about`: the same told again is not told. No names, addresses or titles in the details. */
export async function tell(tx: Transaction, wanted: NewMessage[]): Promise<void> {
  if (wanted.length === 0) return;
  await tx
    .insert(messages)
    .values(wanted.map((one) => ({ id: uuid(), details: {}, ...one })))
    .onConflictDoNothing();
}

/** In days. */
const kept = 365;

/** The tick: what was told so long ago that nobody asks for it. */
export async function tidyMessages(db: Connection, now: number): Promise<void> {
  await db.delete(messages).where(lt(messages.at, new Date(now - kept * DAY)));
}

/** The newest first. */
export async function listMessages(
  db: Connection,
  businessId: string,
  page: { limit: number; before?: string },
): Promise<Row[]> {
  return db
    .select()
    .from(messages)
    .where(and(eq(messages.businessId, businessId), page.before ? lt(messages.id, page.before) : undefined))
    .orderBy(desc(messages.id))
    .limit(page.limit);
}
