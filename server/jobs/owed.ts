// What waits, what died, and another try by hand: the view of the queue for whoever runs Sidebook.
import { type SQL, sql } from 'drizzle-orm';
import type { Connection, Transaction } from '../database/open.ts';

interface Owed {
  businessId: string;
  calendarId: string;
  wanted: number;
  done: number;
  attempts: number;
  /** ISO, UTC. */
  dueAt: string;
  diedAt: string | null;
  failure: string | null;
  /** Whether a worker has it in hand. */
  leased: boolean;
  /** Whether its account has to be connected again first. */
  parked: boolean;
}

export interface OwedPush extends Owed {
  id: string;
  unitId: string;
}

/** Of an event that is no booking. */
export interface OwedWrite extends Owed {
  eventId: string;
  /** Whether it is to be Free. */
  free: boolean;
}

export interface Which {
  businessId?: string;
  pushId?: string;
}

const isWaiting = sql`p.done < p.wanted and p.died_at is null`;
const isDead = sql`p.died_at is not null`;

/** Pushes owed that will be tried by themselves, the next due first. */
export const waiting = (db: Connection, which: Which & { limit: number }) =>
  list<OwedPush>(db, pushes, sql`${isWaiting} and ${chosen(which)} order by p.due_at limit ${which.limit}`);

/** Pushes given up, the latest first. */
export const died = (db: Connection, which: Which & { limit: number }) =>
  list<OwedPush>(
    db,
    pushes,
    sql`${isDead} and ${chosen(which)} order by p.died_at desc limit ${which.limit}`,
  );

/** As waiting and died: what is owed to events that are no bookings. */
export async function listMarks(db: Connection, { limit }: { limit: number }) {
  return {
    waiting: await list<OwedWrite>(db, marks, sql`${isWaiting} order by p.due_at limit ${limit}`),
    died: await list<OwedWrite>(db, marks, sql`${isDead} order by p.died_at desc limit ${limit}`),
  };
}

/** Gives pushes that died another life. @returns how many */
export async function retry(tx: Transaction, which: Which): Promise<number> {
  const rows = await tx.execute(sql`
    update pushes p set died_at = null, attempts = 0, due_at = now()
      where p.died_at is not null and ${chosen(which)} returning 1`);
  return rows.length;
}

/** The same for all marks that died. @returns how many */
export async function retryMarks(tx: Transaction): Promise<number> {
  const rows = await tx.execute(sql`
    update marks p set died_at = null, attempts = 0, due_at = now() where ${isDead} returning 1`);
  return rows.length;
}

const chosen = ({ businessId, pushId }: Which): SQL => sql`
  (${businessId ?? null}::uuid is null or p.business_id = ${businessId ?? null}::uuid)
  and (${pushId ?? null}::uuid is null or p.id = ${pushId ?? null}::uuid)`;

interface Kind {
  table: SQL;
  /** Its columns that only it has. */
  own: SQL;
}
const pushes: Kind = { table: sql`pushes`, own: sql`p.id, p.unit_id as "unitId"` };
const marks: Kind = { table: sql`marks`, own: sql`p.event_id as "eventId", p.free` };

async function list<Row extends Owed>(db: Connection, { table, own }: Kind, condition: SQL): Promise<Row[]> {
  const rows = await db.execute<Record<keyof Owed, unknown>>(sql`
    select p.business_id as "businessId", ${own}, p.calendar_id as "calendarId", p.wanted, p.done, p.attempts,
        p.due_at as "dueAt", p.died_at as "diedAt", p.failure,
        coalesce(p.leased_until > now(), false) as leased, a.state <> 'connected' as parked
      from ${table} p
      join calendars c on c.business_id = p.business_id and c.id = p.calendar_id
      join accounts a on a.business_id = c.business_id and a.id = c.account_id
      where ${condition}`);
  return rows.map((row) => ({
    ...(row as unknown as Row),
    dueAt: iso(row.dueAt)!,
    diedAt: iso(row.diedAt),
  }));
}

const iso = (instant: unknown) => (instant ? new Date(instant as string | Date).toISOString() : null);
