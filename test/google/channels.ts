// Watch channels: opening and stopping them, and the notices sent over HTTP when a calendar changes.
import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { openCalendar, roleOf } from './access.ts';
import { invalid, notFound, Refusal, required } from './refusal.ts';
import type { Calendar } from './state.ts';
import { type Answer, type Call, ok, type World } from './world.ts';

export interface Channel {
  id: string;
  calendar: string;
  person: string;
  client: string;
  address: string;
  token?: string;
  resourceId: string;
  resourceUri: string;
  /** Milliseconds since the epoch. */
  expiration: number;
  /** Number of the last message; 1 is `sync`. */
  messages: number;
}

/** One attempt to deliver a notice, for tests. */
export interface Delivery {
  channel: string;
  calendar: string;
  state: 'sync' | 'exists';
  message: number;
  /** The receiver's answer; 0 when it could not be reached, -1 when a fault lost the notice. */
  status: number;
}

export interface NoticeOptions {
  /** Changes within this many milliseconds make one notice. */
  gatherMilliseconds: number;
  /** First wait before a retry; doubled each time, five times at most. */
  retryMilliseconds: number;
}

const RETRIED = new Set([500, 502, 503, 504]);
const DELIVERED = new Set([102, 200, 201, 202, 204]);
const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

export function watchEvents(call: Call): Answer | Promise<Answer> {
  const { world, caller, body } = call;
  const { state, clock, switches } = world;
  const { calendar } = openCalendar(state, caller, {
    id: call.calendarId,
    least: 'freeBusyReader',
  });
  if (calendar.generated) {
    throw new Refusal({
      code: 400,
      reason: 'pushNotSupportedForRequestedResource',
      message: 'Push notifications are not supported by this resource.',
      facts: '1.8',
    });
  }
  const { id, token, address } = checkChannel(call);
  if (state.channels.has(id)) {
    const message = `Channel id ${id} not unique`;
    throw new Refusal({
      code: 400,
      reason: 'channelIdNotUnique',
      message,
      facts: '1.8',
    });
  }
  const now = clock.now();
  const ttl = Number((body.params as { ttl?: string } | undefined)?.ttl ?? switches.channelSeconds);
  const asked = body.expiration ? Number(body.expiration) : now + ttl * 1_000;
  if (!Number.isFinite(asked) || asked <= now)
    throw invalid('Invalid channel expiration.', '1.8', 'expiration');
  const channel: Channel = {
    id,
    calendar: calendar.id,
    person: caller.person.email,
    client: caller.client,
    address,
    ...(token !== undefined && { token }),
    resourceId: createHash('sha256').update(`events ${calendar.id}`).digest('base64url').slice(0, 27),
    resourceUri: `${world.url}/calendar/v3/calendars/${encodeURIComponent(calendar.id)}/events?alt=json`,
    expiration: Math.floor(Math.min(asked, now + switches.channelSeconds * 1_000) / 1_000) * 1_000,
    messages: 0,
  };
  state.channels.set(id, channel);
  state.changed();
  const sync = world.notices.send(channel, 'sync');
  const { resourceId, resourceUri, expiration } = channel;
  const opened = ok({
    kind: 'api#channel',
    id,
    resourceId,
    resourceUri,
    ...(token !== undefined && { token }),
    expiration: String(expiration),
  });
  return switches.syncNoticeFirst ? sync.then(() => opened) : opened;
}

function checkChannel({ world, body }: Call): {
  id: string;
  token?: string;
  address: string;
} {
  const { id, token, type, address } = body as Record<string, string | undefined>;
  if (!id) throw required('channel id', '1.8');
  if (!/^[A-Za-z0-9\-_+/=]{1,64}$/.test(id)) throw invalid('Invalid channel id.', '1.8', 'id');
  if (type !== 'web_hook' && type !== 'webhook') throw invalid('Unknown channel type.', '1.8', 'type');
  if (token !== undefined && token.length > 256) throw invalid('Channel token is too long.', '1.8', 'token');
  const target = address && URL.canParse(address) ? new URL(address) : undefined;
  // A receiver on this machine may speak plain HTTP, as no certificate could be valid for it.
  if (!address || !target || (target.protocol !== 'https:' && !LOOPBACK.test(target.hostname))) {
    const message = 'WebHook callback must be HTTPS.';
    throw new Refusal({
      code: 400,
      reason: 'push.webhookUrlNotHttps',
      message,
      facts: '1.8',
    });
  }
  const { verifiedHosts } = world.switches;
  if (verifiedHosts.length > 0 && !verifiedHosts.includes(target.hostname)) {
    const message = 'Unauthorized WebHook callback channel.';
    throw new Refusal({
      code: 401,
      reason: 'push.webhookUrlUnauthorized',
      message,
      facts: '1.8',
    });
  }
  return { id, address, ...(token !== undefined && { token }) };
}

export function stopChannel({ world, caller, body }: Call): Answer {
  const channel = world.state.channels.get(body.id as string);
  const owns = channel?.client === caller.client && channel.person === caller.person.email;
  if (!channel || !owns || channel.resourceId !== body.resourceId) throw notFound();
  world.state.channels.delete(channel.id);
  world.state.changed();
  return { status: 204 };
}

/** Sends notices, one per channel for changes close together. */
export class Notices {
  readonly deliveries: Delivery[] = [];
  private readonly world: () => World;
  private readonly options: NoticeOptions;
  private readonly waiting = new Set<string>();
  private readonly underway = new Set<Promise<void>>();
  private readonly stopped = new AbortController();

  constructor(world: () => World, options: NoticeOptions) {
    this.world = world;
    this.options = options;
    // As many notices as there are may be on their way.
    setMaxListeners(0, this.stopped.signal);
  }

  changed(calendar: Calendar): void {
    for (const channel of this.world().state.channels.values()) {
      if (channel.calendar !== calendar.id || this.waiting.has(channel.id)) continue;
      this.waiting.add(channel.id);
      this.track(
        this.pause(this.options.gatherMilliseconds).then(() => {
          this.waiting.delete(channel.id);
          return this.send(channel, 'exists');
        }),
      );
    }
  }

  /** Delivers one message; faults may lose or double it. Never throws for an unreachable receiver. */
  send(channel: Channel, state: Delivery['state']): Promise<void> {
    const work = this.attempt(channel, state);
    this.track(work);
    return work;
  }

  /** Resolves when nothing is waiting, being sent or retried. */
  async idle(): Promise<void> {
    while (this.underway.size > 0) await Promise.all(this.underway);
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.idle();
  }

  private track(work: Promise<void>): void {
    const tracked = work.finally(() => this.underway.delete(tracked));
    this.underway.add(tracked);
  }

  private async pause(milliseconds: number): Promise<void> {
    if (this.stopped.signal.aborted) return;
    await sleep(milliseconds, undefined, { signal: this.stopped.signal }).catch((error: Error) => {
      if (error.name !== 'AbortError') throw error;
    });
  }

  private async attempt(channel: Channel, state: Delivery['state']): Promise<void> {
    const { faults, state: held } = this.world();
    if (!this.isLive(channel)) return;
    // Numbers increase, with gaps (google-facts 1.8).
    channel.messages = state === 'sync' ? 1 : channel.messages + 1 + (channel.messages % 3);
    held.changed();
    const message = channel.messages;
    const struck = faults.strike({
      method: 'notice',
      calendar: channel.calendar,
      person: channel.person,
    });
    let copies = 1;
    for (const trouble of struck) {
      if (trouble.kind === 'latency') await this.pause(trouble.milliseconds);
      else copies = trouble.kind === 'lostNotice' ? 0 : 2;
    }
    if (copies === 0) this.note(channel, { state, message, status: -1 });
    for (let n = 0; n < copies; n++) await this.deliver(channel, state, message);
  }

  private async deliver(channel: Channel, state: Delivery['state'], message: number): Promise<void> {
    for (let tries = 0; tries < 5 && !this.stopped.signal.aborted; tries++) {
      if (tries > 0) await this.pause(this.options.retryMilliseconds * 2 ** (tries - 1));
      if (!this.isLive(channel)) return;
      const status = await this.post(channel, headersOf(channel, state, message));
      this.note(channel, { state, message, status });
      if (DELIVERED.has(status) || (status !== 0 && !RETRIED.has(status))) return;
    }
  }

  private async post(channel: Channel, headers: Record<string, string>): Promise<number> {
    try {
      const signal = AbortSignal.any([this.stopped.signal, AbortSignal.timeout(10_000)]);
      const response = await fetch(channel.address, {
        method: 'POST',
        headers,
        signal,
      });
      await response.arrayBuffer();
      return response.status;
    } catch (error) {
      // fetch throws TypeError for a refused connection, DOMException for the abort: both mean "not reached".
      if (error instanceof TypeError || error instanceof DOMException) return 0;
      throw error;
    }
  }

  private isLive(channel: Channel): boolean {
    const { state, clock } = this.world();
    const calendar = state.calendars.get(channel.calendar);
    if (!calendar || state.channels.get(channel.id) !== channel) return false;
    return channel.expiration > clock.now() && roleOf(calendar, channel.person) !== 'none';
  }

  private note(channel: Channel, delivery: Omit<Delivery, 'channel' | 'calendar'>): void {
    this.deliveries.push({
      channel: channel.id,
      calendar: channel.calendar,
      ...delivery,
    });
    if (this.deliveries.length > 20_000) this.deliveries.splice(0, 10_000);
  }
}

function headersOf(channel: Channel, state: Delivery['state'], message: number): Record<string, string> {
  return {
    'x-goog-channel-id': channel.id,
    'x-goog-channel-expiration': new Date(channel.expiration).toUTCString(),
    'x-goog-resource-id': channel.resourceId,
    'x-goog-resource-uri': channel.resourceUri,
    'x-goog-resource-state': state,
    'x-goog-message-number': String(message),
    ...(channel.token !== undefined && {
      'x-goog-channel-token': channel.token,
    }),
  };
}
