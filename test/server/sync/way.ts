// A way to Google on which one request, or its answer, can be held up: as when a process dies, or a line is slow.
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Leads to Google, but for one request: whoever asks that hears nothing more until it is let go, if ever. */
export class Way {
  #server?: Server;
  #count = 0;
  #hold?: { nth: number; after: boolean; held: () => void };
  #letGo: (() => void) | undefined;

  /** Resolves when the nth request of a calendar's events from now on is held, before or after it got to Google. */
  holdAt(nth: number, after: boolean): Promise<'held'> {
    this.#count = 0;
    return new Promise((resolve) => {
      this.#hold = { nth, after, held: () => resolve('held') };
    });
  }

  open() {
    this.#hold = undefined;
  }

  /** Brings the answer that was held after Google gave it. */
  letGo() {
    this.open();
    this.#letGo?.();
  }

  async start(to: string): Promise<string> {
    this.#server = createServer((asked, answer) => this.#pass(to, asked, answer)).listen(0, '127.0.0.1');
    await new Promise((resolve) => this.#server!.once('listening', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close() {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  #pass(to: string, asked: IncomingMessage, answer: ServerResponse): void {
    const counts = asked.url!.includes('/events');
    const hold = counts && ++this.#count === this.#hold?.nth ? this.#hold : undefined;
    if (hold && !hold.after) {
      hold.held();
      return;
    }
    const { method, headers } = asked;
    const on = request(new URL(asked.url!, to), { method, headers }, (answered) => {
      const bring = () => {
        answer.writeHead(answered.statusCode!, answered.headers);
        answered.pipe(answer);
      };
      if (!hold) return bring();
      this.#letGo = bring;
      hold.held();
    });
    // What Google breaks off is broken off here too.
    on.on('error', () => answer.destroy());
    asked.pipe(on);
  }
}
