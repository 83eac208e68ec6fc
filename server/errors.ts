// Every refusal the product knows, what each is in HTTP, and the one place where failures become answers.
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';

/** The closed list: code -> HTTP status. Codes are stable; clients switch on them. */
export const refusals = {
  invalid: 400,
  malformed: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  stale: 409,
  taken: 409,
  not_offered: 409,
  wrong_state: 409,
  cutoff: 409,
  too_large: 413,
  unsupported_media_type: 415,
  idempotency_mismatch: 422,
  google_refused: 422,
  busy: 503,
} as const;
export type RefusalCode = keyof typeof refusals;

/** Thrown anywhere, answered once: `message` says what to change, `details` carries what a program needs for it. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly details: unknown;
  constructor(code: RefusalCode, message: string, details?: unknown) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    this.details = details;
  }
}

/** What was decided on has changed under us: the edge does the whole act anew (commit.ts). Never answered. */
export class Again extends Error {
  override readonly name = 'Again';
}

export const notFound = (what: string) =>
  new Refusal('not_found', `There is no such ${what} in this business: check its id.`);

export interface Answer {
  status: number;
  body: { code: string; message: string; details?: unknown };
}

/** What a failure is to the one who asked. Anything unknown is a 500 that shows nothing of itself. */
export function answerTo(error: unknown): Answer {
  const refusal =
    error instanceof Refusal ? error : (fromSchema(error) ?? fromFastify(error) ?? fromDatabase(error));
  if (!refusal) return { status: 500, body: { code: 'internal', message: 'Something failed on our side.' } };
  const { code, message, details } = refusal;
  return { status: refusals[code], body: { code, message, ...(details === undefined ? {} : { details }) } };
}

function fromSchema(error: unknown): Refusal | undefined {
  if (!hasZodFastifySchemaValidationErrors(error)) return undefined;
  const faults = error.validation.map(({ instancePath, message }) => ({
    path: instancePath.slice(1).replaceAll('/', '.'),
    message: message ?? 'not valid',
  }));
  const first = faults[0];
  return new Refusal('invalid', `${first?.path || 'The request'}: ${first?.message}.`, { faults });
}

const byFastifyCode: Record<string, [RefusalCode, string]> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['too_large', 'The body is larger than 1 MB: send less at once.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported_media_type',
    'Send JSON, with content-type: application/json.',
  ],
  FST_ERR_CTP_INVALID_JSON_BODY: ['malformed', 'The body is not valid JSON.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['malformed', 'The body is empty: send a JSON object.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['malformed', 'The body is not as long as its content-length says.'],
};

function fromFastify(error: unknown): Refusal | undefined {
  const { code, statusCode } = error as { code?: string; statusCode?: number };
  const known = code ? byFastifyCode[code] : undefined;
  if (known) return new Refusal(...known);
  if (statusCode && statusCode >= 400 && statusCode < 500)
    return new Refusal('malformed', 'The request cannot be read: check its address, headers and body.');
  return undefined;
}

const byConstraint: Record<string, [RefusalCode, string]> = {
  businesses_slug: ['conflict', 'Another business has this slug: choose another.'],
  members_email: ['conflict', 'A member with this address is there already.'],
  accounts_email: ['conflict', 'This Google account is connected already.'],
  calendars_google_id: ['conflict', 'This calendar is followed already.'],
  links_one_written: ['conflict', 'A resource writes to one calendar only: switch the other off first.'],
  service_group_resources_resource: ['not_found', 'A resource named in a group is not in this business.'],
  resources_member: ['not_found', 'There is no such member in this business.'],
  links_calendar: ['not_found', 'There is no such calendar in this business.'],
  allocations_never_overlap: ['taken', 'This time has just been taken.'],
};
const byState: Record<string, [RefusalCode, string]> = {
  '40001': ['busy', 'Too many changes at once: try again.'],
  '40P01': ['busy', 'Too many changes at once: try again.'],
  '55P03': ['busy', 'Too many changes at once: try again.'],
  '57014': ['busy', 'This took too long and was stopped: try again, or ask for less.'],
  '22P02': ['invalid', 'A value holds a character that cannot be stored.'],
  '22021': ['invalid', 'A text holds a character that cannot be stored (a zero byte).'],
  '22P05': ['invalid', 'A text holds a character that cannot be stored (a zero byte).'],
};

function fromDatabase(error: unknown): Refusal | undefined {
  const cause = databaseError(error);
  if (!cause) return undefined;
  const known = (cause.constraint_name && byConstraint[cause.constraint_name]) || byState[cause.code];
  return known ? new Refusal(...known) : undefined;
}

/** The PostgreSQL error inside, however drizzle wrapped it: its SQLSTATE and the constraint's name. */
export function databaseError(error: unknown): { code: string; constraint_name?: string } | undefined {
  for (let e = error; e instanceof Error; e = e.cause)
    if (e.name === 'PostgresError') return e as unknown as { code: string; constraint_name?: string };
  return undefined;
}
