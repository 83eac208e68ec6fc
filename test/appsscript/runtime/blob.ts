// Bytes as Apps Script has them: signed, in arrays; and the Blob around them.
import { expose } from './expose.ts';
import type { Scene } from './scene.ts';

interface Content {
  bytes: Buffer;
  type?: string | null;
  name?: string | null;
}

interface Blob {
  getBytes(): number[];
}

const blobs = new WeakSet<object>();

/** Java's bytes: -128 to 127. */
export function signed(bytes: Uint8Array): number[] {
  return [...new Int8Array(bytes)];
}

export function bytesOf(values: number[]): Buffer {
  return Buffer.from(Int8Array.from(values).buffer);
}

export function isBlob(value: unknown): value is Blob {
  return typeof value === 'object' && value !== null && blobs.has(value);
}

export function blobOf(scene: Scene, content: Content): object {
  let { bytes, type = null, name = null } = content;
  const acts = {
    getBytes: () => signed(bytes),
    getDataAsString: () => bytes.toString('utf8'),
    getContentType: () => type,
    getName: () => name,
    isGoogleType: () => false,
    copyBlob: () => blobOf(scene, { bytes, type, name }),
    setBytes: (values: number[]) => {
      bytes = bytesOf(values);
      return blob;
    },
    setContentType: (value: string) => {
      type = value;
      return blob;
    },
    setDataFromString: (text: string) => {
      bytes = Buffer.from(text);
      return blob;
    },
    setName: (value: string) => {
      name = value;
      return blob;
    },
  };
  const blob = expose(scene, { name: 'Blob', reference: scene.references.base!, acts });
  blobs.add(blob);
  return blob;
}
