// Whatever stands in whichever field of whichever request of the add-on: a card or a problem that says what is wrong, never a fault of ours.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SidebarAnswer } from '../../../shared/card-api.ts';
import { openStage, type Stage, shared } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  // So that every answer is of a member.
  await stage.card('settings', 'kari', 'settings');
});
afterAll(() => stage.close());

const id = '01900000-0000-7000-8000-000000000000';
const event = { calendarId: shared, eventId: 'nothing' };
const decision = { event, scope: 'event', shares: [], free: false, dryRun: true };
const customer = { name: 'Per', email: 'per@example.com', phone: '+47 900 00 000', instructions: 'x' };

/** What the add-on may ask, as ordinary as can be. Creating is left to its own tests: each would be a business. */
const requests = (): [string, Record<string, unknown>][] => [
  ['home', {}],
  ['settings', {}],
  ['event', { event }],
  ['booking', { bookingId: id }],
  ['reschedule', { bookingId: id, date: '2026-11-20' }],
  ['reassign', { bookingId: id }],
  [
    'new',
    { serviceId: stage.serviceId, resourceId: stage.resources.anna, date: '2026-11-20', walkIn: false },
  ],
  ['free-now', { kind: 'room' }],
  ['panel', { to: 'home', id: 'x' }],
  ['booking/act', { bookingId: id, do: { act: 'approve', revision: 1 } }],
  [
    'book',
    { serviceId: stage.serviceId, start: '2026-11-20T09:00:00Z', resourceIds: [], ...customer, event },
  ],
  ['decide', decision],
  ['undo', { event, scope: 'event' }],
  ['answer', { calendarId: stage.calendarId, eventId: 'nothing', original: null, whom: 'nobody' }],
  ['proposed', { event, decisionId: id, accept: true }],
  ['settings/change', { calendarId: id, settings: { undecided: 'ask' } }],
  ['link', { event: { ...event, calendarId: 'none@clinic.test' }, resourceIds: [id], undecided: 'ask' }],
  ['join', { joinId: id }],
  ['admit', { requestId: id, admit: true }],
];

const strange: unknown[] = [
  null,
  '',
  'x'.repeat(20_000),
  'a\u0000b',
  '\ud800',
  '<img src=x onerror=alert(1)>',
  '9999-12-31T23:59:59Z',
  -1,
  1e300,
  {},
  [null],
];

test('is answered, and no fault of ours', async () => {
  const authorization = `Bearer ${await stage.token('kari')}`;
  const headers = { authorization, 'accept-language': 'x' };
  const faults: string[] = [];
  let asked = 0;
  for (const [route, body] of requests()) {
    const fields = ['locale', 'zone', 'businessId', 'known', ...Object.keys(body), 'extra'];
    const bodies = [body, ...fields.flatMap((key) => strange.map((value) => ({ ...body, [key]: value })))];
    for (let i = 0; i < bodies.length; i += 20) {
      const some = bodies.slice(i, i + 20);
      const answers = await Promise.all(some.map((one) => stage.ask('kari', route, one, headers)));
      asked += some.length;
      for (const [n, { status, answer, problem }] of answers.entries()) {
        const wrong =
          status === 200
            ? route !== 'panel' && !SidebarAnswer.safeParse(answer).success
            : status >= 500 || !problem.code || !problem.message;
        if (wrong) faults.push(`${status} ${route} ${JSON.stringify(some[n]).slice(0, 200)}`);
      }
    }
  }
  expect(faults).toEqual([]);
  expect(stage.errors).toEqual([]);
  expect(asked).toBeGreaterThan(1_000);
}, 60_000);
