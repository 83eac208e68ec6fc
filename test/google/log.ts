// What was asked of the local Google, for tests that assert what our product called.

export interface Logged {
  n: number;
  at: string;
  /** Method id such as `events.insert`, `token`, `revoke`. */
  method: string;
  verb: string;
  path: string;
  query: Record<string, unknown>;
  person?: string;
  client?: string;
  calendar?: string;
  event?: string;
  ifMatch?: string;
  body?: unknown;
  /** 0 when the connection was cut instead of answered. */
  status: number;
  reason?: string;
  /** Ids of the faults that were at work. */
  faults?: string[];
}

const KEPT = 20_000;

export class RequestLog {
  private entries: Logged[] = [];
  private n = 0;

  add(entry: Omit<Logged, 'n'>): void {
    this.entries.push({ n: ++this.n, ...entry });
    if (this.entries.length > KEPT) this.entries = this.entries.slice(-KEPT / 2);
  }

  /** Entries after number `since`, oldest first. */
  since(since = 0): Logged[] {
    return this.entries.filter(({ n }) => n > since);
  }

  clear(): void {
    this.entries = [];
  }
}
