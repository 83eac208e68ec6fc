// One HTTP door for every API: faults strike here, refusals become answers, and each request is logged.
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Struck, Trouble } from './faults.ts';
import type { Logged } from './log.ts';
import { fullSyncRequired, Refusal } from './refusal.ts';
import { type Answer, stamp, type World } from './world.ts';

/** What is known of a request before it is acted on. */
export type Known = Struck & Pick<Logged, 'client' | 'event' | 'ifMatch' | 'body'>;

export interface Visit {
  world: World;
  request: FastifyRequest;
  reply: FastifyReply;
  known: Known;
  act: () => Answer | Promise<Answer>;
}

type Hit = Trouble & { id: string };

/** Acts and answers; never throws a `Refusal`. Errors that are not refusals become a 500 of the server itself. */
export async function pass({ world, request, reply, known, act }: Visit): Promise<FastifyReply> {
  const struck = world.faults.strike(known);
  for (const trouble of struck) if (trouble.kind === 'latency') await sleep(trouble.milliseconds);
  const trouble = struck.find(({ kind }) => kind !== 'latency');
  const before = trouble?.kind === 'reset';
  const answer: Answer = before ? { status: 0 } : await answerOf(act, trouble, isOAuth(known));
  const cut = before || trouble?.kind === 'halfBody' || trouble?.kind === 'lostAnswer';
  const { withSyncToken: _, ...shown } = known;
  world.log.add({
    at: stamp(world),
    verb: request.method,
    path: request.url.split('?')[0]!,
    query: request.query as Record<string, unknown>,
    ...shown,
    status: cut ? 0 : answer.status,
    ...reasonOf(answer),
    ...(struck.length > 0 && { faults: struck.map(({ id }) => id) }),
  });
  if (cut) return cutOff(reply, trouble?.kind === 'halfBody' ? answer : undefined);
  reply.status(answer.status).headers(answer.headers ?? {});
  if (answer.body === undefined) return reply.send();
  return reply.type('application/json; charset=UTF-8').send(JSON.stringify(answer.body));
}

/** The token endpoints speak RFC 6749's errors, the rest Google's. */
function isOAuth({ method }: Known): boolean {
  return method === 'token' || method === 'revoke';
}

async function answerOf(act: Visit['act'], trouble: Hit | undefined, plain: boolean): Promise<Answer> {
  try {
    const refusal = trouble && refusalOf(trouble);
    if (refusal) throw refusal;
    return await act();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { code, reason, message, facts, headers } = error.parts;
    const body = plain ? { error: reason, error_description: message, facts } : error.body();
    return { status: code, body, headers };
  }
}

/** The refusal a trouble stands for, if it is one. */
function refusalOf(trouble: Hit): Refusal | undefined {
  if (trouble.kind === 'fullSync') return fullSyncRequired();
  if (trouble.kind === 'expiredToken') return unauthorized();
  if (trouble.kind !== 'error') return undefined;
  const { status, reason, message = reason, retryAfterSeconds } = trouble;
  const headers: Record<string, string> = {};
  if (retryAfterSeconds !== undefined) headers['retry-after'] = String(retryAfterSeconds);
  return new Refusal({ code: status, reason, message, facts: '1.13', headers });
}

export function unauthorized(): Refusal {
  return new Refusal({
    code: 401,
    reason: 'authError',
    message: 'Invalid Credentials',
    facts: '1.13',
    headers: {
      'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="invalid_token"',
    },
  });
}

function reasonOf({ status, body }: Answer): { reason?: string } {
  if (status < 400) return {};
  const { error } = body as {
    error: string | { errors: { reason: string }[] };
  };
  return {
    reason: typeof error === 'string' ? error : error.errors[0]?.reason,
  };
}

/** Ends the connection as a dying proxy would: nothing at all, or half of what was promised. */
function cutOff(reply: FastifyReply, half?: Answer): FastifyReply {
  reply.hijack();
  const { socket } = reply.raw;
  if (!half) {
    socket?.resetAndDestroy();
    return reply;
  }
  const body = Buffer.from(half.body === undefined ? '{}' : JSON.stringify(half.body));
  reply.raw.writeHead(half.status === 204 ? 200 : half.status, {
    'content-type': 'application/json; charset=UTF-8',
    'content-length': body.length,
  });
  reply.raw.write(body.subarray(0, body.length >> 1), () => socket?.destroy());
  return reply;
}
