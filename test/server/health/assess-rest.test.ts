// What a calendar's channel, and what is owed to it, come to: light, figures and words.
import { describe, expect, test } from 'vitest';
import { ago, ahead, type Changes, channel, day, health, minute } from './conditions.ts';

const reachable =
  'See to it that https://book.test/api/v1/google/notices can be reached from the internet (firewall, valid certificate), then press "sync now".';
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
      [reachable],
    ],
    [
      'is another than the one that told of changes, and was not heard',
      { channels: [channel, { ...channel, madeAt: ago(3 * minute), lastNoticeAt: null, lastNumber: null }] },
      'on',
      'amber',
      'Not even the first notice of Google has arrived since 13:57: changes show when it is asked, every 5 minutes.',
      [reachable],
    ],
    [
      'is another, made just now',
      { channels: [channel, { ...channel, madeAt: ago(minute), lastNoticeAt: null, lastNumber: null }] },
      'on',
      'green',
      'Google tells of changes as they happen, last at 13:00.',
      [],
    ],
    [
      'sends to another address than ours',
      { channels: [{ ...channel, address: 'https://old.test/api/v1/google/notices' }] },
      'making',
      'green',
      'Google is being asked to tell of changes; until then it is asked every 5 minutes.',
      [],
    ],
    [
      'is open, but we have no address any more',
      { facts: { address: undefined } },
      'off',
      'green',
      'Google is asked every 5 minutes: to have it tell of changes at once, this server needs an https address of its own (PUBLIC_URL).',
      [],
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
      'is refused for good, and why we do not know',
      { pull: { watchDueAt: null, watchFailure: 'invalid' }, channels: [] },
      'refused',
      'green',
      'Google refuses to tell of changes in it (invalid), so it is asked every 5 minutes.',
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
  const marks = health({ queue: { marksDied: 2 } });
  expect(marks.light).toBe('amber');
  expect(marks.words).toContain('2 of its events could not be set Free, or back, and were given up.');
  expect(marks.next).toEqual([expect.stringContaining('once more')]);
});

test('what is owed and fails shows why', () => {
  const queue = { pushes: 2, failure: 'backendError' };
  const fails = 'Writing to it fails just now (backendError): it is tried again by itself.';
  expect(health({ queue })).toMatchObject({ light: 'amber', failure: 'backendError', next: [] });
  expect(health({ queue }).words).toContain(fails);
  // It is not, while the account waits for a person.
  const dead = health({ queue, account: { state: 'needs_reconnecting', failure: 'invalid_grant' } });
  expect(dead).toMatchObject({ light: 'red', failure: 'invalid_grant' });
  expect(dead.words).not.toContain(fails);
  // What is the matter with the account is said in its words.
  const off = { queue: { pushes: 2, failure: 'accessNotConfigured' }, facts: { account: 'The API is off.' } };
  expect(health(off).words.filter((said) => /API|fails/.test(said))).toEqual(['The API is off.']);
  const both = health({ ...off, pull: { failure: 'accessNotConfigured' } });
  expect(both.words.filter((said) => /API|fails/.test(said))).toEqual(['The API is off.']);
});

test('what is owed waits where writing is switched off', () => {
  const settings = { push: false };
  expect(health({ settings })).toMatchObject({ light: 'green', next: [] });
  const waits = health({ settings, queue: { pushes: 2 } });
  expect(waits.light).toBe('amber');
  expect(waits.words).toContain('Writing bookings to Google is switched off for this business.');
  expect(waits.next).toEqual([expect.stringContaining('(push)')]);
});
