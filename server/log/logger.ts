// The operator's log: JSON lines without personal data.
import pino, { type DestinationStream, type Logger } from 'pino';
import { databaseError } from '../errors.ts';

/** @param to left out: standard output */
export function openLog(level: string, to?: DestinationStream): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: undefined,
    serializers: { err: bare },
    hooks: {
      // An error by itself would bring its message along as the line's.
      logMethod(args, method) {
        const [first] = args as unknown[];
        if (first instanceof Error)
          method.apply(this, [{ err: first }, 'failed'] as Parameters<typeof method>);
        else method.apply(this, args);
      },
    },
  };
  return to ? pino(options, to) : pino(options);
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
