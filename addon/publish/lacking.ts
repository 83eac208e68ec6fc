// What Apps Script's V8 lacks of what browsers and Node have, and whether a bundle uses any of it.
import { build } from 'esbuild';
import { Unfit } from './deployment.ts';

/**
 * Absent there (developers.google.com/apps-script/guides/v8-runtime, and what only Node knows). Looked for as free names
 * only: a local of the same name, or a property, is nobody's business.
 */
const lacking = [
  ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate'],
  ...[
    'queueMicrotask',
    'requestAnimationFrame',
    'structuredClone',
    'fetch',
    'Request',
    'Response',
    'Headers',
  ],
  ...['FormData', 'File', 'Blob', 'FileReader', 'XMLHttpRequest', 'WebSocket', 'EventSource', 'Worker'],
  ...['ReadableStream', 'WritableStream', 'TransformStream', 'CompressionStream', 'DecompressionStream'],
  ...['TextEncoder', 'TextDecoder', 'URL', 'URLSearchParams', 'URLPattern', 'DOMException', 'atob', 'btoa'],
  ...['AbortController', 'AbortSignal', 'Event', 'EventTarget', 'MessageChannel', 'BroadcastChannel'],
  ...['crypto', 'Crypto', 'SubtleCrypto', 'CryptoKey', 'performance', 'navigator', 'window', 'document'],
  ...['self', 'location', 'localStorage', 'sessionStorage', 'indexedDB', 'alert', 'Temporal'],
  ...['process', 'Buffer', 'global', 'require', 'module', 'exports', '__dirname', '__filename'],
];

const MARK = '__lacking_';

/**
 * esbuild knows which names are free: it is told to replace those, and what it replaced is there to be found. What the
 * bundle does not reach is not in it, so code of `shared/` that only the server calls may use what it likes.
 * @throws Unfit, naming each and the file that uses it
 */
export async function refuseLacking(entry: string, define: Record<string, string>): Promise<void> {
  const marks = lacking.flatMap((name) => [
    [name, `${MARK}${name}`],
    [`globalThis.${name}`, `${MARK}${name}`],
  ]);
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    charset: 'utf8',
    define: { ...define, ...Object.fromEntries(marks) },
    logLevel: 'silent',
  });
  const found = new Set<string>();
  let file = entry;
  for (const line of outputFiles[0]?.text.split('\n') ?? []) {
    // esbuild writes above each file's code where it comes from.
    file = /^\/\/ (\S+\.\w+)$/.exec(line)?.[1] ?? file;
    for (const [, name] of line.matchAll(new RegExp(`\\b${MARK}(\\w+)`, 'g'))) found.add(`${name} (${file})`);
  }
  if (found.size > 0)
    throw new Unfit(`Apps Script has none of these, but the bundle uses them: ${[...found].join(', ')}.`);
}
