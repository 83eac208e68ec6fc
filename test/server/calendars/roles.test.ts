// Accounts connected for less than their calendars allow: what they may do follows what Google was asked for.
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { events } from '../../../server/database/mirror.ts';
import { claimPulls } from '../../../server/jobs/pulls.ts';
import { pullCalendar, readCalendar } from '../../../server/sync/pull.ts';
import type { Calendar } from '../../../shared/calendar-api.ts';
import type { Health } from '../../../shared/health-api.ts';
import { type Office, openOffice } from '../accounts/office.ts';
import { Clinic } from '../sync/clinic.ts';

type Followed = z.infer<typeof Calendar>;

let office: Office;
let clinic: Clinic;
beforeAll(async () => {
  office = await openOffice();
});
afterAll(() => office.close());
beforeEach(async () => {
  clinic = await Clinic.open(office.world);
});

const call = <Body = unknown>(method: string, path: string, body?: object) =>
  office.call<Body>(clinic, method, path, body);
const list = async () => (await call<{ items: Followed[] }>('GET', '/calendars')).body.items;
const follow = (googleId: string) =>
  call<Followed>('POST', '/calendars', { accountId: clinic.accountId, googleId });

describe('an account connected for less', () => {
  const connectFor = (...scopes: string[]) => office.connectFor(clinic, ...scopes);
  const readNow = (id: string) =>
    readCalendar(office.context, { businessId: clinic.businessId, calendarId: id });
  const due = async (id: string) => {
    await clinic.db.execute(sql`update pulls set due_at = now() where calendar_id = ${id}`);
    return (await claimPulls(clinic.db, { limit: 10 })).filter(({ calendarId }) => calendarId === id);
  };

  test('reads its calendars and is refused to write; connected for more, it may', async () => {
    await connectFor('events.readonly');
    const room = await clinic.addResource('Room');
    const { id } = room.calendar;
    const [calendar] = await list();
    expect(calendar).toMatchObject({ accessRole: 'reader' });
    expect(calendar!.limits[0]).toMatch(/connected for less/);
    await readNow(id);
    expect((await list())[0]).toMatchObject({ accessRole: 'reader' });
    const link = { calendarId: id, reads: true, writes: true, means: null };
    const set = () => call('PUT', `/resources/${room.id}/links`, { links: [link] });
    expect(await set()).toMatchObject({
      status: 422,
      body: { code: 'google_refused', message: expect.stringContaining('feature "events"') },
    });
    await connectFor('events');
    await readNow(id);
    expect((await list())[0]).toMatchObject({ accessRole: 'owner', limits: [] });
    expect(await set()).toMatchObject({ status: 200 });
  });

  test('and for free/busy alone, reads of its own calendars when they are busy', async () => {
    const { body } = await follow('primary');
    const start = new Date(Math.ceil(Date.now() / 3_600_000) * 3_600_000 + 86_400_000).toISOString();
    const end = new Date(Date.parse(start) + 3_600_000).toISOString();
    const event = { summary: 'Secret', start: { dateTime: start }, end: { dateTime: end } };
    await clinic.control.addEvent({ person: clinic.owner, calendar: clinic.owner, event });
    await connectFor('freebusy');
    expect((await list())[0]).toMatchObject({ accessRole: 'freeBusyReader' });
    await readNow(body.id);
    await readNow(body.id);
    const rows = await clinic.db.select().from(events).where(eq(events.calendarId, body.id));
    expect(rows.map(({ startsAt }) => startsAt.toISOString())).toEqual([start]);
    expect((await list())[0]).toMatchObject({ accessRole: 'freeBusyReader' });
  });

  test('for free/busy, and then for events without it, reads events again', async () => {
    const { body } = await follow('primary');
    await connectFor('freebusy');
    await readNow(body.id);
    expect((await list())[0]).toMatchObject({ accessRole: 'freeBusyReader' });
    await connectFor('events');
    expect(await readNow(body.id)).toMatchObject({ kept: true, complete: true });
    expect((await list())[0]).toMatchObject({ accessRole: 'owner', limits: [] });
  });

  test('than a calendar that shows free/busy alone wants: it is read once it shows more, and what helps is said', async () => {
    await connectFor('events');
    const { id, googleId } = (await clinic.addResource('Room')).calendar;
    await readNow(id);
    const share = (role: 'freeBusyReader' | 'owner') =>
      clinic.control.share({ calendar: googleId, person: clinic.owner, role });
    await share('freeBusyReader');
    await readNow(id);
    expect((await list())[0]).toMatchObject({ accessRole: 'freeBusyReader' });
    for (const claim of await due(id)) await pullCalendar(office.context, claim);
    const { body: health } = await call<z.infer<typeof Health>>('GET', `/calendars/${id}/health`);
    expect(health).toMatchObject({ light: 'amber', failure: 'free_busy_scope' });
    expect(health.words[0]).toMatch(/shows the connected account only when it is busy/);
    expect(health.next[0]).toMatch(/all event details.*free\/busy/);
    expect((await call<{ items: { words: string | null }[] }>('GET', '/accounts')).body.items).toMatchObject([
      { words: null },
    ]);
    await share('owner');
    expect(await readNow(id)).toMatchObject({ kept: true, complete: true });
    expect((await list())[0]).toMatchObject({ accessRole: 'owner' });
  });
});
