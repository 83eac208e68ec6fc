// Members in the panel: invited, given roles, removed, and colleagues who ask to join.
import { and, eq } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { joinRequests } from '../../../server/database/people.ts';
import { members, resources } from '../../../server/database/schema.ts';
import { openStage, type Person, type Stage } from '../sidebar/stage.ts';
import { Browser } from './browser.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const comeIn = async (person: Person, language = 'en') => {
  const { answer } = await stage.ask(person, 'panel', { to: 'members' });
  const browser = new Browser({ 'accept-language': language });
  return { browser, page: await browser.enter((answer as unknown as { url: string }).url) };
};
const at = (path: string) => `${stage.url}/panel${path}`;
const rolesNow = async () => {
  const { items } = await stage.call<{ items: { email: string; role: string }[] }>('GET', '/members');
  return Object.fromEntries(items.map(({ email, role }) => [email.split('@')[0], role]));
};

describe('members', () => {
  test('are invited by address, come in by it, and are invited once', async () => {
    const { browser, page } = await comeIn('kari');
    const wanted = { name: 'Siri', email: ' SIRI@clinic.test ', role: 'admin' };
    const invited = await browser.submit(page, '/members', wanted);
    expect(invited.text).toContain('Siri is invited.');
    expect(await rolesNow()).toEqual({ kari: 'owner', anna: 'staff', bert: 'staff', siri: 'admin' });
    expect((await comeIn('siri')).page.text).toContain('You are Siri, administrator.');
    const twice = await browser.submit(invited, '/members', { ...wanted, email: 'Siri@clinic.test' });
    expect(twice.html).toMatch(/class="fault">A member with this address is there already/);
    const norsk = await comeIn('kari', 'nb');
    const igjen = await norsk.browser.submit(norsk.page, '/members', wanted);
    expect(igjen.html).toMatch(/class="fault">Et medlem med denne adressen finnes allerede/);
  });

  test('with an address that the Workspace does not let in are told so beside it', async () => {
    const inviting = async (language: string) => {
      const { browser, page } = await comeIn('kari', language);
      const authorization = `Bearer ${await stage.token('kari', { hd: 'clinic.test' })}`;
      await stage.ask('kari', 'home', {}, { authorization });
      await stage.call('PATCH', '/business', { hostedDomain: 'clinic.test' });
      const told = await browser.submit(page, '/members', { name: 'Rune', email: 'rune@gmail.com' });
      await stage.call('PATCH', '/business', { hostedDomain: null });
      return told.html;
    };
    expect(await inviting('en')).toMatch(/class="fault">Only accounts of your Google Workspace get in here/);
    expect(await inviting('nb')).toMatch(
      /class="fault">Her kommer bare kontoer i deres Google Workspace inn/,
    );
    expect(await rolesNow()).not.toHaveProperty('rune');
  });

  test('an administrator makes no owners and touches none; the last owner stays', async () => {
    const { browser, page } = await comeIn('siri');
    expect(page.html).not.toContain('<option value="owner"');
    const { kari, anna } = stage.members;
    const raised = await browser.submit(page, `/members/${anna}`, { role: 'owner' });
    expect(raised.text).toContain('Only owners make, change and remove owners.');
    const form = /name="form" value="([^"]+)"/.exec(page.html)![1]!;
    for (const [path, fields] of [
      [`/members/${kari}`, { role: 'staff' }],
      [`/members/${kari}/remove`, {}],
    ] as const)
      await browser.send(at(path), {
        method: 'POST',
        headers: { origin: stage.url },
        body: new URLSearchParams({ ...fields, form }),
      });
    expect(await rolesNow()).toMatchObject({ kari: 'owner', anna: 'staff' });
    const owner = await comeIn('kari');
    const last = await owner.browser.submit(owner.page, `/members/${kari}`, { role: 'staff' });
    expect(last.text).toContain('This is the last owner');
    const promoted = await owner.browser.submit(owner.page, `/members/${anna}`, { role: 'admin' });
    expect(promoted.text).toContain('The role of Anna is saved.');
    expect(await rolesNow()).toMatchObject({ kari: 'owner', anna: 'admin' });
  });

  test('who are removed are out with their next click; what was theirs stays bookable', async () => {
    const bert = await comeIn('bert');
    expect(bert.page.status).toBe(403);
    expect((await bert.browser.open(at(''))).status).toBe(200);
    const { browser } = await comeIn('kari');
    const asked = await browser.open(at(`/members/${stage.members.bert}/remove`));
    expect(asked.text).toContain('What is theirs stays bookable, as nobody’s own: Bert.');
    const done = await browser.submit(asked, '/remove');
    expect(done.text).toContain('Bert is removed.');
    expect((await bert.browser.open(at(''))).status).toBe(401);
    const { db } = stage.context;
    const [left] = await db.select().from(resources).where(eq(resources.id, stage.resources.bert));
    expect(left).toMatchObject({ memberId: null, archivedAt: null });
  });
});

describe('colleagues who ask to join', () => {
  test('are let in or not, once', async () => {
    const { db } = stage.context;
    const businessId = stage.business.id;
    const asking = ['yes', 'no'].map((name) => ({
      businessId,
      id: uuid(),
      sub: `sub-${name}`,
      email: `${name}@clinic.test`,
      name: `Mr ${name}`,
      askedAt: new Date(),
    }));
    await db.insert(joinRequests).values(asking);
    const { browser } = await comeIn('kari');
    expect((await browser.open(at(''))).text).toContain('2 colleagues ask to join');
    const page = await browser.open(at('/members'));
    const [yes, no] = asking.map(({ id }) => `/requests/${id}`);
    const admitted = await browser.submit(page, yes!, { admit: 'yes' });
    expect(admitted.text).toContain('Mr yes is let in.');
    await browser.submit(admitted, no!, { admit: 'no' });
    const again = await browser.submit(page, no!, { admit: 'yes' });
    expect(again.text).toContain('Somebody answered this already.');
    const rows = await db
      .select({ email: members.email, role: members.role, sub: members.sub })
      .from(members)
      .where(and(eq(members.businessId, businessId), eq(members.name, 'Mr yes')));
    expect(rows).toEqual([{ email: 'yes@clinic.test', role: 'staff', sub: 'sub-yes' }]);
    expect(await rolesNow()).not.toHaveProperty('no');
  });
});
