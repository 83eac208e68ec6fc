// An answer that suddenly holds much less than we do is not believed at once: a second one in a row has to say the same.
import { sql } from 'drizzle-orm';
import { MINUTE } from '../../shared/time.ts';
import type { Judge } from '../blocks/judge.ts';
import { lookBack } from '../blocks/reflect.ts';
import type { Transaction } from '../database/open.ts';
import { GoogleError } from '../google/errors.ts';
import type { Brought } from './read.ts';

/** Of so few events most may well go at once. */
const few = 20;
const code = 'shrunk';

export interface Doubting {
  brought: Brought;
  /** When the reading began, ms since 1970. */
  began: number;
  /** Of the reading before this one. */
  failure: string | null;
}

/**
 * Before anything of it is kept, a reading of everything that would sweep more than half of the mirror is put off, unless
 * the one before it was for the same. What is over counts for nothing, since Google was not asked for that; nor do busy
 * times, which go when events take their place, and run together and apart as they like.
 * @throws GoogleError
 */
export async function doubt(tx: Transaction, judge: Judge, doubting: Doubting): Promise<void> {
  const { brought, began, failure } = doubting;
  if (!brought.complete || brought.token === null || failure === code) return;
  const { held, lost } = await compare(tx, judge, { brought, from: began - lookBack });
  // A minute or so later Google may have come to itself.
  if (held > few && lost > held / 2) throw new GoogleError('again', code, { retryAfter: MINUTE });
}

async function compare(
  tx: Transaction,
  { businessId, calendarId }: Judge,
  { brought, from }: { brought: Brought; from: number },
): Promise<{ held: number; lost: number }> {
  const told = sql.param(brought.rows.map(({ eventId }) => eventId));
  const [row] = await tx.execute<{ held: number; lost: number }>(sql`
    select count(*)::int as held, count(*) filter (where told.id is null)::int as lost
      from events e left join unnest(${told}::text[]) as told(id) on told.id = e.event_id
      where e.business_id = ${businessId} and e.calendar_id = ${calendarId} and e.event_id not like 'busy:%'
        and coalesce(case when e.recurrence is null then e.ends_at else e.last_ends_at end, 'infinity')
          >= ${new Date(from).toISOString()}::timestamptz`);
  return row!;
}
