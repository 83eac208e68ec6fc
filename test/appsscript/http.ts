// One HTTP request on a connection of its own, so that a server that stops is gone at once.
import { request } from 'node:http';
import type { Received } from './runtime/fetching.ts';

export interface Asked {
  url: string;
  method: string;
  headers?: Record<string, string>;
  body?: Buffer | undefined;
  signal?: AbortSignal;
}

/** Never throws: what reached nobody has a `fault` in Google's words. */
export function send({ url, method, headers = {}, body, signal }: Asked): Promise<Received> {
  return new Promise((resolve) => {
    const fail = () => resolve({ status: 0, headers: {}, body: '', fault: 'Address unavailable' });
    const length =
      body || !['GET', 'DELETE', 'HEAD'].includes(method)
        ? { 'content-length': String(body?.length ?? 0) }
        : {};
    const options = {
      method,
      agent: false as const,
      headers: { ...headers, ...length },
      ...(signal && { signal }),
    };
    const sent = request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', fail);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers as Received['headers'],
          body: Buffer.concat(chunks).toString('base64'),
        }),
      );
    });
    sent.on('error', fail);
    sent.end(body);
  });
}
