// Auto-fix from Apps Script alone: off until switched on, only what rules call for, never against a person, and quiet when it may not.
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Host } from '../appsscript/host.ts';
import { people, shared } from '../server/sidebar/stage.ts';
import { type Appointments, appointments, dayAhead, hour } from './appointments.ts';
import { type AddonStage, openAddonStage } from './stage.ts';

let stage: AddonStage;
let they: Appointments;
let anna: Host;
beforeAll(async () => {
  stage = await openAddonStage({ triggers: true, env: { PUBLIC_URL: undefined } });
  they = appointments(stage);
  await readOnly();
  await stage.call('PUT', `/calendars/${stage.calendarId}/rules`, { rules: [{ whom: { kind: 'named' } }] });
  anna = await stage.panel('anna');
}, 60_000);
afterAll(() => stage?.close());

/** The server was given no more than reading: else it does this itself. */
async function readOnly(): Promise<void> {
  const { db } = stage.context;
  const scopes = ['calendar.events.readonly', 'calendar.calendarlist.readonly'].map((one) => scope + one);
  await db.execute(sql`update accounts set scopes = ${sql.param(scopes)}::text[]`);
  await db.execute(sql`update calendars set access_role = 'reader'`);
}
const scope = 'https://www.googleapis.com/auth/';
const watch = async (calendar: string) => {
  await anna.universal('Settings');
  return anna.fill('watched', calendar);
};
const fire = async () => expect(await anna.fireTriggers(shared)).toEqual([null]);
const type = (at: number, more: Record<string, unknown> = {}) =>
  stage.type('bert', {
    summary: 'Tannlege @Bert',
    start: { dateTime: hour(dayAhead(0), at) },
    end: { dateTime: hour(dayAhead(0), at + 1) },
    ...more,
  });
const change = (event: string, change: Record<string, unknown>) =>
  stage.google.control.changeEvent({ person: people.bert, calendar: shared, event, change });
const isFree = async (id: string) => (await they.inGoogle(id)).transparency === 'transparent';
const writes = () => anna.log.requests.filter(({ method }) => /patch|update/i.test(method));
beforeEach(() => anna.log.clear());

test('off until it is switched on; what was there before stays as it is', async () => {
  const before = await type(7);
  expect(anna.kept.triggers).toEqual([]);
  const panel = await watch(shared);
  expect(panel.notification).toBe('Switched on');
  expect(panel.fields.watched).toEqual([shared]);
  expect(anna.kept.triggers).toMatchObject([{ handler: 'onCalendarUpdated', calendarId: shared }]);
  await fire();
  expect(await isFree(before)).toBe(false);
});

test('a new event that a rule gives to one is set Free; the server takes it as set Free by us', async () => {
  const id = await type(8);
  await fire();
  expect(await isFree(id)).toBe(true);
  await they.read();
  const panel = await anna.open({ calendarId: shared, id });
  expect(panel.text).toContain('Free, set by Sidebook');
  expect(await they.free(dayAhead(0), 8)).toEqual(['anna', 'room', 'van']);
  // Its own change calls it again: there is nothing to do.
  anna.log.clear();
  await fire();
  expect(writes()).toEqual([]);
});

test('what blocks everybody, a booking, and what a person has set or said are left alone', async () => {
  const everybody = await type(9, { summary: 'Personalmøte' });
  const free = await type(10, { transparency: 'transparent' });
  const decided = await type(11);
  await they.read();
  await anna.open({ calendarId: shared, id: decided });
  await anna.click('Only Bert');
  await stage.call('POST', '/bookings', {
    serviceId: stage.serviceId,
    start: hour(dayAhead(0), 12),
    resourceIds: [stage.resources.bert],
    customer: { name: 'Ola @Bert' },
  });
  await they.read();
  anna.log.clear();
  await fire();
  expect(writes()).toEqual([]);
  expect([await isFree(everybody), await isFree(free), await isFree(decided)]).toEqual([false, true, false]);
});

test('what is passed over only until somebody answers is left alone', async () => {
  const settings = (to: string) =>
    stage.call('PATCH', `/calendars/${stage.calendarId}`, { settings: { tentative: to } });
  await settings('ignore');
  await they.read();
  const id = await type(15, { summary: 'Kanskje', status: 'tentative' });
  await anna.open({ calendarId: shared, id });
  await fire();
  expect(await isFree(id)).toBe(false);
  await settings('block');
});

test('a person who sets it Busy again has the last word', async () => {
  const id = await type(13);
  await fire();
  expect(await isFree(id)).toBe(true);
  await change(id, { transparency: 'opaque' });
  await fire();
  expect(await isFree(id)).toBe(false);
  // The server takes the mark away; the add-on still knows.
  await they.read();
  await they.read();
  await change(id, { location: 'Storgata 1' });
  await fire();
  expect(await isFree(id)).toBe(false);
});

test('somebody changes the event at the same time: it is read again, and judged again', async () => {
  const id = await type(14);
  const fault = {
    kind: 'error',
    status: 412,
    reason: 'conditionNotMet',
    on: 'events.patch',
    times: 1,
  } as const;
  await stage.google.control.addFault(fault);
  await fire();
  expect(await isFree(id)).toBe(true);
});

test('without authorization it does nothing and says nothing; allowed again, it goes on where it was', async () => {
  const id = await type(15);
  anna.lapse(true);
  await fire();
  expect(anna.log.requests).toEqual([]);
  anna.lapse(false);
  await fire();
  expect(await isFree(id)).toBe(true);
});

test('a token that is no good any more: everything is read, and what changed since is done', async () => {
  const id = await type(16);
  await stage.google.control.expireSyncTokens({ calendar: shared });
  await fire();
  expect(await isFree(id)).toBe(true);
  const next = await type(17);
  await fire();
  expect(await isFree(next)).toBe(true);
});

test('a series is set Free as a whole', async () => {
  const day = dayAhead(3);
  const id = await type(18, {
    recurrence: ['RRULE:FREQ=DAILY;COUNT=3'],
    start: { dateTime: hour(day, 18), timeZone: 'UTC' },
    end: { dateTime: hour(day, 19), timeZone: 'UTC' },
  });
  await fire();
  expect(await isFree(id)).toBe(true);
  expect(writes()).toHaveLength(1);
});

test('switched off, it is gone; one left over removes itself', async () => {
  const [left] = anna.kept.triggers;
  const panel = await watch('');
  expect(panel.notification).toBe('Switched off');
  expect(anna.kept.triggers).toEqual([]);
  if (left) anna.kept.triggers.push(left);
  const id = await type(19);
  await fire();
  expect(await isFree(id)).toBe(false);
  expect(anna.kept.triggers).toEqual([]);
  expect([...anna.log.crashes, ...anna.log.refusals]).toEqual([]);
});
