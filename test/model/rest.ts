// When a business has come to rest: nothing owed to Google, nothing to be read. One look at the tables for all who wait.
import type { Sql } from 'postgres';

/** What is still to be done for one business, by queue. */
export interface Owed {
  pushes: number;
  pulls: number;
  marks: number;
}

const every = 30;

export class Rest {
  readonly #sql: Sql;
  readonly #waiting = new Map<string, { until: number; done: (owed: Owed | null) => void }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** @returns null: at rest; else what was still owed after `patience` ms */
  wait(businessId: string, patience: number): Promise<Owed | null> {
    return new Promise((done) => {
      this.#waiting.set(businessId, { until: Date.now() + patience, done });
      this.#timer ??= setTimeout(() => this.#look(), every / 2);
    });
  }

  /** As when time has passed: what failed is tried again now. What somebody has in hand just now is not waited for. */
  async hurry(businessId: string): Promise<void> {
    const sql = this.#sql;
    const late = sql`business_id = ${businessId} and due_at > now() and (leased_until is null or leased_until <= now())`;
    const owed = sql`done < wanted and died_at is null`;
    await this.#outlast(businessId);
    await sql`
      update pushes set due_at = now()
        where id in (select id from pushes where ${late} and ${owed} for update skip locked)`;
    await sql`
      update pulls set due_at = now() where calendar_id in (
        select calendar_id from pulls where ${late} and (done < wanted or failure is not null) for update skip locked)`;
    await sql`
      update marks set due_at = now() where (calendar_id, event_id) in (
        select calendar_id, event_id from marks where ${late} and ${owed} for update skip locked)`;
    await this.ring();
  }

  /**
   * Nobody can undo any more what was found missing: it was found half a minute earlier, and all that was read was read
   * as much earlier, so that what came after the other still does.
   */
  async #outlast(businessId: string): Promise<void> {
    const recent = this.#sql`business_id = ${businessId} and missing_at > now() - interval '31 seconds'`;
    const [any] = await this.#sql`select 1 from pushes where ${recent} limit 1`;
    if (!any) return;
    await this.#sql.begin(async (sql) => {
      const all = await sql`select 1 from pulls where business_id = ${businessId}`;
      const held = await sql`select 1 from pulls where business_id = ${businessId} for update skip locked`;
      // One is just being kept: another time.
      if (held.length < all.length) return;
      const missing = await sql`
        update pushes set missing_at = missing_at - interval '31 seconds'
          where id in (select id from pushes where ${recent} for update skip locked) returning 1`;
      if (missing.length > 0)
        await sql`
          update pulls set read_at = read_at - interval '31 seconds' where business_id = ${businessId}`;
    });
  }

  /** Every calendar is to be read, as by a poll. */
  async pull(businessId: string): Promise<void> {
    const all = await this.#sql`select calendar_id as id from pulls where business_id = ${businessId}`;
    for (const { id } of all) await this.#owe(id);
    await this.ring();
  }

  /** One by one: whoever keeps a reading holds one of these rows, and may wait for the next. */
  async #owe(calendarId: string): Promise<void> {
    await insist(
      () => this.#sql`update pulls set wanted = wanted + 1, due_at = now() where calendar_id = ${calendarId}`,
    );
  }

  /** As if what we wrote had been written an hour before. */
  async age(businessId: string): Promise<void> {
    await insist(
      () =>
        this
          .#sql`update pushes set written_at = written_at - interval '1 hour' where business_id = ${businessId}`,
    );
  }

  async ring(): Promise<void> {
    await this.#sql`select pg_notify('sidebook_owed', '')`;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    // Who comes while the tables are read has to wait for the next look.
    const asked = [...this.#waiting];
    const owed = await this.#owed(asked.map(([id]) => id));
    for (const [id, { until, done }] of asked) {
      const still = owed.get(id);
      if (still && Date.now() < until) continue;
      this.#waiting.delete(id);
      done(still ?? null);
    }
    this.#timer = this.#waiting.size > 0 ? setTimeout(() => this.#look(), every) : undefined;
  }

  async #owed(ids: string[]): Promise<Map<string, Owed>> {
    const rows = await this.#sql<{ id: string; queue: keyof Owed; count: number }[]>`
      select q.business_id as id, queue, count(*)::int as count from (
        select business_id, calendar_id, 'pushes' as queue from pushes
          where business_id = any(${ids}) and done < wanted and died_at is null
        union all
        select business_id, calendar_id, 'pulls' from pulls
          where business_id = any(${ids}) and (done < wanted or failure is not null)
        union all
        select business_id, calendar_id, 'marks' from marks
          where business_id = any(${ids}) and done < wanted and died_at is null
      ) q
      join calendars c on c.business_id = q.business_id and c.id = q.calendar_id
      join accounts a on a.business_id = c.business_id and a.id = c.account_id
      where a.state in ('connected', 'disconnecting') and (queue <> 'pulls' or c.left_at is null)
      group by 1, 2`;
    const owed = new Map<string, Owed>();
    for (const { id, queue, count } of rows)
      owed.set(id, { ...(owed.get(id) ?? { pushes: 0, pulls: 0, marks: 0 }), [queue]: count });
    return owed;
  }
}

/** Two of the server's own may wait for one another, and PostgreSQL chooses the one behind them. */
export async function insist(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if ((error as { code?: string }).code !== '40P01') throw error;
    await insist(act);
  }
}
