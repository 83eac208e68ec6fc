// Troubles that can be switched on: which requests they hit, how often, and what they do.

export type Trouble =
  /** Waits before acting. */
  | { kind: 'latency'; milliseconds: number }
  /** Refuses without acting, for example 429, 403 quotaExceeded, 500 or 503 backendError. */
  | {
      kind: 'error';
      status: number;
      reason: string;
      message?: string;
      retryAfterSeconds?: number;
    }
  /** Cuts the connection without acting. */
  | { kind: 'reset' }
  /** Acts, sends half of the answer's body, then cuts the connection. */
  | { kind: 'halfBody' }
  /** Acts, then cuts the connection without an answer. */
  | { kind: 'lostAnswer' }
  /** 410 fullSyncRequired on any list with a sync token. */
  | { kind: 'fullSync' }
  /** 401 as for an expired access token. */
  | { kind: 'expiredToken' }
  /** For `on: 'notice'`: the notice is never sent, or sent twice. */
  | { kind: 'lostNotice' }
  | { kind: 'duplicateNotice' };

export type Fault = Trouble & {
  /** A method id (`events.insert`), a group (`events.*`), `token`, `revoke`, `notice`, or `*`. Default `*`. */
  on?: string;
  /** Only this calendar, by id. */
  calendar?: string;
  /** Only this person, by email. */
  person?: string;
  /** How many times; without it, until removed. */
  times?: number;
  /** 0 to 1; default 1. */
  probability?: number;
};

export interface Struck {
  method: string;
  calendar?: string;
  person?: string;
  withSyncToken?: boolean;
}

export class Faults {
  private readonly active = new Map<string, Fault>();
  private readonly random: () => number;
  private n = 0;

  constructor(random: () => number) {
    this.random = random;
  }

  add(fault: Fault): string {
    const id = `fault${++this.n}`;
    this.active.set(id, { ...fault });
    return id;
  }

  remove(id: string): void {
    this.active.delete(id);
  }

  clear(): void {
    this.active.clear();
  }

  list(): (Fault & { id: string })[] {
    return [...this.active].map(([id, fault]) => ({ id, ...fault }));
  }

  /** The troubles that hit this request, each used up once: any latencies, and at most one other. */
  strike(request: Struck): (Trouble & { id: string })[] {
    const hit: (Trouble & { id: string })[] = [];
    let other = false;
    for (const [id, fault] of this.active) {
      if (!applies(fault, request) || (fault.kind !== 'latency' && other)) continue;
      if (fault.probability !== undefined && this.random() >= fault.probability) continue;
      if (fault.times !== undefined && --fault.times <= 0) this.active.delete(id);
      if (fault.kind !== 'latency') other = true;
      hit.push({ ...fault, id });
    }
    return hit;
  }
}

function applies(fault: Fault, request: Struck): boolean {
  const on = fault.on ?? '*';
  const isNotice = request.method === 'notice';
  const fits =
    on === request.method ||
    (on === '*' && !isNotice) ||
    (on.endsWith('.*') && request.method.startsWith(on.slice(0, -1)));
  if (!fits) return false;
  if (fault.kind === 'fullSync' && !request.withSyncToken) return false;
  if (fault.calendar !== undefined && fault.calendar !== request.calendar) return false;
  return fault.person === undefined || fault.person === request.person;
}
