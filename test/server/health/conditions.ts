// A calendar's condition in which all is well, but for what a test changes: for tests of what it comes to.
import { expect } from 'vitest';
import { defaultSettings } from '../../../server/businesses/settings.ts';
import { assess, type Facts } from '../../../server/health/assess.ts';
import type { Condition } from '../../../server/health/condition.ts';
import type { BusinessSettings } from '../../../shared/api.ts';
import { Health } from '../../../shared/health-api.ts';

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;
/** A Friday, 14:00 in Oslo. */
const now = Date.parse('2026-11-20T13:00:00Z');
export const ago = (ms: number) => new Date(now - ms);
export const ahead = (ms: number) => new Date(now + ms);
export const id = '00000000-0000-4000-8000-000000000000';

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
export const channel: Condition['channels'][number] = {
  id,
  businessId: id,
  calendarId: id,
  resourceId: 'watched',
  tokenHash: 'hash',
  address: 'https://book.test/api/v1/google/notices',
  expiresAt: ahead(6 * day),
  madeAt: ago(day),
  stopAt: null,
  stopAttempts: 0,
  lastNoticeAt: ago(hour),
  lastNumber: 7,
};

export const nothing: Condition['queue'] = { pushes: 0, died: 0, marks: 0, marksDied: 0, failure: null };

export interface Changes {
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
export function health(changes: Changes = {}) {
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
    queue: { ...nothing, ...changes.queue },
  };
  const facts = {
    now,
    address: 'https://book.test/api/v1/google/notices',
    pollMinutes: 5,
    account: null,
    ...changes.facts,
  };
  const found = assess(condition, facts);
  expect(Health.parse(found)).toEqual(found);
  return found;
}
