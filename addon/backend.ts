// Our server, one function per endpoint. A failure is a `Failure` that says what to do; after one the server is left alone for a minute.
import type * as z from 'zod';
import type * as cards from '../shared/card-api.ts';
import type * as api from '../shared/sidebar-api.ts';
import type { Data, Env } from './env.ts';
import { fill, type Word } from './words.ts';

export type Answer = cards.SidebarAnswer;
type Code = Data<'problem'>['code'];

/** No answer that can be shown: what is wrong, and what to do, for a card or a notice. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: Code;
  readonly next: string;
  /** @param words for people, like `next` */
  constructor(code: Code, words: string, next: string) {
    super(words);
    this.code = code;
    this.next = next;
  }
}

/** What only this request says: the rest comes with `Env`. */
type Own<S extends z.ZodType> = Omit<z.input<S>, keyof z.input<typeof api.AskHome>>;

const to =
  <S extends z.ZodType>(route: string) =>
  (env: Env, body: Own<S>, key?: string): Answer =>
    post(env, route, { body, key }, 'card') as Answer;

export const home = to<typeof api.AskHome>('home');
export const event = to<typeof api.AskEvent>('event');
export const settings = to<typeof api.AskSettings>('settings');
export const booking = to<typeof api.AskBooking>('booking');
export const reschedule = to<typeof api.AskReschedule>('reschedule');
export const reassign = to<typeof api.AskReassign>('reassign');
export const fresh = to<typeof api.AskNew>('new');
export const freeNow = to<typeof api.AskFreeNow>('free-now');
export const act = to<typeof api.DoBooking>('booking/act');
export const book = to<typeof api.DoBook>('book');
export const decide = to<typeof api.DoDecide>('decide');
export const undo = to<typeof api.DoUndo>('undo');
export const answer = to<typeof api.DoAnswer>('answer');
export const proposed = to<typeof api.DoProposed>('proposed');
export const change = to<typeof api.DoSettings>('settings/change');
export const link = to<typeof api.DoLink>('link');
export const create = to<typeof api.DoCreate>('create');
export const join = to<typeof api.DoJoin>('join');
export const admit = to<typeof api.DoAdmit>('admit');
/** @returns the address, good once and for a minute */
export const panel = (env: Env, body: Own<typeof api.AskPanel>): string =>
  String((post(env, 'panel', { body }, 'url') as z.infer<typeof cards.PanelLink>).url);

/** In the user's cache: the server failed; since when it is being asked. */
const DOWN = 'down';
const ASKING = 'asking';
/** Seconds. */
const LEFT_ALONE = 60;
/** Then Google ends it. */
const LONGEST_RUN = 30;
/** ms: the server answers within 5 s or says that it cannot. */
const PATIENCE = 8_000;

interface Sent {
  body: object;
  key?: string | undefined;
}

/** @param holds a field that every answer of the kind has @throws Failure */
function post(env: Env, route: string, { body, key }: Sent, holds: string): unknown {
  const cache = CacheService.getUserCache();
  if (!env.insists && isLeftAlone(cache.getAll([DOWN, ASKING]), env.now)) throw down(env);
  const token = ScriptApp.getIdentityToken();
  if (!token) throw refusedScope(env);
  // A fetch that hangs takes the whole run with it: only a mark set before can tell the next one.
  cache.put(ASKING, String(env.now), LEFT_ALONE + LONGEST_RUN);
  const { locale, zone, businessId, preferredId, known } = env;
  const heard = fetch(env, route, {
    payload: JSON.stringify({
      locale,
      zone,
      known,
      ...(businessId ? { businessId } : preferredId ? { preferredId } : {}),
      ...body,
    }),
    headers: {
      Authorization: `Bearer ${token}`,
      'Sidebook-Version': SIDEBOOK_VERSION,
      ...(key ? { 'Idempotency-Key': key } : {}),
    },
  });
  cache.remove(ASKING);
  const said = heard && heard.status < 500 ? parse(heard.text) : null;
  if (!heard || !said || (heard.status === 200 && !(holds in said))) {
    cache.put(DOWN, '1', LEFT_ALONE);
    throw down(env);
  }
  cache.remove(DOWN);
  if (heard.status === 200) return said;
  throw refused(env, heard.status, said as Refused);
}

function isLeftAlone(marks: Record<string, string>, now: number): boolean {
  return marks[DOWN] !== undefined || now - Number(marks[ASKING] ?? now) > PATIENCE;
}

/** null: no answer. @throws Failure scope_refused */
function fetch(
  env: Env,
  route: string,
  request: { payload: string; headers: Record<string, string> },
): { status: number; text: string } | null {
  try {
    const response = UrlFetchApp.fetch(`${SIDEBOOK_URL}api/v1/sidebar/${route}`, {
      method: 'post',
      contentType: 'application/json',
      muteHttpExceptions: true,
      followRedirects: false,
      ...request,
    });
    return { status: response.getResponseCode(), text: response.getContentText() };
  } catch (error) {
    // Apps Script speaks the person's language; the scope's name is the same in all.
    if (`${error}`.includes('script.external_request')) {
      CacheService.getUserCache().remove(ASKING);
      throw refusedScope(env);
    }
    console.warn('%s: no answer', route);
    return null;
  }
}

interface Refused {
  code?: string;
  message?: string;
  details?: { reason?: string; faults?: { path: string }[] };
}

function parse(text: string): object | null {
  try {
    const said: unknown = JSON.parse(text);
    return typeof said === 'object' ? said : null;
  } catch {
    return null;
  }
}

type Wording = [Code, Word, Word];
const identities: Record<string, Wording> = {
  expired: ['refused', 'expiredWords', 'expiredNext'],
  audience: ['no_access', 'audienceWords', 'audienceNext'],
  unverified: ['no_access', 'unverifiedWords', 'unverifiedNext'],
  domain: ['wrong_account', 'domainWords', 'domainNext'],
};

function refused(env: Env, status: number, { code, message, details }: Refused): Failure {
  const { t } = env;
  const failure = ([kind, words, next]: Wording) => new Failure(kind, t[words], t[next]);
  if (status === 401)
    return failure(identities[details?.reason ?? ''] ?? ['no_access', 'unknownWords', 'unknownNext']);
  // What this add-on asks for, the server does not know.
  if (status === 404) return failure(['outdated', 'outdatedWords', 'outdatedNext']);
  if (status === 403) return failure(['no_access', 'unknownWords', 'unknownNext']);
  // The server's own words for what no card can ask are English.
  const words = code === 'invalid' ? faultWords(env, details) : t.crashWords;
  return new Failure('refused', (env.locale === 'en' && message) || words, t.crashNext);
}

/** Fields of forms, as the contract names them. */
const fields: Record<string, Word> = {
  name: 'name',
  email: 'mail',
  phone: 'phone',
  instructions: 'instructions',
  'do.reason': 'reason',
};

function faultWords({ t }: Env, details: Refused['details']): string {
  const word = fields[details?.faults?.[0]?.path ?? ''];
  return word ? fill(t.badField, { field: t[word] }) : t.badForm;
}

const down = ({ t }: Env) => new Failure('down', t.downWords, t.downNext);
const refusedScope = ({ t }: Env) => new Failure('scope_refused', t.scopeWords, t.scopeNext);
