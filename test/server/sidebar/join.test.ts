// Getting in: a business made from the card, an invitation accepted, a colleague who asks and is let in or not.
import { and, eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { pulls } from '../../../server/database/mirror.ts';
import { joinRequests } from '../../../server/database/people.ts';
import { businesses, members, resources } from '../../../server/database/schema.ts';
import { makeBusiness } from '../../business.ts';
import { openStage, type Person, people, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  // Everybody is in before any test begins.
  for (const person of ['kari', 'anna', 'bert'] as const) await stage.card('settings', person, 'settings');
});
afterAll(() => stage.close());
afterEach(() => expect(stage.errors.splice(0)).toEqual([]));

const db = () => stage.context.db;
const key = () => ({ 'idempotency-key': crypto.randomUUID() });
/** As somebody of the Workspace clinic.test. */
const colleague = async (person: Person) => ({
  authorization: `Bearer ${await stage.token(person, { hd: 'clinic.test', name: 'Siri Lie' })}`,
});

async function invite(role: 'owner' | 'staff' = 'staff'): Promise<string> {
  const { id } = await makeBusiness(db());
  const row = { businessId: id, id: crypto.randomUUID(), email: 'SIRI@clinic.test', name: 'Siri', role };
  await db().insert(members).values(row);
  return id;
}
const forget = () => db().delete(members).where(eq(members.name, 'Siri'));

test('a place that is given another address is another person’s', async () => {
  const { members: staff } = stage;
  await stage.call('PATCH', `/members/${staff.bert}`, { email: people.siri });
  expect((await stage.ask('bert', 'home')).answer.card.card).toBe('welcome');
  expect((await stage.card('home', 'siri', 'home')).card.person.email).toBe(people.siri);
  await stage.call('PATCH', `/members/${staff.bert}`, { email: people.bert });
  expect((await stage.ask('siri', 'home')).answer.card.card).toBe('welcome');
  await stage.card('home', 'bert', 'home');
});

describe('invited', () => {
  afterEach(forget);

  test('by one, one is in by coming', async () => {
    const id = await invite();
    const { card, notice } = await stage.card('home', 'siri', 'home');
    expect(card).toMatchObject({ business: { id }, person: { role: 'staff' } });
    expect(notice).toBe('You are in Fjordklinikken now, which had invited this address.');
  });

  test('by several, one chooses; both may be', async () => {
    const [first, second] = [await invite(), await invite('owner')];
    const { card } = await stage.card('welcome', 'siri', 'home');
    expect(card.invitations).toEqual(
      expect.arrayContaining([
        { id: first, business: 'Fjordklinikken', role: 'staff' },
        { id: second, business: 'Fjordklinikken', role: 'owner' },
      ]),
    );
    const joined = await stage.card('home', 'siri', 'join', { joinId: second });
    expect(joined.card).toMatchObject({ business: { id: second }, person: { role: 'owner' }, businesses: 2 });
    expect(joined.notice).toContain('You are in Fjordklinikken now');
    // The other waits in the chooser.
    await stage.card('choose', 'siri', 'home');
    expect((await stage.card('home', 'siri', 'home', { businessId: first })).card.business.id).toBe(first);
  });

  test('elsewhere, one learns nothing of it', async () => {
    const strange = (await makeBusiness(db())).id;
    for (const joinId of [strange, stage.business.id, crypto.randomUUID()]) {
      const { card, notice } = await stage.card('welcome', 'siri', 'join', { joinId });
      expect(card).toMatchObject({ invitations: [], colleagues: [] });
      expect(notice).toBe('It is not there any more, or not yours.');
    }
    expect(await db().select().from(joinRequests)).toEqual([]);
  });
});

describe('invited by a business that wants accounts of another Workspace', () => {
  afterEach(forget);
  /** Not of clinic.test. */
  const inviteElsewhere = async () => {
    const id = await invite();
    await db().update(businesses).set({ hostedDomain: 'fjell.test' }).where(eq(businesses.id, id));
    return id;
  };

  test('one is as free as if nobody had, until one comes with an account of it', async () => {
    const id = await inviteElsewhere();
    const { card } = await stage.card('welcome', 'siri', 'home');
    expect(card.invitations).toEqual([]);
    const authorization = `Bearer ${await stage.token('siri', { hd: 'fjell.test' })}`;
    const { answer } = await stage.ask('siri', 'home', {}, { authorization });
    expect(answer.card).toMatchObject({ card: 'home', business: { id } });
  });

  test('one stays in one’s own, and is not asked which; chosen on an older card, it is told why not', async () => {
    const [own, id] = [await invite(), await inviteElsewhere()];
    for (const _ of [1, 2]) {
      const { card } = await stage.card('home', 'siri', 'home', { preferredId: id });
      expect(card).toMatchObject({ business: { id: own }, businesses: 1 });
    }
    const chosen = await stage.card('choose', 'siri', 'home', { businessId: id });
    expect(chosen.notice).toBe('This business lets in accounts of its own organisation only.');
    expect(chosen.card.businesses.map((one) => one.id)).toEqual([own]);
    const joining = await stage.card('home', 'siri', 'join', { joinId: id });
    expect(joining.notice).toBe('It is not there any more, or not yours.');
  });

  test('a member of it, whose account is another, is in the one that takes it; where there is none, is told', async () => {
    const id = await inviteElsewhere();
    const authorization = `Bearer ${await stage.token('siri', { hd: 'fjell.test' })}`;
    expect((await stage.ask('siri', 'home', {}, { authorization })).status).toBe(200);
    const alone = await stage.ask('siri', 'home');
    expect([alone.status, alone.problem.details?.reason]).toEqual([401, 'domain']);
    const own = await invite();
    expect((await stage.card('home', 'siri', 'home')).card.business.id).toBe(own);
    const chosen = await stage.card('choose', 'siri', 'home', { businessId: id });
    expect(chosen.notice).toBe('This business lets in accounts of its own organisation only.');
  });
});

describe('a business made from the card', () => {
  const made = () => db().select().from(businesses).where(eq(businesses.name, 'Siris salong'));
  afterAll(async () => {
    const [{ id } = { id: '' }] = await made();
    await db().update(resources).set({ memberId: null }).where(eq(resources.businessId, id));
    await db().delete(members).where(eq(members.businessId, id));
    await db().update(businesses).set({ hostedDomain: null }).where(eq(businesses.id, id));
  });

  test('is the person’s, in their zone and language, and something can be booked at once', async () => {
    const headers = await colleague('siri');
    const wish = { name: '  Siris salong ', locale: 'nb', zone: 'Europe/Paris' };
    const { answer } = await stage.ask('siri', 'create', wish, headers);
    expect(answer.card).toMatchObject({
      card: 'home',
      business: { name: 'Siris salong', zone: 'Europe/Paris' },
      person: { name: 'Siri Lie', email: people.siri, role: 'owner' },
      mayBook: true,
    });
    expect(answer.notice).toContain('er opprettet');
    const [row] = await made();
    expect(row).toMatchObject({ locale: 'nb', hostedDomain: 'clinic.test' });
    const [owner] = await db().select().from(members).where(eq(members.businessId, row!.id));
    expect(owner).toMatchObject({ role: 'owner', hostedDomain: 'clinic.test' });
    const form = await stage.ask('siri', 'new', {}, headers);
    expect(form.answer.card).toMatchObject({ card: 'new', services: [{ name: 'Time', lengthMinutes: 60 }] });
  });

  test('is made once, however often the button is tapped', async () => {
    const headers = await colleague('siri');
    const wish = { name: 'Siris salong', locale: 'nb', zone: 'Europe/Paris' };
    const answers = await Promise.all(
      Array.from({ length: 3 }, () => stage.ask('siri', 'create', wish, headers)),
    );
    expect(answers.map(({ answer }) => answer.card.card)).toEqual(['home', 'home', 'home']);
    expect(await made()).toHaveLength(1);
  });

  test('wants a name', async () => {
    for (const name of ['', '   ', 'x'.repeat(201)]) {
      const { status, problem } = await stage.ask('siri', 'create', { name });
      expect([status, problem.code]).toEqual([400, 'invalid']);
    }
  });
});

describe('the Workspace that a business says it is', () => {
  const say = (hostedDomain: string | null) => stage.call('PATCH', '/business', { hostedDomain });
  const comeOf = async (person: Person, hd: string) => {
    const authorization = `Bearer ${await stage.token(person, { hd })}`;
    return (await stage.ask(person, 'home', {}, { authorization })).answer.card;
  };
  afterEach(() => say(null));

  test('is one that an owner came with an account of: nobody poses as the company of others', async () => {
    await comeOf('anna', 'bigcorp.test');
    await comeOf('kari', 'clinic.test');
    await expect(say('bigcorp.test')).rejects.toThrow(/409.*bigcorp\.test.*as an owner.*"reason":"domain"/);
    expect(await comeOf('siri', 'bigcorp.test')).toMatchObject({ card: 'welcome', colleagues: [] });
    await comeOf('kari', 'bigcorp.test');
    expect(await say('bigcorp.test')).toMatchObject({ hostedDomain: 'bigcorp.test' });
    const { business } = stage;
    expect(await comeOf('siri', 'bigcorp.test')).toMatchObject({ colleagues: [{ id: business.id }] });
    // What it is already, it stays, whoever comes and goes.
    await db().update(members).set({ hostedDomain: null }).where(eq(members.businessId, business.id));
    expect(await say('bigcorp.test')).toMatchObject({ hostedDomain: 'bigcorp.test' });
  });

  test('is not that of an owner whose place was given another address', async () => {
    await comeOf('kari', 'bigcorp.test');
    const place = `/members/${stage.members.kari}`;
    await stage.call('PATCH', place, { email: 'other@clinic.test' });
    await expect(say('bigcorp.test')).rejects.toThrow(/409/);
    await stage.call('PATCH', place, { email: people.kari });
    await stage.card('home', 'kari', 'home');
  });
});

describe('a colleague', () => {
  let requestId = '';
  const waiting = async () => (await stage.card('home', 'kari', 'home')).card.requests;
  const admitting = async (person: Person, admit: boolean, headers = key()) => {
    // The business takes accounts of the Workspace only, the owner's too.
    const { authorization } = await colleague(person);
    return stage.ask(person, 'admit', { requestId, admit }, { authorization, ...headers });
  };
  const domain = async (hostedDomain: string | null) => {
    // An owner has to come with an account of it first.
    if (hostedDomain) await stage.ask('kari', 'home', {}, await colleague('kari'));
    await stage.call('PATCH', '/business', { hostedDomain });
  };
  const ask = async (joinId = stage.business.id) =>
    (await stage.ask('siri', 'join', { joinId }, await colleague('siri'))).answer;
  const home = async () => (await stage.ask('siri', 'home', {}, await colleague('siri'))).answer;

  beforeAll(() => domain('clinic.test'));

  test('of the same Workspace may ask, once; who runs the business is told', async () => {
    const id = stage.business.id;
    expect((await stage.card('welcome', 'siri', 'home')).card.colleagues).toEqual([]);
    const offered = [{ id, business: 'Fjordklinikken', asked: false }];
    expect((await home()).card).toMatchObject({ card: 'welcome', colleagues: offered });
    for (const _ of [1, 2]) {
      const { card, notice } = await ask();
      expect(card).toMatchObject({ card: 'welcome', colleagues: [{ ...offered[0], asked: true }] });
      expect(notice).toBe('Asked: somebody who runs Fjordklinikken has to let you in.');
    }
    await domain(null);
    const requests = await waiting();
    expect(requests).toEqual([{ id: expect.any(String), name: 'Siri Lie', email: people.siri }]);
    requestId = requests[0]?.id ?? '';
    const { items } = await stage.call<{ items: { kind: string; to: string }[] }>('GET', '/messages');
    expect(items.filter(({ kind }) => kind === 'join_asked')).toMatchObject([{ to: 'admin' }]);
    // Staff see nothing of it, and settle nothing.
    expect((await stage.card('home', 'bert', 'home')).card.requests).toEqual([]);
    expect((await admitting('bert', true)).answer.notice).toMatch(/^You may not/);
    expect((await admitting('anna', false)).answer.notice).toMatch(/^You may not/);
    expect(await waiting()).toHaveLength(1);
    await domain('clinic.test');
  });

  test('who is refused is not asked about again for a week', async () => {
    const { answer } = await admitting('kari', false);
    expect(answer).toMatchObject({ notice: 'Siri Lie is not let in.', card: { card: 'home', requests: [] } });
    expect((await home()).card).toMatchObject({ card: 'welcome', colleagues: [] });
    expect((await ask()).notice).toMatch(/^You may not/);
    await db()
      .update(joinRequests)
      .set({ settledAt: new Date(Date.now() - 8 * 86_400_000) })
      .where(eq(joinRequests.id, requestId));
    expect((await ask()).notice).toMatch(/^Asked/);
  });

  test('who is let in is staff, bound to their account; a second tap changes nothing', async () => {
    await domain(null);
    requestId = (await waiting())[0]?.id ?? '';
    await domain('clinic.test');
    const headers = key();
    const wanted = async () =>
      (await db().select().from(pulls).where(eq(pulls.calendarId, stage.calendarId)))[0]!.wanted;
    const before = await wanted();
    for (const _ of [1, 2]) {
      const { answer } = await admitting('kari', true, headers);
      expect(answer).toMatchObject({ notice: 'Siri Lie is let in.', card: { card: 'home', requests: [] } });
    }
    // Who has typed an event is known of one more.
    expect(await wanted()).toBe(before + 1);
    const { notice } = (await admitting('kari', false)).answer;
    expect(notice).toBe('Somebody answered this already.');
    const { card } = await home();
    expect(card).toMatchObject({ card: 'home', person: { name: 'Siri Lie', role: 'staff' } });
    const rows = await db()
      .select()
      .from(members)
      .where(and(eq(members.businessId, stage.business.id), eq(members.email, people.siri)));
    expect(rows).toMatchObject([{ role: 'staff', sub: expect.any(String) }]);
  });

  test('of another business is not for us to settle', async () => {
    const [row] = await db().select().from(joinRequests);
    const other = (await makeBusiness(db())).id;
    requestId = crypto.randomUUID();
    await db()
      .insert(joinRequests)
      .values({
        ...row!,
        id: requestId,
        businessId: other,
        settledAt: null,
        settledBy: null,
        admitted: null,
      });
    expect((await admitting('kari', true)).answer.notice).toBe('It is not there any more, or not yours.');
  });
});
