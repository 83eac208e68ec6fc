// UrlFetchApp: synchronous to the bundle; the main thread does the HTTP. Limits as in google-facts 2.1 and 2.8.
import { isCovered } from '../links.ts';
import { blobOf, bytesOf, isBlob } from './blob.ts';
import { expose, guard } from './expose.ts';
import { Refused, type Scene, Thrown } from './scene.ts';

/** What the main thread is asked to send. */
export interface Sent {
  url: string;
  method: string;
  headers: Record<string, string>;
  /** Base64. */
  body?: string;
  followRedirects: boolean;
}

/** What came back; `fault` when no server was reached. */
export interface Received {
  status: number;
  headers: Record<string, string | string[]>;
  /** Base64. */
  body: string;
  fault?: string;
}

const URL_BYTES = 2_048;
const HEADERS = 100;
const HEADER_BYTES = 8_192;
const BODY_BYTES = 50 * 1_024 * 1_024;
const OPTIONS = new Set([
  ...['contentType', 'headers', 'method', 'payload', 'validateHttpsCertificates', 'followRedirects'],
  ...['muteHttpExceptions', 'escaping', 'url', 'useIntranet'],
]);
const METHODS = ['get', 'delete', 'patch', 'post', 'put'];

interface Options {
  contentType?: string;
  headers?: Record<string, unknown>;
  method?: string;
  payload?: unknown;
  followRedirects?: boolean;
  muteHttpExceptions?: boolean;
}

export function makeUrlFetchApp(scene: Scene): object {
  const reference = scene.references['url-fetch']!;
  const answer = (received: Received, sent: Sent, options: Options): object => {
    if (received.fault) throw new Thrown(`${received.fault}: ${sent.url}`);
    if (received.status >= 400 && options.muteHttpExceptions !== true) throw failure(received, sent);
    return expose(scene, { name: 'HTTPResponse', reference, acts: responseActs(scene, received) });
  };
  const fetchAll = (requests: unknown[]): object[] => {
    const all = requests.map((request) => {
      const options = (typeof request === 'string' ? { url: request } : request) as Options & { url: string };
      return { options, sent: sentOf(scene, options.url, options) };
    });
    const received = scene.ask('fetch', ...all.map(({ sent }) => sent)) as Received[];
    return all.map(({ sent, options }, index) => answer(received[index]!, sent, options));
  };
  const acts = {
    fetch: (url: string, options: Options = {}) => fetchAll([{ ...options, url }])[0],
    fetchAll,
    getRequest: (url: string, options: Options = {}) => {
      const { headers, method, body } = sentOf(scene, url, options);
      const payload = body && Buffer.from(body, 'base64').toString();
      return { url, method, headers, ...(payload && { payload }) };
    },
  };
  return expose(scene, { name: 'UrlFetchApp', reference, acts });
}

/** @throws Refused, when Google would not send it */
function sentOf({ manifest }: Scene, url: unknown, options: Options): Sent {
  if (typeof url !== 'string' || !URL.canParse(url)) throw new Refused(`Invalid argument: ${String(url)}`);
  if (Buffer.byteLength(url) > URL_BYTES)
    throw new Refused(
      `Limit Exceeded: URLFetch URL Length (${Buffer.byteLength(url)} bytes, at most ${URL_BYTES}).`,
    );
  if (!url.startsWith('https://'))
    throw new Refused(`UrlFetchApp: ${url} is not https, which urlFetchWhitelist demands.`);
  if (!isCovered(url, manifest.urlFetchWhitelist))
    throw new Refused(`UrlFetchApp: ${url} is outside urlFetchWhitelist of the manifest.`);
  for (const name of Object.keys(options))
    if (!OPTIONS.has(name)) throw new Refused(`UrlFetchApp knows no option "${name}".`);
  const method = (options.method ?? 'get').toLowerCase();
  if (!METHODS.includes(method))
    throw new Refused(`Attribute provided with invalid value: method "${method}".`);
  const { body, contentType } = bodyOf(options);
  const headers = headersOf(options.headers ?? {});
  if (contentType) headers['content-type'] = contentType;
  // A payload makes a GET a POST, as in Google.
  const sent: Sent = {
    url,
    method: body && method === 'get' ? 'post' : method,
    headers,
    followRedirects: options.followRedirects !== false,
  };
  return body ? { ...sent, body: body.toString('base64') } : sent;
}

function headersOf(given: Record<string, unknown>): Record<string, string> {
  const entries = Object.entries(given);
  if (entries.length > HEADERS)
    throw new Refused(`Limit Exceeded: ${entries.length} headers, at most ${HEADERS}.`);
  return Object.fromEntries(
    entries.map(([name, value]) => {
      if (
        /^(host|content-length|connection)$/i.test(name) ||
        /[^\w!#$%&'*+.^`|~-]/.test(name) ||
        /[\r\n]/.test(String(value))
      )
        throw new Refused(`Attribute provided with invalid value: Header:${name}`);
      if (Buffer.byteLength(`${name}: ${String(value)}`) > HEADER_BYTES)
        throw new Refused(`Limit Exceeded: the header ${name} is over 8 KB.`);
      return [name.toLowerCase(), String(value)];
    }),
  );
}

function bodyOf({ payload, contentType }: Options): { body?: Buffer; contentType?: string } {
  if (payload === undefined || payload === null) return contentType ? { contentType } : {};
  const form = 'application/x-www-form-urlencoded';
  let body: Buffer;
  if (typeof payload === 'string') body = Buffer.from(payload);
  else if (Array.isArray(payload)) body = bytesOf(payload as number[]);
  else if (isBlob(payload)) body = bytesOf(payload.getBytes());
  else if (typeof payload === 'object')
    body = Buffer.from(new URLSearchParams(payload as Record<string, string>).toString());
  else throw new Refused(`Attribute provided with invalid value: payload is a ${typeof payload}.`);
  if (body.length > BODY_BYTES) throw new Refused('Limit Exceeded: URLFetch POST Size.');
  return { body, contentType: contentType ?? form };
}

function failure({ status, body }: Received, { url }: Sent): Thrown {
  const text = Buffer.from(body, 'base64').toString();
  return new Thrown(
    `Request failed for ${new URL(url).origin} returned code ${status}. Truncated server response: ${text.slice(0, 200)} ` +
      '(use muteHttpExceptions option to examine full response)',
  );
}

function responseActs(scene: Scene, { status, headers, body }: Received) {
  const bytes = Buffer.from(body, 'base64');
  const type = String(headers['content-type'] ?? 'application/octet-stream').split(';')[0]!;
  // Apps Script gives one value a header here, all of them in getAllHeaders.
  const single = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value].flat().at(-1)]),
  );
  return {
    getResponseCode: () => status,
    getContentText: () => bytes.toString('utf8'),
    getContent: () => [...new Int8Array(bytes)],
    getHeaders: () => single,
    getAllHeaders: () => headers,
    getBlob: guard(scene, () => blobOf(scene, { bytes, type })),
  };
}
