// Secrets at rest: sealed with AES-256-GCM if we must read them again, and the keys that do it.
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface Seal {
  /**
   * `identity` names the row and column the value will stand in, such as `accounts/<business>/<id>/refresh_token`:
   * a sealed value copied into another row does not open there.
   */
  seal(secret: string, identity: string): string;
  /** @throws SealBroken if the value was changed, belongs elsewhere, or its key is not among ours */
  open(value: string, identity: string): string;
  /** The same for the same text and identity as long as the newest key stays; tells nothing to who lacks it. Hex. */
  hash(text: string, identity: string): string;
}

/** A value that does not open. The message names the key at most, never the value. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';
}

interface Key {
  id: string;
  bytes: Buffer;
}

/**
 * @param keys `id:base64(32 bytes)`, several with commas: the first seals, all open, so that a new key can be put in
 *   front while values sealed with the old one are still about
 */
export function createSeal(keys: string): Seal {
  const ring = keys.split(',').map(parseKey);
  const newest = ring[0]!;
  if (new Set(ring.map(({ id }) => id)).size < ring.length)
    throw new SealBroken('Two secret keys have one id.');

  return {
    hash: (text, identity) =>
      createHmac('sha256', newest.bytes).update(identity).update('\0').update(text).digest('hex'),
    seal(secret, identity) {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', newest.bytes, iv).setAAD(Buffer.from(identity));
      const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return [newest.id, ...[iv, sealed, cipher.getAuthTag()].map((part) => part.toString('base64url'))].join(
        '.',
      );
    },
    open(value, identity) {
      const [id, ...parts] = value.split('.');
      const key = ring.find((one) => one.id === id);
      if (!key)
        throw new SealBroken(`No secret key has the id "${id?.slice(0, 32)}": was one taken out too soon?`);
      const [iv, sealed, tag] = parts.map((part) => Buffer.from(part, 'base64url'));
      // A short tag would be easier to forge: GCM takes any length unless told.
      if (!iv || !sealed || tag?.length !== 16) throw new SealBroken('A sealed value is cut short.');
      try {
        const cipher = createDecipheriv('aes-256-gcm', key.bytes, iv, { authTagLength: 16 });
        cipher.setAAD(Buffer.from(identity)).setAuthTag(tag);
        return Buffer.concat([cipher.update(sealed), cipher.final()]).toString('utf8');
      } catch (cause) {
        throw new SealBroken(
          `A value sealed with the key "${id}" does not open: changed, moved or another key.`,
          { cause },
        );
      }
    },
  };
}

function parseKey(text: string): Key {
  const [, id, base64] = /^\s*([\w-]{1,32}):([A-Za-z0-9+/]{43}=)\s*$/.exec(text) ?? [];
  if (!id || !base64) throw new SealBroken('A secret key is written id:base64, and is 32 bytes long.');
  return { id, bytes: Buffer.from(base64, 'base64') };
}

/**
 * The keys of a one-machine set-up, from a file that only its owner can read; made if it is not there.
 * @returns the keys, and whether they were made just now: without this file the secrets in the database are lost, so
 *   whoever starts us has to be told to keep a copy
 */
export async function keysFromFile(path: string): Promise<{ keys: string; made: boolean }> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const keys = `k${Date.now().toString(36)}:${randomBytes(32).toString('base64')}`;
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, `${keys}\n`, { flag: 'wx', mode: 0o600, flush: true });
  try {
    // A link comes into being whole, and only if there is none: of two that start at once, both read one file.
    await link(draft, path);
    return { keys, made: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return { keys: (await readFile(path, 'utf8')).trim(), made: false };
  } finally {
    await unlink(draft);
  }
}
