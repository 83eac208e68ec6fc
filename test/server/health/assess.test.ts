// What a calendar's condition comes to: light, figures and words, for each thing that can be the matter.
import { describe, expect, test } from 'vitest';
import { defaultSettings } from '../../../server/businesses/settings.ts';
import { assess, type Facts } from '../../../server/health/assess.ts';
import type { Condition } from '../../../server/health/condition.ts';
import type { BusinessSettings } from '../../../shared/api.ts';
import { Health } from '../../../shared/health-api.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** A Friday, 14:00 in Oslo. */
const now = Date.parse('2026-11-20T13:00:00Z');
const ago = (ms: number) => new Date(now - ms);
const ahead = (ms: number) => new Date(now + ms);
const id = '00000000-0000-4000-8000-000000000000';

const pull: Condition['pull'] = {
  businessId: id,
  calendarId: id,
  wanted: 3,
  done: 3,
  dueAt: ahead(2 * minute),
  attempts: 0,
  leasedUntil: null,
  failure: null,
  failedAt: null,
  bookmark: 3,
  token: 'token',
  fingerprint: 'print',
  readAt: ago(3 * minute),
  expandedUntil: ahead(98 * day),
  progress: null,
  toldAt: null,
  watchDueAt: ahead(5 * day),
  watchAttempts: 0,
  watchLeasedUntil: null,
  watchFailure: null,
  noticedAt: ago(hour),
};
const channel: Condition['channels'][number] = {
  id,
  businessId: id,
  calendarId: id,
  resourceId: 'watched',
  tokenHash: 'hash',
  expiresAt: ahead(6 * day),
  madeAt: ago(day),
  stopAt: null,
  stopAttempts: 0,
  lastNoticeAt: ago(hour),
  lastNumber: 7,
};

interface Changes {
  pull?: Partial<Condition['pull']>;
  account?: Partial<Condition['account']>;
  settings?: Partial<BusinessSettings>;
  delayMinutes?: number;
  channels?: Condition['channels'];
  queue?: Partial<Condition['queue']>;
  facts?: Partial<Facts>;
  locale?: string;
}

/** In order, but for what is changed. */
function health(changes: Changes = {}) {
  const condition: Condition = {
    calendar: {
      id,
      accountId: id,
      googleId: 'room@calendar.test',
      accessRole: 'owner',
      zone: 'Europe/Oslo',
      settings: {
        undecided: 'everybody',
        allDay: 'busy',
        tentative: 'block',
        unanswered: 'block',
        outOfOffice: 'block',
        focusTime: 'block',
        autoFix: false,
        adopt: 'adopt',
        delayMinutes: changes.delayMinutes ?? 0,
      },
    },
    account: { state: 'connected', failure: null, ...changes.account },
    business: {
      zone: 'Europe/Oslo',
      locale: changes.locale ?? 'en',
      settings: { ...defaultSettings, ...changes.settings },
    },
    pull: { ...pull, ...changes.pull },
    channels: changes.channels ?? [channel],
    queue: { pushes: 0, died: 0, marks: 0, ...changes.queue },
  };
  const facts = { now, address: 'https://book.test/api/v1/google/notices', account: null, ...changes.facts };
  const found = assess(condition, facts);
  expect(Health.parse(found)).toEqual(found);
  return found;
}

test('all is well', () => {
  expect(health()).toEqual({
    calendarId: id,
    light: 'green',
    readAt: '2026-11-20T12:57:00.000Z',
    nextReadAt: '2026-11-20T13:02:00.000Z',
    readUntil: ahead(98 * day).toISOString(),
    reading: null,
    channel: {
      state: 'on',
      lastNoticeAt: '2026-11-20T12:00:00.000Z',
      proven: true,
      renewAt: ahead(5 * day).toISOString(),
      expiresAt: ahead(6 * day).toISOString(),
    },
    queue: { pushes: 0, died: 0, marks: 0 },
    failure: null,
    words: ['Up to date: read at 13:57.', 'Google tells of changes as they happen, last at 13:00.'],
    next: [],
  });
  expect(health({ locale: 'nb' }).words).toEqual([
    'Oppdatert: lest 13:57.',
    'Google melder fra om endringer når de skjer, sist 13:00.',
  ]);
});

describe('reading', () => {
  const stale = { readAt: ago(2 * hour), dueAt: ahead(5 * minute) };

  test.each<[string, Changes, 'green' | 'amber' | 'red', string[], string[]]>([
    [
      'paused by Google, read lately',
      { pull: { failure: 'rateLimitExceeded', dueAt: ahead(5 * minute) } },
      'amber',
      ['Paused by Google until 14:05: more was asked of it than it allows (rateLimitExceeded).'],
      ['Nothing: it goes on by itself.'],
    ],
    [
      'an outage of two hours',
      { pull: { ...stale, failure: 'backendError' } },
      'red',
      [
        'Google does not answer as it should just now (backendError): it is asked again at 14:05.',
        'It cannot be read since 12:00; its last state counts until 2026-11-21 12:00, then its resources are closed.',
      ],
      ['Nothing: it goes on by itself.'],
    ],
    [
      'not shared any more, for longer than the business allows',
      { pull: { ...stale, readAt: ago(26 * hour), failure: 'notFound' } },
      'red',
      [
        'Google no longer shows us this calendar: it was deleted, or is no longer shared with the connected account.',
        'It cannot be read since 2026-11-19 12:00, so its resources are closed since 12:00.',
      ],
      ['Share the calendar with the connected account again, or stop following it.'],
    ],
    [
      'the same, where the business stays open',
      { pull: { ...stale, failure: 'forbidden' }, settings: { unreachableThen: 'open' } },
      'red',
      [
        'The connected account may no longer read this calendar (forbidden).',
        'It cannot be read since 12:00; its last state goes on counting, so what was added since blocks nobody.',
      ],
      ['Share the calendar with the connected account again, or stop following it.'],
    ],
    [
      'never read, and failing',
      { pull: { readAt: null, failure: 'ECONNRESET', dueAt: ahead(minute) } },
      'red',
      [
        'Google does not answer as it should just now (ECONNRESET): it is asked again at 14:01.',
        'It was never read, so its resources count as taken.',
      ],
      ['Nothing: it goes on by itself.'],
    ],
    [
      'a fault of ours',
      { pull: { failure: 'internal', dueAt: ahead(minute) } },
      'amber',
      ['Reading it fails on our side, not at Google: it is tried again at 14:01.'],
      ["Tell whoever runs Sidebook: the server's log says where it fails."],
    ],
    [
      'a code we do not know',
      { pull: { failure: 'somethingNew' } },
      'amber',
      ['Google refuses to let us read it (somethingNew).'],
      ["Look Google's code up; the debug bundle tells whoever helps you what happened."],
    ],
    [
      'the API is switched off: said of the account',
      { pull: { failure: 'accessNotConfigured' }, facts: { account: 'The API is switched off.' } },
      'amber',
      ['The API is switched off.'],
      [],
    ],
    [
      'an account that waits for a person',
      {
        pull: { readAt: ago(hour) },
        account: { state: 'needs_reconnecting', failure: 'invalid_grant' },
        facts: { account: 'Connect it again.' },
      },
      'red',
      [
        'Connect it again.',
        'It cannot be read since 13:00; its last state counts until 2026-11-21 13:00, then its resources are closed.',
      ],
      [],
    ],
    [
      'late',
      { pull: { readAt: ago(30 * minute) } },
      'amber',
      [
        "It was last read at 13:30, which is longer ago than it should be: its turn has not come yet, for Google's limits or much to do.",
      ],
      [],
    ],
    [
      'not late, for it may wait an hour',
      { pull: { readAt: ago(30 * minute) }, delayMinutes: 60 },
      'green',
      ['Up to date: read at 13:30.'],
      [],
    ],
    [
      'switched off',
      { settings: { pull: false } },
      'amber',
      ['Reading calendars is switched off for this business: what stands in Google blocks nobody.'],
      ["Switch reading on in the business's settings (pull), if it is to count."],
    ],
  ])('%s', (_, changes, light, words, next) => {
    const found = health(changes);
    expect(found.light).toBe(light);
    expect(found.words.filter((said) => !/of changes/.test(said))).toEqual(words);
    expect(found.next).toEqual(next);
    // As many sentences in the other language, and none with a brace left over.
    const norwegian = health({ ...changes, locale: 'nb' });
    expect(norwegian.words).toHaveLength(found.words.length);
    expect(
      norwegian.words.some((said) => found.words.includes(said) && said !== changes.facts?.account),
    ).toBe(false);
    expect([...found.words, ...norwegian.words].join()).not.toMatch(/[{}]/);
  });

  test('the first time, with how far it is', () => {
    const first = { readAt: null, expandedUntil: null, leasedUntil: ahead(20_000), progress: 2500 };
    expect(health({ pull: first })).toMatchObject({
      light: 'amber',
      reading: { events: 2500 },
      readUntil: null,
    });
    expect(health({ pull: first }).words[0]).toBe(
      'It is being read for the first time: 2500 events so far. Until then its resources count as taken.',
    );
    // Left behind by a process that died.
    expect(health({ pull: { ...first, leasedUntil: ago(1000) } }).reading).toBeNull();
  });

  test('when it is read next', () => {
    const next = (changes: Changes) => health(changes).nextReadAt;
    expect(next({ pull: { wanted: 4 } })).toBe(ahead(0).toISOString());
    expect(next({ pull: { wanted: 4, failure: 'backendError' } })).toBe(ahead(2 * minute).toISOString());
    expect(next({ pull: { wanted: 4 }, delayMinutes: 60 })).toBe(ahead(57 * minute).toISOString());
    expect(next({ pull: { dueAt: ago(hour) } })).toBe(ahead(0).toISOString());
    expect(next({ account: { state: 'needs_reconnecting' } })).toBeNull();
    expect(next({ settings: { pull: false } })).toBeNull();
  });
});

describe('the channel', () => {
  test.each<[string, Changes, string, 'green' | 'amber', string, string[]]>([
    [
      'never delivered a change',
      { pull: { noticedAt: null }, channels: [{ ...channel, lastNoticeAt: ago(day), lastNumber: 1 }] },
      'on',
      'green',
      'Google told of no change yet; it is asked every 5 minutes as well.',
      [],
    ],
    [
      'never delivered anything',
      { pull: { noticedAt: null }, channels: [{ ...channel, lastNoticeAt: null, lastNumber: null }] },
      'on',
      'amber',
      'Not even the first notice of Google has arrived since 2026-11-19 14:00: changes show when it is asked, every 5 minutes.',
      [
        'See to it that https://book.test/api/v1/google/notices can be reached from the internet, with a valid certificate.',
      ],
    ],
    [
      'is being made',
      { pull: { watchDueAt: ago(1000), noticedAt: null }, channels: [{ ...channel, resourceId: null }] },
      'making',
      'green',
      'Google is being asked to tell of changes; until then it is asked every 5 minutes.',
      [],
    ],
    [
      'is refused for good',
      { pull: { watchDueAt: null, watchFailure: 'pushNotSupportedForRequestedResource' }, channels: [] },
      'refused',
      'green',
      'Google tells of no changes in calendars of this kind, so it is asked every 30 minutes.',
      [],
    ],
    [
      'is refused for our address',
      { pull: { watchFailure: 'push.webhookUrlUnauthorized' }, channels: [] },
      'refused',
      'amber',
      'Google does not send notices to our address (push.webhookUrlUnauthorized), so it is asked every 5 minutes.',
      [
        'Set PUBLIC_URL to an https address that can be reached from the internet (Google may also want its domain verified), then press "sync now".',
      ],
    ],
    [
      'is refused for now',
      { pull: { watchFailure: 'backendError' }, channels: [] },
      'refused',
      'green',
      'Google does not tell of changes for now (backendError), so it is asked every 5 minutes.',
      [],
    ],
    [
      'has nowhere to send to',
      { channels: [], facts: { address: undefined } },
      'off',
      'green',
      'Google is asked every 5 minutes: to have it tell of changes at once, this server needs an https address of its own (PUBLIC_URL).',
      [],
    ],
  ])('%s', (_, changes, state, light, words, next) => {
    const delayMinutes = words.includes('30 minutes') ? 30 : 0;
    const found = health({ ...changes, delayMinutes });
    expect(found).toMatchObject({ light, next, channel: { state } });
    expect(found.words[1]).toBe(words);
    expect(health({ ...changes, delayMinutes, locale: 'nb' }).words[1]).not.toBe(words);
  });

  test('is on with the newest that is open', () => {
    const expired = { ...channel, expiresAt: ago(1000) };
    const stopped = { ...channel, stopAt: ahead(minute) };
    expect(health({ channels: [expired] }).channel).toMatchObject({ state: 'making', expiresAt: null });
    expect(health({ channels: [stopped] }).channel).toMatchObject({ state: 'making', expiresAt: null });
    const fresh = { ...channel, expiresAt: ahead(7 * day), lastNoticeAt: ago(1000) };
    expect(health({ channels: [stopped, fresh] }).channel).toMatchObject({
      state: 'on',
      expiresAt: ahead(7 * day).toISOString(),
      lastNoticeAt: ago(1000).toISOString(),
    });
  });
});

test('what is owed is said, and what died wants a person', () => {
  const owed = health({ queue: { pushes: 2, marks: 3 } });
  expect(owed.light).toBe('green');
  expect(owed.words).toEqual(
    expect.arrayContaining([
      '2 changes of bookings are still to be written to it.',
      '3 of its events are still to be set Free, or back.',
    ]),
  );
  expect(health({ queue: { died: 1 } })).toMatchObject({
    light: 'amber',
    next: ['Look at the pushes that died (GET /pushes), mend what they failed for, and try each again.'],
  });
});
