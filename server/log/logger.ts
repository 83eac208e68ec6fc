// The operator's log: JSON lines without personal data.
import pino, { type Logger } from 'pino';
import { databaseError } from '../errors.ts';

export function openLog(level: string): Logger {
  return pino({ level, base: undefined, serializers: { err: bare } });
}

/**
 * What of an error is safe to keep. A message may quote what somebody typed (PostgreSQL's and drizzle's quote whole
 * rows), so kind, code, constraint and the places in our code are all there is.
 */
export function bare(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { kind: typeof error };
  const { code, kind, reason, status } = error as Error & Record<string, unknown>;
  const { code: state, constraint_name: constraint } = databaseError(error) ?? {};
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return {
    name: error.name,
    code: state ?? code,
    kind,
    reason,
    status,
    constraint,
    at: frames.slice(0, 8).map((line) => line.trim()),
  };
}
