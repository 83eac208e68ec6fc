// Utilities, Logger and console: what needs no one outside.
import { createHash, createHmac, randomUUID } from 'node:crypto';
import { format } from 'node:util';
import { blobOf, bytesOf, signed } from './blob.ts';
import { formatDate } from './dates.ts';
import { type Acts, expose, nameIn } from './expose.ts';
import type { Scene } from './scene.ts';

type Data = string | number[];

const DIGESTS: Record<string, string> = {
  MD5: 'md5',
  SHA_1: 'sha1',
  SHA_256: 'sha256',
  SHA_384: 'sha384',
  SHA_512: 'sha512',
};

export function makeUtilities(scene: Scene): object {
  const raw = (data: Data) => (typeof data === 'string' ? Buffer.from(data) : bytesOf(data));
  const hash = (name: string) => DIGESTS[name] ?? '';
  const acts: Acts = {
    base64Encode: (data: Data) => raw(data).toString('base64'),
    base64EncodeWebSafe: (data: Data) => padded(raw(data).toString('base64url')),
    base64Decode: (text: string) => signed(Buffer.from(text, 'base64')),
    base64DecodeWebSafe: (text: string) => signed(Buffer.from(text, 'base64url')),
    computeDigest: (algorithm: unknown, data: Data) =>
      signed(
        createHash(hash(nameIn('DigestAlgorithm', algorithm)))
          .update(raw(data))
          .digest(),
      ),
    computeHmacSha256Signature: (data: Data, key: Data) =>
      signed(createHmac('sha256', raw(key)).update(raw(data)).digest()),
    computeHmacSignature: (algorithm: unknown, data: Data, key: Data) =>
      signed(
        createHmac(hash(nameIn('MacAlgorithm', algorithm).replace('HMAC_', '')), raw(key))
          .update(raw(data))
          .digest(),
      ),
    formatDate: (date: Date, zone: string, pattern: string) => formatDate(date.getTime(), zone, pattern),
    formatString: (...args: unknown[]) => format(...args),
    getUuid: () => randomUUID(),
    newBlob: (data: Data, type?: string, name?: string) =>
      blobOf(scene, { bytes: raw(data), ...(type && { type }), ...(name && { name }) }),
    sleep: (milliseconds: number) => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
    },
  };
  const reference = scene.references.utilities!;
  return expose(scene, { name: 'Utilities', reference, acts, loose: ['formatString'] });
}

// The RFC's padding, which Apps Script keeps in its web safe form.
const padded = (text: string) => text.padEnd(Math.ceil(text.length / 4) * 4, '=');

/** Lines go to the host's log. */
export function makeConsole(write: (line: string) => void): object {
  const line = (...args: unknown[]) => write(format(...args));
  return { log: line, info: line, warn: line, error: line, time: () => undefined, timeEnd: () => undefined };
}

export function makeLogger(scene: Scene, write: (line: string) => void): object {
  const lines: string[] = [];
  const logger: object = expose(scene, {
    name: 'Logger',
    reference: scene.references.base!,
    loose: ['log'],
    acts: {
      log: (...args: unknown[]) => {
        lines.push(format(...args));
        write(format(...args));
        return logger;
      },
      getLog: () => lines.join('\n'),
      clear: () => void lines.splice(0),
    },
  });
  return logger;
}
