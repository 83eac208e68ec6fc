// One push in a worker's hands: every word with Google goes through here, within the lease and the budget, and is logged.
import { sql } from 'drizzle-orm';
import { asAccount } from '../accounts/accounts.ts';
import type { Context } from '../context.ts';
import type { GoogleAccount, GoogleEvent } from '../google/client.ts';
import { type FailureKind, GoogleError } from '../google/errors.ts';
import { type Budget, BudgetSpent, type Method } from '../jobs/budget.ts';
import { type Claim, keep, LeaseLost, leaseSeconds, note } from '../jobs/queue.ts';
import type { Step } from '../log/steps.ts';
import type { Tried } from './drift.ts';
import type { OwnFields } from './event.ts';
import type { PushRow } from './unit.ts';

/** A unit in hand: what all its pushes share. */
export interface Hand {
  context: Context;
  budget: Budget;
  claim: Claim;
  /** All of the unit's pushes, those not claimed too. */
  rows: PushRow[];
  steps: Step[];
  /** When the lease was taken or lengthened last, on this process's clock, ms. */
  leasedAt: number;
  /** The rows are otherwise by now: they have to be read anew before anything is done by them. */
  isStale: boolean;
}

/** One request may last as long as this, its access token included, in ms. */
const requestTime = 20_000;

export class Attempt {
  readonly hand: Hand;
  readonly row: PushRow;
  readonly #google: GoogleAccount;

  constructor(hand: Hand, row: PushRow) {
    this.hand = hand;
    this.row = row;
    this.#google = asAccount(hand.context, { ...row.account, businessId: hand.claim.businessId });
  }

  /**
   * The event, deleted or not; null if Google knows of none.
   * @throws GoogleError also where we see only when it is: put back as we see it, all that people wrote would be lost
   */
  async find(): Promise<GoogleEvent | null> {
    const found = await this.#unless(['gone'], 'get', () =>
      this.#google.getEvent(this.row.googleId, this.#eventId),
    );
    if (found && isVeiled(found)) throw new GoogleError('refused', 'requiredAccessLevel', { status: 403 });
    return found;
  }

  /** That the calendar is there, and we may see it: else that it knows of no event says nothing. @throws GoogleError */
  async reach(): Promise<void> {
    await this.#ask('get', this.#calendar);
  }

  #calendar = () => this.#google.getCalendar(this.row.googleId);

  /** Null if the id is taken already. */
  insert(event: GoogleEvent): Promise<GoogleEvent | null> {
    return this.#unless(['exists'], 'insert', () => this.#google.insertEvent(this.row.googleId, event));
  }

  /** Null if it is no longer as it was read: read it again. */
  update(event: GoogleEvent): Promise<GoogleEvent | null> {
    return this.#unless(['changed', 'gone'], 'update', () =>
      this.#google.updateEvent(this.row.googleId, event),
    );
  }

  /** Brings back a deleted event. False if Google will not, which it may for one deleted by a person; null as above. */
  async revive(event: GoogleEvent): Promise<GoogleEvent | false | null> {
    const update = () => this.#google.updateEvent(this.row.googleId, event);
    const revived = await this.#unless(['refused', 'gone', 'exists'], 'update', () =>
      update().catch((error) => {
        if (error instanceof GoogleError && error.kind === 'changed') return 'changed' as const;
        throw error;
      }),
    );
    return revived === 'changed' ? null : (revived ?? false);
  }

  /** False if it was not there. */
  async delete(): Promise<boolean> {
    const request = async () => {
      await this.#google.deleteEvent(this.row.googleId, this.#eventId);
      return true;
    };
    return (await this.#taking(this.row, () => this.#unless(['gone'], 'delete', request))) ?? false;
  }

  /**
   * Fetches the event here from another calendar. `gone`: it is not there; `refused`: it cannot come from there. That
   * it stands here from now on is kept: should it be gone when it is looked at, somebody has taken it.
   */
  async moveFrom(source: PushRow): Promise<'moved' | 'gone' | 'refused'> {
    const move = () =>
      this.#google.moveEvent(source.googleId, this.#eventId, this.row.googleId).then(
        ({ etag }) => ({ etag: etag ?? null }),
        (error) => {
          if (error instanceof GoogleError && error.kind === 'gone') return 'gone' as const;
          throw error;
        },
      );
    const taken = await this.#unless(['refused', 'exists', 'changed'], 'move', () =>
      this.#taking(source, move),
    );
    // Google says the same of an event that is not there and of a calendar that it does not let us see any more.
    if (taken === 'gone') return (await this.#unless(['gone'], 'get', this.#calendar)) ? 'gone' : 'refused';
    if (taken === null) return 'refused';
    const { eventId, generation, written } = this.row;
    await this.#keep({ eventId, generation, written, etag: taken.etag });
    return 'moved';
  }

  /**
   * Takes the event away from where the row has it. What Google refused to do, it has not done, and what was not there
   * (null, `gone`) is not taken: then it was not us.
   */
  async #taking<T>(row: PushRow, take: () => Promise<T>): Promise<T> {
    await this.intend({ gone: true }, row);
    try {
      const taken = await take();
      if (taken === null || taken === 'gone') await this.#withdraw(row);
      return taken;
    } catch (error) {
      if (wasNotAsked(error)) await this.#withdraw(row);
      throw error;
    }
  }

  /** The last that was written down by `intend`. */
  async #withdraw(row: PushRow): Promise<void> {
    const { businessId } = this.hand.claim;
    row.tried = row.tried?.slice(0, -1) ?? null;
    await this.hand.context.db.execute(sql`
      update pushes set tried = nullif(tried - (jsonb_array_length(tried) - 1), '[]')
        where business_id = ${businessId} and id = ${row.id} and jsonb_array_length(tried) > 0`);
  }

  /** Writes down what Google is asked for, before it is: seen there before we have its answer, it is no person's doing. */
  async intend(tried: Tried, row: PushRow = this.row): Promise<void> {
    const { context, claim } = this.hand;
    const { businessId, leasedUntil } = claim;
    const rows = await context.db.execute(sql`
      update pushes p set tried = coalesce(p.tried, '[]') || ${JSON.stringify([tried])}::text::jsonb
        where p.business_id = ${businessId} and p.id = ${row.id} and exists (select from pushes ours
          where ours.business_id = ${businessId} and ours.id = ${this.row.id}
            and ours.leased_until = ${leasedUntil}::timestamptz)
        returning 1`);
    if (rows.length === 0) throw new LeaseLost();
    row.tried = [...(row.tried ?? []), tried];
  }

  /**
   * Writes down which event it is to be, before Google is asked: a killed process leaves no event unknown.
   * @returns false if the one until now was seen elsewhere meanwhile: then it stays that one
   */
  async note({
    eventId,
    generation,
    written,
  }: {
    eventId: string;
    generation: number;
    written: OwnFields | null;
  }): Promise<boolean> {
    return this.#keep({ eventId, generation, written, etag: null });
  }

  async #keep(known: Pick<PushRow, 'eventId' | 'generation' | 'written' | 'etag'>): Promise<boolean> {
    const { db } = this.hand.context;
    const { written } = known;
    const kept = await note(db, this.hand.claim, this.row.id, {
      ...known,
      written: written && { ...written },
    });
    if (kept) Object.assign(this.row, { ...known, tried: null });
    return kept;
  }

  get #eventId(): string {
    return this.row.eventId!;
  }

  /** Asks Google; null instead of a failure of one of these kinds. */
  async #unless<T>(expected: FailureKind[], method: Method, request: () => Promise<T>): Promise<T | null> {
    try {
      return await this.#ask(method, request);
    } catch (error) {
      if (error instanceof GoogleError && expected.includes(error.kind)) return null;
      throw error;
    }
  }

  async #ask<T>(method: Method, request: () => Promise<T>): Promise<T> {
    const { hand } = this;
    if (performance.now() - hand.leasedAt > leaseSeconds * 1000 - requestTime) {
      await keep(hand.context.db, hand.claim);
      hand.leasedAt = performance.now();
    }
    await hand.budget.spend(this.row.account, method);
    const began = performance.now();
    const done = (outcome: string, status: number | null) =>
      record(this.hand, this.row, {
        step: method,
        outcome,
        status,
        milliseconds: Math.round(performance.now() - began),
      });
    try {
      const answer = await request();
      done('ok', method === 'delete' ? 204 : 200);
      return answer;
    } catch (error) {
      if (error instanceof GoogleError) done(error.code, error.status);
      throw error;
    }
  }
}

/** Whoever may see only when an event is, is not told whose it is either. */
const isVeiled = ({ status, organizer, creator }: GoogleEvent): boolean =>
  status !== 'cancelled' && !organizer && !creator;

/** Google refused outright, or never heard of it. With any other failure it may have been done all the same. */
const wasNotAsked = (error: unknown): boolean =>
  error instanceof BudgetSpent ||
  (error instanceof GoogleError &&
    error.status !== null &&
    error.status >= 400 &&
    error.status < 500 &&
    error.status !== 408);

/** Which try of the push this is: 1 is the first; 0 if it is not in hand, only others of its unit. */
export const attemptOf = ({ claim }: Pick<Hand, 'claim'>, { id }: Pick<PushRow, 'id'>): number =>
  claim.pushes.find((push) => push.id === id)?.attempt ?? 0;

/** One step for the log, which is written when the unit is done with. */
export function record(
  { context, claim, steps }: Hand,
  { id, calendarId }: PushRow,
  step: { step: string; outcome: string; status?: number | null; milliseconds?: number },
): void {
  const { businessId, unitId } = claim;
  const attempt = attemptOf({ claim }, { id });
  const at = new Date(context.now());
  steps.push({ businessId, at, unitId, pushId: id, calendarId, attempt, ...step });
}
