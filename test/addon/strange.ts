// A server that says what no server of ours would, or more than one of ours would at once, to whatever it is asked.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Strange {
  /** Without a path; ends in a slash. */
  local: string;
  /** Nobody is there any more. */
  leave(): void;
}

/** @param body text as it is, anything else as JSON */
export async function saying(status: number, body: unknown): Promise<Strange> {
  const server: Server = createServer((_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    local: `http://127.0.0.1:${port}/`,
    leave() {
      server.closeAllConnections();
      server.close();
    },
  };
}
