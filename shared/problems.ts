// The contract: what the API says when it refuses.
import * as z from 'zod';

const problems = {
  invalid: 'a field is wrong, details.faults may name several',
  malformed: 'the request cannot be read',
  unauthorized: 'no API key, or none that is in force',
  forbidden: 'the API key lacks a scope',
  not_found: 'nothing there, or not in this business',
  conflict: 'it does not go with what is there',
  stale: 'changed meanwhile, details hold the present state',
  taken: 'somebody has this time, details hold the three nearest that are free',
  not_offered:
    'rules keep this time closed, or a manage link asks, which is not told why; details hold the three nearest that are free',
  wrong_state: 'not in this state of it',
  cutoff: 'too late for customers, staff may override',
  too_large: 'more than 1 MB',
  unsupported_media_type: 'not JSON',
  idempotency_mismatch: 'this Idempotency-Key was used for another request',
  google_refused: 'Google said no',
  busy: 'try again',
  internal: 'a fault of ours',
} as const;
export const ProblemCode = z.enum(Object.keys(problems) as (keyof typeof problems)[]).meta({
  description: Object.entries(problems)
    .map(([code, means]) => `${code}: ${means}.`)
    .join(' '),
});
export const Problem = z
  .object({ code: ProblemCode, message: z.string(), details: z.unknown().optional() })
  .meta({
    id: 'Problem',
    description: 'Why not: the message says what to change, the code is for programs.',
  });
