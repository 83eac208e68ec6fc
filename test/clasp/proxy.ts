// The way to the stand-in: a proxy that clasp is pointed at, which ends TLS itself instead of going on to Google.
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Certificate } from './certificate.ts';

export interface Proxy {
  /** For HTTPS_PROXY. */
  url: string;
  /** Hosts somebody wanted that are not played here: nothing of a test may ask for any. */
  strangers: string[];
  close(): Promise<void>;
}

interface Options {
  hosts: string[];
  certificate: Certificate;
  /** Answers what arrives for any of the hosts, TLS taken off. */
  answer: RequestListener;
}

/** Listens on a free port of this machine. */
export async function openProxy({ hosts, certificate, answer }: Options): Promise<Proxy> {
  const strangers: string[] = [];
  const inner = createSecureServer({ key: certificate.key, cert: certificate.cert }, answer);
  const sockets = new Set<Duplex>();
  const outer = createServer((_, response) => response.writeHead(405).end());
  outer.on('connect', (request, socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    const [host = '', port] = (request.url ?? '').split(':');
    if (!hosts.includes(host) || port !== '443') {
      strangers.push(request.url ?? '');
      socket.end('HTTP/1.1 502 Nobody Of That Name\r\n\r\n');
      return;
    }
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    inner.emit('connection', socket);
  });
  await new Promise<void>((resolve) => outer.listen(0, '127.0.0.1', resolve));
  const { port } = outer.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    strangers,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => outer.close(resolve));
    },
  };
}
