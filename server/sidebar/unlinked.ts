// The card of an event whose calendar nobody is linked to: it can be linked from here, or what has to be done first.
import { and, eq } from 'drizzle-orm';
import type * as z from 'zod';
import type { UnlinkedCard } from '../../shared/card-api.ts';
import type { OpenEvent } from '../../shared/sidebar-api.ts';
import { catalogueOf } from '../availability/catalogue.ts';
import type { Context } from '../context.ts';
import type { Connection } from '../database/open.ts';
import { accounts } from '../database/schema.ts';
import { tell } from './event-words.ts';
import { servedBy } from './lines.ts';
import { runs, type Staffer } from './staffer.ts';

type Shape = z.output<typeof UnlinkedCard>;

/** @param calendar null: not followed. Of one that the business does not know nothing is told, not even whether it is. */
export async function unlinkedCard(
  context: Context,
  staffer: Staffer,
  {
    event,
    calendar,
  }: { event: OpenEvent; calendar: Pick<NonNullable<Shape['calendar']>, 'id' | 'name'> | null },
): Promise<Shape> {
  const resources = servedBy(staffer, await catalogueOf(context.db, staffer.caller));
  const way = await wayOf(context.db, staffer, resources.length);
  const mayLink = way === 'mayBeLinked';
  return {
    card: 'unlinked',
    event,
    calendar: calendar && { id: calendar.id, name: calendar.name },
    resources: mayLink ? resources : [],
    mayLink,
    words: tell(way, staffer.locale),
    to: way === 'connectFirst' ? 'connect' : way === 'nobodyToLink' ? 'home' : null,
  };
}

async function wayOf(db: Connection, staffer: Staffer, resources: number) {
  if (!runs(staffer)) return 'askThem';
  if (resources === 0) return 'nobodyToLink';
  const connected = await db
    .select({ id: accounts.id })
    .from(accounts)
    .where(and(eq(accounts.businessId, staffer.business.id), eq(accounts.state, 'connected')))
    .limit(1);
  return connected.length > 0 ? 'mayBeLinked' : 'connectFirst';
}
