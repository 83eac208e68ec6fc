// What a calendar's condition comes to, as far as it is read: light, figures and words, for each thing that can be the matter.
import { describe, expect, test } from 'vitest';
import { ago, ahead, type Changes, day, health, hour, id, minute, nothing } from './conditions.ts';

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
    queue: nothing,
    failure: null,
    words: ['Up to date: read at 13:57.', 'Google tells of changes as they happen, last at 13:00.'],
    next: [],
  });
  expect(health({ locale: 'nb' }).words).toEqual([
    'Oppdatert: lest 13:57.',
    'Google melder fra om endringer når de skjer, sist 13:00.',
  ]);
});

const turn =
  'Nothing, if it is read soon; if not, tell whoever runs Sidebook: its worker may not be running.';
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
        'It has not been read since 12:00; its last state counts until 2026-11-21 12:00, then its resources are closed.',
      ],
      ['Nothing: it goes on by itself.'],
    ],
    [
      'not shared any more, for longer than the business allows',
      { pull: { ...stale, readAt: ago(26 * hour), failure: 'notFound' } },
      'red',
      [
        'Google no longer shows us this calendar: it was deleted, or is no longer shared with the connected account.',
        'It has not been read since 2026-11-19 12:00, so its resources are closed since 12:00.',
      ],
      ['Share the calendar with the connected account again, or stop following it.'],
    ],
    [
      'the same, where the business stays open',
      { pull: { ...stale, failure: 'forbidden' }, settings: { unreachableThen: 'open' } },
      'red',
      [
        'The connected account may no longer read this calendar (forbidden).',
        'It has not been read since 12:00; its last state goes on counting, so what was added since blocks nobody.',
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
      'suddenly much less than there was, which is not believed yet',
      { pull: { failure: 'shrunk', dueAt: ahead(minute) } },
      'amber',
      [
        'Google suddenly shows less than half of its events: what was read before counts, until another reading says the same. It is read again at 14:01.',
      ],
      ['Nothing: it goes on by itself.'],
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
        'It has not been read since 13:00; its last state counts until 2026-11-21 13:00, then its resources are closed.',
      ],
      [],
    ],
    [
      'late',
      { pull: { readAt: ago(30 * minute) } },
      'amber',
      [
        "It was last read at 13:30, which is longer ago than it should be: its turn has not come yet, for Google's limits or much to do.",
        'It has not been read since 13:30; its last state counts until 2026-11-21 13:30, then its resources are closed.',
      ],
      [turn],
    ],
    [
      'late for so long that it is closed',
      { pull: { readAt: ago(3 * day) } },
      'red',
      [
        "It was last read at 2026-11-17 14:00, which is longer ago than it should be: its turn has not come yet, for Google's limits or much to do.",
        'It has not been read since 2026-11-17 14:00, so its resources are closed since 2026-11-18 14:00.',
      ],
      [turn],
    ],
    [
      'late for as long, where the business stays open',
      { pull: { readAt: ago(3 * day) }, settings: { unreachableThen: 'open' } },
      'amber',
      [
        "It was last read at 2026-11-17 14:00, which is longer ago than it should be: its turn has not come yet, for Google's limits or much to do.",
        'It has not been read since 2026-11-17 14:00; its last state goes on counting, so what was added since blocks nobody.',
      ],
      [turn],
    ],
    [
      'failing, where what was read counts for an hour and the delay it was given',
      {
        pull: { failure: 'notFound', readAt: ago(170 * minute) },
        settings: { unreachableHours: 1 },
        delayMinutes: 120,
      },
      'red',
      [
        'Google no longer shows us this calendar: it was deleted, or is no longer shared with the connected account.',
        'It has not been read since 11:10; its last state counts until 14:10, then its resources are closed.',
      ],
      ['Share the calendar with the connected account again, or stop following it.'],
    ],
    [
      'not late, for it may wait an hour',
      { pull: { readAt: ago(30 * minute) }, delayMinutes: 60 },
      'green',
      ['Up to date: read at 13:30.'],
      [],
    ],
    [
      'not late, for calendars are read once an hour here',
      { pull: { readAt: ago(64 * minute) }, facts: { pollMinutes: 60 } },
      'green',
      ['Up to date: read at 12:56.'],
      [],
    ],
    [
      'failing, where calendars are read once an hour, and read since that was due',
      { pull: { readAt: ago(64 * minute), failure: 'backendError' }, facts: { pollMinutes: 60 } },
      'amber',
      ['Google does not answer as it should just now (backendError): it is asked again at 14:02.'],
      ['Nothing: it goes on by itself.'],
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
