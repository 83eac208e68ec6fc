// How a worker hears at once that something is owed: a notice outside any transaction, which may be lost.
import postgres, { type Sql } from 'postgres';

const channel = 'sidebook_owed';

/** Rings that come this close together are one notice, in milliseconds. */
const pause = 10;

export interface Doorbell {
  ring(): void;
  /** Waits for a notice that is under way. */
  close(): Promise<void>;
}

/**
 * A notice within a booking's transaction would make commits wait for one another: PostgreSQL takes one lock for all
 * of them. So it is sent afterwards, once for many, and nobody depends on it: workers look by themselves too.
 */
export function hangDoorbell(sql: Sql, failed: (error: unknown) => void): Doorbell {
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<unknown> = Promise.resolve();
  const send = () => {
    timer = undefined;
    sending = sql.notify(channel, '').catch(failed);
  };
  return {
    ring() {
      timer ??= setTimeout(send, pause);
    },
    async close() {
      if (timer) {
        clearTimeout(timer);
        send();
      }
      await sending;
    },
  };
}

/**
 * Calls `heard` at each notice, and whenever the connection was made anew: something may have been missed. It has a
 * connection of its own, which it makes again by itself.
 */
export function listen(
  url: string,
  heard: () => void,
  failed: (error: unknown) => void,
): { close(): Promise<void> } {
  const sql = postgres(url, {
    max: 1,
    onnotice: () => undefined,
    connection: { application_name: 'sidebook worker' },
  });
  sql.listen(channel, heard, heard).catch(failed);
  return { close: () => sql.end({ timeout: 1 }) };
}
