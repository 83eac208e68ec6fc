// A business made by whoever will own it, in the side panel or on the web: with so much set up that it is no dead end.
import { and, eq, sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { Hours } from '../../shared/api.ts';
import type { DoCreate } from '../../shared/sidebar-api.ts';
import { MINUTE } from '../../shared/time.ts';
import type { Locale } from '../accounts/words.ts';
import type { Person } from '../auth/identity.ts';
import { createBusiness } from '../businesses/businesses.ts';
import { commit } from '../commit.ts';
import type { Context } from '../context.ts';
import type { Transaction } from '../database/open.ts';
import { businesses, members } from '../database/schema.ts';
import { Refusal } from '../errors.ts';
import { createResource } from '../resources/resources.ts';
import { createService } from '../services/services.ts';
import { notice } from './words.ts';

/** Nobody owns so many in earnest. */
const most = 20;
/** In ms: the same name again within this time is the same tap again. No business is there yet to keep its key. */
const again = 10 * MINUTE;

/**
 * The person owns it; zone and language are theirs, and so is its hosted domain: then others of their Workspace may ask
 * to join, and nobody else gets in. Themselves and a service of an hour can be booked from the start, on working days.
 * @throws Refusal conflict, if they own too many
 */
export function createForOwner(
  context: Context,
  person: Person,
  asked: Pick<z.output<typeof DoCreate>, 'name' | 'zone' | 'locale'>,
): Promise<{ businessId: string; notice: string }> {
  const { name, locale } = asked;
  return commit(context, async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`create ${person.sub}`}, 0))`);
    const owned = await ownedBy(tx, person.sub);
    const since = new Date(context.now() - again);
    const same = owned.find((one) => one.name === name && one.createdAt > since);
    if (!same && owned.length >= most)
      throw new Refusal('conflict', `You own ${most} businesses already: remove one first.`);
    const businessId = same?.id ?? (await setUp(tx, person, asked));
    return { businessId, notice: notice('created', locale, { name }) };
  });
}

const ownedBy = (tx: Transaction, sub: string) =>
  tx
    .select({ id: businesses.id, name: businesses.name, createdAt: businesses.createdAt })
    .from(members)
    .innerJoin(businesses, eq(businesses.id, members.businessId))
    .where(and(eq(members.sub, sub), eq(members.role, 'owner')));

const begins: Record<Locale, { service: string; from: string; to: string }> = {
  en: { service: 'Appointment', from: '09:00', to: '17:00' },
  nb: { service: 'Time', from: '08:00', to: '16:00' },
};

async function setUp(
  tx: Transaction,
  { sub, email, name: called, hostedDomain }: Person,
  { name, zone, locale }: { name: string; zone: string; locale: Locale },
): Promise<string> {
  const wanted = { name, zone, locale, owner: email, hostedDomain, ...(called && { ownerName: called }) };
  const { id: businessId } = await createBusiness(tx, wanted);
  const [owner] = await tx
    .update(members)
    .set({ sub, hostedDomain })
    .where(eq(members.businessId, businessId))
    .returning({ id: members.id, name: members.name });
  const { service, from, to } = begins[locale];
  const hours: Hours = { weekly: [1, 2, 3, 4, 5].map((day) => ({ day, from, to })), dates: [] };
  const resource = await createResource(tx, businessId, {
    kind: 'person',
    name: owner!.name,
    memberId: owner!.id,
    color: null,
    places: 1,
    nicknames: [],
    opens: 'hours',
    hours,
  });
  await createService(tx, businessId, {
    name: service,
    lengthMinutes: 60,
    stepMinutes: null,
    bufferBeforeMinutes: 0,
    bufferAfterMinutes: 0,
    noticeMinutes: 0,
    horizonDays: 90,
    approval: false,
    seats: 1,
    dayLimit: null,
    weekLimit: null,
    cancelCutoffMinutes: 0,
    rescheduleCutoffMinutes: 0,
    questions: [],
    hours: null,
    groups: [{ count: 1, places: 1, buffers: true, resourceIds: [resource.id] }],
  });
  return businessId;
}
