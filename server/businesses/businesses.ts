// Businesses: made on the command line, read and changed by their own members.
import { and, eq, like } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import type * as z from 'zod';
import type { Business, BusinessChange, Locale } from '../../shared/api.ts';
import { events } from '../database/mirror.ts';
import type { Connection, Transaction } from '../database/open.ts';
import { businesses, members, services } from '../database/schema.ts';
import { notFound, Refusal } from '../errors.ts';
import { oweAllPulls } from '../jobs/pulls.ts';
import { createMember } from './members.ts';
import { defaultSettings, mustFill, withChange } from './settings.ts';

type BusinessShape = z.output<typeof Business>;

export interface NewBusiness {
  name: string;
  zone: string;
  /** Left out: made of the name. */
  slug?: string;
  locale?: z.output<typeof Locale>;
  /** The mail address of its first owner. */
  owner: string;
  /** Left out: the address, up to its @. */
  ownerName?: string;
  /** Of Google Workspace; null: accounts of any. */
  hostedDomain?: string | null;
}

/** With one member, its owner, named for their address until they say otherwise. @throws Refusal conflict (the slug) */
export async function createBusiness(tx: Transaction, wanted: NewBusiness): Promise<BusinessShape> {
  const { name, zone, locale = 'en', owner, hostedDomain = null } = wanted;
  const slug = wanted.slug ?? (await freeSlug(tx, slugOf(name)));
  const [row] = await tx
    .insert(businesses)
    .values({ id: uuid(), slug, name, zone, locale, hostedDomain, settings: defaultSettings })
    .returning();
  const called = wanted.ownerName ?? owner.split('@')[0]!;
  await createMember(tx, row!.id, { email: owner, name: called, role: 'owner' });
  return show(row!);
}

/** @throws Refusal not_found */
export async function readBusiness(db: Connection, businessId: string): Promise<BusinessShape> {
  const [row] = await db.select().from(businesses).where(eq(businesses.id, businessId));
  if (!row) throw notFound('business');
  return show(row);
}

/** @throws Refusal not_found */
export async function businessCalled(db: Connection, slug: string): Promise<BusinessShape> {
  const [row] = await db.select().from(businesses).where(eq(businesses.slug, slug));
  if (!row) throw new Refusal('not_found', `No business has the slug "${slug}".`);
  return show(row);
}

/** What the change does not name stays. @throws Refusal conflict (the slug, the domain), invalid (a template) */
export async function changeBusiness(
  tx: Transaction,
  businessId: string,
  { settings, ...fields }: z.output<typeof BusinessChange>,
): Promise<BusinessShape> {
  const mine = eq(businesses.id, businessId);
  // Titles are not kept until they are asked for: all is read again. Calendars before the business, as everywhere.
  if (settings?.keepTitles !== undefined) await oweAllPulls(tx, businessId);
  const [before] = await tx.select().from(businesses).where(mine).for('no key update');
  if (!before) throw notFound('business');
  const { hostedDomain } = fields;
  if (hostedDomain && hostedDomain !== before.hostedDomain) await mustBeOurs(tx, businessId, hostedDomain);
  if (settings?.event) mustFill(settings.event, await answerKeys(tx, businessId));
  const [row] = await tx
    .update(businesses)
    .set({ ...fields, settings: withChange(before.settings, settings ?? {}) })
    .where(mine)
    .returning();
  // At once, whether calendars can be read or not.
  if (settings?.keepTitles === false)
    await tx.update(events).set({ title: null }).where(eq(events.businessId, businessId));
  return show(row!);
}

/**
 * Everybody of a Workspace is shown the businesses that say they are of it: so nobody says that of another's. Google's
 * word for it is an owner who came with an account of it.
 */
async function mustBeOurs(tx: Transaction, businessId: string, hostedDomain: string): Promise<void> {
  const [owner] = await tx
    .select({ id: members.id })
    .from(members)
    .where(
      and(
        eq(members.businessId, businessId),
        eq(members.role, 'owner'),
        eq(members.hostedDomain, hostedDomain),
      ),
    )
    .limit(1);
  if (owner) return;
  throw new Refusal(
    'conflict',
    `hostedDomain: no owner of this business came with an account of ${hostedDomain} yet. Sign in once as an owner with an account of that Workspace, while hostedDomain is null, then set it.`,
    { reason: 'domain' },
  );
}

/** The keys of every question that any of its services asks, archived ones too: their bookings still show. */
export async function answerKeys(db: Connection, businessId: string): Promise<string[]> {
  const rows = await db
    .select({ questions: services.questions })
    .from(services)
    .where(eq(services.businessId, businessId));
  return [...new Set(rows.flatMap(({ questions }) => questions.map(({ key }) => key)))];
}

const letters: Record<string, string> = { æ: 'ae', ø: 'o', å: 'a', ß: 'ss', ð: 'd', þ: 'th', ł: 'l' };

/** A name as an address shows it. Names without a Latin letter or digit become `business`. */
export function slugOf(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[æøåßðþł]/g, (letter) => letters[letter]!)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 50)
    .replace(/^-+|-+$/g, '');
  return plain || 'business';
}

async function freeSlug(tx: Transaction, wanted: string): Promise<string> {
  const rows = await tx
    .select({ slug: businesses.slug })
    .from(businesses)
    .where(like(businesses.slug, `${wanted}%`));
  const used = new Set(rows.map(({ slug }) => slug));
  if (!used.has(wanted)) return wanted;
  for (let n = 2; ; n++) if (!used.has(`${wanted}-${n}`)) return `${wanted}-${n}`;
}

const show = (row: typeof businesses.$inferSelect): BusinessShape => ({
  id: row.id,
  slug: row.slug,
  name: row.name,
  zone: row.zone,
  locale: row.locale as BusinessShape['locale'],
  hostedDomain: row.hostedDomain,
  settings: row.settings,
});
