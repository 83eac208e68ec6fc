// What a push reads: the booking or session as it is now, and all its pushes, at one moment.
import { and, asc, eq } from 'drizzle-orm';
import type { BookingStatus } from '../../shared/api.ts';
import type { EventFacts, Person } from '../businesses/templates.ts';
import { allocations, bookings, pushes, sessions } from '../database/ledger.ts';
import { googleApps } from '../database/mirror.ts';
import type { Database, Transaction } from '../database/open.ts';
import {
  accounts,
  businesses,
  calendars,
  customers,
  links,
  resources,
  services,
} from '../database/schema.ts';
import type { Unit } from '../jobs/queue.ts';
import type { Tried } from './drift.ts';
import { drifting } from './drifts.ts';
import type { OwnFields, UnitNow } from './event.ts';

export interface PushRow {
  id: string;
  calendarId: string;
  present: boolean;
  wanted: number;
  generation: number;
  eventId: string | null;
  etag: string | null;
  written: OwnFields | null;
  tried: Tried[] | null;
  missingAt: Date | null;
  elsewhere: string | null;
  /** Somebody changed its event, and that is not settled. */
  drifting: boolean;
  diedAt: Date | null;
  /** Its event has just been moved to another of the unit's calendars. */
  fetched?: boolean;
  /** What people wrote into its event has just been put into another of the unit's. */
  carried?: boolean;
  googleId: string;
  accessRole: string;
  account: {
    id: string;
    email: string;
    state: string;
    refreshToken: string | null;
    ownApp: { clientId: string; clientSecret: string } | null;
  };
}

/** In one snapshot: what is settled as done is exactly what was wanted when the unit was read. */
export async function readUnit(db: Database, unit: Unit): Promise<{ now: UnitNow; pushes: PushRow[] }> {
  return db.transaction(
    async (tx) => ({ now: await readNow(tx, unit), pushes: await readPushes(tx, unit) }),
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  );
}

async function readPushes(tx: Transaction, { businessId, unitId }: Unit): Promise<PushRow[]> {
  const rows = await tx
    .select({
      id: pushes.id,
      calendarId: pushes.calendarId,
      present: pushes.present,
      wanted: pushes.wanted,
      generation: pushes.generation,
      eventId: pushes.eventId,
      etag: pushes.etag,
      written: pushes.written,
      tried: pushes.tried,
      missingAt: pushes.missingAt,
      elsewhere: pushes.elsewhere,
      drifting,
      diedAt: pushes.diedAt,
      googleId: calendars.googleId,
      accessRole: calendars.accessRole,
      account: {
        id: accounts.id,
        email: accounts.email,
        state: accounts.state,
        refreshToken: accounts.refreshToken,
        app: accounts.app,
      },
      ownApp: { clientId: googleApps.clientId, clientSecret: googleApps.clientSecret },
    })
    .from(pushes)
    .innerJoin(
      calendars,
      and(eq(calendars.businessId, pushes.businessId), eq(calendars.id, pushes.calendarId)),
    )
    .innerJoin(
      accounts,
      and(eq(accounts.businessId, calendars.businessId), eq(accounts.id, calendars.accountId)),
    )
    .leftJoin(googleApps, eq(googleApps.businessId, pushes.businessId))
    .where(and(eq(pushes.businessId, businessId), eq(pushes.unitId, unitId)))
    .orderBy(asc(pushes.calendarId));
  return rows.map(({ ownApp, account: { app, ...account }, ...row }) => ({
    ...row,
    account: { ...account, ownApp: app === 'own' ? ownApp : null },
    written: row.written as OwnFields | null,
    tried: row.tried as Tried[] | null,
  }));
}

/** The unit alone. */
export async function readNow(tx: Transaction, unit: Unit): Promise<UnitNow> {
  const { businessId, unitId } = unit;
  const [business] = await tx.select().from(businesses).where(eq(businesses.id, businessId));
  const sitters = await readSitters(tx, unit);
  const session = unit.sessionId ? await readSession(tx, unit) : undefined;
  const statuses = sitters.map(({ status }) => status);
  const status = session ? sessionStatus(statuses) : aloneStatus(sitters[0]!);
  const { startsAt, endsAt, zone, serviceId } = session ?? sitters[0]!;
  const [service] = await tx
    .select({ name: services.name })
    .from(services)
    .where(and(eq(services.businessId, businessId), eq(services.id, serviceId)));
  const held = await readResources(tx, unit);
  const { settings, name, zone: businessZone, locale } = business!;
  const facts: EventFacts = {
    id: unitId,
    status,
    start: startsAt.getTime(),
    end: endsAt.getTime(),
    zone,
    business: { name, zone: businessZone, locale },
    service: service!,
    resources: [...new Map(held.map((one) => [one.id, { name: one.name, kind: one.kind }])).values()],
    people: sitters
      .filter((one) => shows(one.status, status, settings.pushPending))
      .map(({ person }) => person),
  };
  const colors = held.flatMap(({ calendarId, color }) =>
    calendarId && color ? [{ calendarId, color }] : [],
  );
  return { businessId, unitId, kind: session ? 'session' : 'booking', status, settings, facts, colors };
}

const sits = new Set<BookingStatus>(['confirmed', 'completed', 'no_show']);

/** Of one that sits in a session by now the session's event tells: its own, from when it was alone, is to go. */
const aloneStatus = ({ status, sessionId }: Pick<typeof bookings.$inferSelect, 'status' | 'sessionId'>) =>
  sessionId ? 'expired' : status;

/** A session is what the best standing of its bookings makes of it. */
function sessionStatus(statuses: BookingStatus[]): BookingStatus {
  if (statuses.some((status) => sits.has(status))) return 'confirmed';
  if (statuses.includes('pending')) return 'pending';
  return statuses.includes('cancelled') ? 'cancelled' : 'expired';
}

/** Whether someone of this status is named in an event of that. */
const shows = (own: BookingStatus, unit: BookingStatus, pushPending: boolean): boolean =>
  sits.has(own) || own === unit || (own === 'pending' && pushPending);

async function readSession(tx: Transaction, { businessId, unitId }: Unit) {
  const [row] = await tx
    .select()
    .from(sessions)
    .where(and(eq(sessions.businessId, businessId), eq(sessions.id, unitId)));
  return row!;
}

/** The booking itself, or all that are or were of the session, the first to book first. */
async function readSitters(tx: Transaction, { businessId, unitId, sessionId }: Unit) {
  const rows = await tx
    .select({ booking: bookings, customer: customers })
    .from(bookings)
    .leftJoin(
      customers,
      and(eq(customers.businessId, bookings.businessId), eq(customers.id, bookings.customerId)),
    )
    .where(and(eq(bookings.businessId, businessId), eq(sessionId ? bookings.sessionId : bookings.id, unitId)))
    .orderBy(asc(bookings.createdAt), asc(bookings.id));
  return rows.map(({ booking, customer }) => {
    const { seats, notes, instructions, answers } = booking;
    const { name = '', email = null, phone = null } = customer ?? {};
    const person: Person = { name, email, phone, seats, notes, instructions, answers };
    return { ...booking, person };
  });
}

/** What is allocated, in the order of the service's groups; a resource once for each calendar it is written to. */
async function readResources(tx: Transaction, { businessId, unitId }: Unit) {
  return tx
    .selectDistinct({
      position: allocations.position,
      id: resources.id,
      name: resources.name,
      kind: resources.kind,
      color: resources.color,
      calendarId: links.calendarId,
    })
    .from(allocations)
    .innerJoin(
      resources,
      and(eq(resources.businessId, allocations.businessId), eq(resources.id, allocations.resourceId)),
    )
    .leftJoin(
      links,
      and(
        eq(links.businessId, resources.businessId),
        eq(links.resourceId, resources.id),
        eq(links.writes, true),
      ),
    )
    .where(and(eq(allocations.businessId, businessId), eq(allocations.unitId, unitId)))
    .orderBy(asc(allocations.position), asc(resources.name), asc(resources.id));
}
