// The door of the side panel: who gets in, in which business; that what is refused is told; that an answer comes in any case.
import { eq } from 'drizzle-orm';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { members, resources } from '../../../server/database/schema.ts';
import { makeBusiness } from '../../business.ts';
import { openStage, people, type Stage, shared, zone } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

afterEach(() => expect(stage.errors.splice(0)).toEqual([]));

const db = () => stage.context.db;
const addMember = (email: string, role = 'staff') =>
  stage.call<{ id: string }>('POST', '/members', { email, name: 'Siri', role });

/** With an account of the Workspace: it is theirs to name from then on. */
async function ownerComes() {
  const authorization = `Bearer ${await stage.token('kari', { hd: 'clinic.test' })}`;
  expect((await stage.ask('kari', 'settings', {}, { authorization })).status).toBe(200);
}

describe('who asks', () => {
  test('is the member whose address Google vouches for, from the first visit on whatever it becomes', async () => {
    const { card, notice } = await stage.card('settings', 'anna', 'settings');
    expect(card.person).toMatchObject({ name: 'Anna', email: people.anna, role: 'staff' });
    expect(notice).toContain('Fjordklinikken');
    await db().update(members).set({ email: 'moved@clinic.test' }).where(eq(members.id, stage.members.anna));
    const again = await stage.card('settings', 'anna', 'settings');
    expect(again.card.person.email).toBe('moved@clinic.test');
    expect(again.notice).toBeNull();
    await db().update(members).set({ email: people.anna }).where(eq(members.id, stage.members.anna));
  });

  test('is not the member once the address is another account’s', async () => {
    await stage.card('settings', 'bert', 'settings');
    const token = await stage.token('bert', { sub: '123' });
    const { answer } = await stage.ask('bert', 'home', {}, { authorization: `Bearer ${token}` });
    expect(answer.card.card).toBe('welcome');
  });

  test.each([
    ['nothing', ''],
    ['an API key', 'Bearer sb_abc'],
    ['no token', 'Bearer null'],
  ])('with %s is asked who they are', async (_, authorization) => {
    const { status, problem } = await stage.ask('anna', 'settings', {}, { authorization });
    expect(status).toBe(401);
    expect(problem).toMatchObject({ code: 'unauthorized', details: { reason: 'malformed' } });
  });

  test('with a token that expired is told so', async () => {
    const authorization = `Bearer ${await stage.token('anna', { exp: Math.floor(Date.now() / 1000) - 90 })}`;
    const { status, problem } = await stage.ask('anna', 'settings', {}, { authorization });
    expect([status, problem.details?.reason]).toEqual([401, 'expired']);
  });

  test('removed a minute ago, is nobody at once: nothing is shown, nothing is done', async () => {
    const { id } = await addMember(people.siri, 'admin');
    await stage.card('settings', 'siri', 'settings');
    await stage.call('DELETE', `/members/${id}`);
    const businessId = stage.business.id;
    const change = { businessId, calendarId: stage.calendarId, settings: { undecided: 'nobody' } };
    for (const [route, body] of [
      ['home', {}],
      ['home', { businessId }],
      ['settings', { businessId }],
      ['settings/change', change],
    ] as const) {
      const { status, answer } = await stage.ask('siri', route, body);
      expect(status).toBe(200);
      expect(answer.card.card).toBe('welcome');
      expect(answer.book).toBeUndefined();
    }
    const { notice } = await stage.card('welcome', 'siri', 'settings/change', change);
    expect(notice).toBe('You are not a member there any more.');
    const { card } = await stage.card('settings', 'kari', 'settings');
    expect(card.calendars[0]?.undecided).toBe('everybody');
    const panel = await stage.ask('siri', 'panel', { to: 'home' });
    expect([panel.status, panel.problem.code]).toEqual([403, 'forbidden']);
  });

  test('of another Workspace than the business wants, is told which account it takes', async () => {
    await ownerComes();
    await stage.call('PATCH', '/business', { hostedDomain: 'clinic.test' });
    const { status, problem } = await stage.ask('anna', 'settings');
    expect([status, problem.details?.reason]).toEqual([401, 'domain']);
    const authorization = `Bearer ${await stage.token('anna', { hd: 'clinic.test' })}`;
    expect((await stage.ask('anna', 'settings', {}, { authorization })).status).toBe(200);
    await stage.call('PATCH', '/business', { hostedDomain: null });
    expect((await stage.ask('anna', 'settings')).status).toBe(200);
  });
});

test('a hosted domain is read and set by the API, and is one', async () => {
  const set = (hostedDomain: unknown) => stage.call('PATCH', '/business', { hostedDomain });
  await ownerComes();
  expect(await set(' Clinic.TEST ')).toMatchObject({ hostedDomain: 'clinic.test' });
  expect(await stage.call('GET', '/business')).toMatchObject({ hostedDomain: 'clinic.test' });
  for (const wrong of ['', 'clinic', 'a@clinic.test', 'https://clinic.test', 1])
    await expect(set(wrong)).rejects.toThrow(/400.*hostedDomain/);
  expect(await set(null)).toMatchObject({ hostedDomain: null });
});

describe('what they serve', () => {
  const visible = async (person: 'kari' | 'anna' | 'siri') =>
    (await stage.card('settings', person, 'settings')).card.calendars.length;

  test('all, for owners and for staff without a resource; else what is their own', async () => {
    const { id } = await addMember(people.siri);
    expect(await Promise.all([visible('kari'), visible('anna'), visible('siri')])).toEqual([1, 1, 1]);
    await stage.call('PUT', `/resources/${stage.resources.anna}/links`, { links: [] });
    expect(await Promise.all([visible('kari'), visible('anna'), visible('siri')])).toEqual([1, 0, 1]);
    // Put away, a resource of one's own is no way to see all others.
    await stage.call('DELETE', `/resources/${stage.resources.anna}`);
    expect(await visible('anna')).toBe(0);
    await db().update(resources).set({ archivedAt: null }).where(eq(resources.id, stage.resources.anna));
    const links = [{ calendarId: stage.calendarId, reads: true, writes: true }];
    await stage.call('PUT', `/resources/${stage.resources.anna}/links`, { links });
    await stage.call('DELETE', `/members/${id}`);
  });
});

describe('in several businesses', () => {
  let other: string;
  beforeAll(async () => {
    other = (await makeBusiness(db())).id;
    await db().insert(members).values({
      businessId: other,
      id: crypto.randomUUID(),
      email: people.anna.toUpperCase(),
      name: 'Anna',
      role: 'owner',
    });
  });
  afterEach(() => db().update(members).set({ sub: null }).where(eq(members.businessId, other)));
  afterAll(() => db().delete(members).where(eq(members.businessId, other)));

  test('one is asked which, and asked no more once it is chosen', async () => {
    const { card } = await stage.card('choose', 'anna', 'settings');
    expect(card.businesses.map(({ id, role }) => [id, role])).toEqual(
      expect.arrayContaining([
        [stage.business.id, 'staff'],
        [other, 'owner'],
      ]),
    );
    const chosen = await stage.card('settings', 'anna', 'settings', { businessId: other });
    expect(chosen.card).toMatchObject({ business: { id: other }, businesses: 2, person: { role: 'owner' } });
  });

  test('the open event’s calendar settles it', async () => {
    const event = { calendarId: shared, eventId: 'something' };
    const { answer } = await stage.ask('anna', 'event', { event });
    expect(answer.card.card).not.toBe('choose');
    expect(answer.book?.businessId).toBe(stage.business.id);
    const unknown = { calendarId: 'else@clinic.test', eventId: 'something' };
    await stage.card('choose', 'anna', 'event', { event: unknown });
  });

  test('a business of others is not one of them', async () => {
    const strange = (await makeBusiness(db())).id;
    await stage.card('choose', 'anna', 'settings', { businessId: strange });
    const { card } = await stage.card('choose', 'anna', 'settings', { businessId: crypto.randomUUID() });
    expect(card.businesses.map(({ id }) => id)).not.toContain(strange);
  });
});

describe('an answer', () => {
  test('is a problem where the body is wrong, and says what', async () => {
    for (const body of [{ zone: 'Mars/Olympus' }, { locale: 'de' }, { extra: 1 }, { businessId: 'x' }]) {
      const { status, problem } = await stage.ask('anna', 'settings', body);
      expect([status, problem.code]).toEqual([400, 'invalid']);
      expect(problem.message).toContain(Object.keys(body)[0]);
    }
  });

  test('is a card with a reason where an act is refused, in the language of the person', async () => {
    const change = { calendarId: stage.calendarId, settings: { autoFix: true } };
    const english = await stage.card('settings', 'bert', 'settings/change', change);
    expect(english.notice).toMatch(/^You may not/);
    const norwegian = await stage.card('settings', 'bert', 'settings/change', { ...change, locale: 'nb' });
    expect(norwegian.notice).toMatch(/^Du har ikke tilgang/);
    expect(norwegian.card.calendars[0]?.autoFix).toBe(false);
  });

  test('is a card too where there is nothing to show', async () => {
    const { card } = await stage.card('problem', 'anna', 'booking', { bookingId: crypto.randomUUID() });
    expect(card).toMatchObject({ code: 'not_found', words: expect.any(String), next: expect.any(String) });
  });

  test('comes in five seconds whatever hangs: busy', async () => {
    const blocker = postgres(stage.database, { max: 1, onnotice: () => undefined });
    await blocker.begin(async (tx) => {
      await tx`lock table members in access exclusive mode`;
      const { status, problem } = await stage.ask('anna', 'settings');
      expect([status, problem.code]).toEqual([503, 'busy']);
      expect(stage.errors.splice(0)).toHaveLength(1);
    });
    await blocker.end();
    expect((await stage.ask('anna', 'settings')).status).toBe(200);
  });
});

test('a server without audiences is not set up, and says what to set', async () => {
  const { makeApp } = await import('../../../server/app.ts');
  const config = { ...stage.context.config, addon: { audiences: [] } };
  const app = await makeApp({ ...stage.context, config });
  const answer = await app.inject({
    method: 'POST',
    url: '/api/v1/sidebar/home',
    payload: { locale: 'en', zone },
    headers: { authorization: `Bearer ${await stage.token('anna')}` },
  });
  await app.close();
  expect(answer.statusCode).toBe(503);
  expect(answer.json()).toMatchObject({ code: 'busy', details: { reason: 'not_set_up' } });
  expect(answer.json().message).toContain('ADDON_AUDIENCES');
  expect(stage.errors.splice(0)).toHaveLength(1);
});
