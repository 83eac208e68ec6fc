// What templates would make of an event, before they are saved: of a booking that is there, or of a made-up one.
import type * as z from 'zod';
import type { TemplatePreview } from '../../shared/api.ts';
import { DAY, HOUR } from '../../shared/time.ts';
import { findBooking } from '../bookings/find.ts';
import type { Database } from '../database/open.ts';
import { readUnit } from '../sync/unit.ts';
import { answerKeys, readBusiness } from './businesses.ts';
import { mustFill } from './settings.ts';
import { type EventFacts, type EventTexts, fillTemplates } from './templates.ts';

interface Asked extends z.output<typeof TemplatePreview> {
  /** Milliseconds since 1970. */ now: number;
}

/** Nothing is written, here or at Google. @throws Refusal invalid (an unknown keyword), not_found (the booking) */
export async function previewEvent(
  db: Database,
  businessId: string,
  { event, bookingId, now }: Asked,
): Promise<EventTexts> {
  const business = await readBusiness(db, businessId);
  const keys = await answerKeys(db, businessId);
  mustFill(event, keys);
  const templates = { ...business.settings.event, ...event };
  if (!bookingId) return fillTemplates(templates, sampleOf(business, { keys, now }));
  const { row } = await findBooking(db, businessId, bookingId);
  const unit = { businessId, unitId: row.sessionId ?? row.id, bookingId: row.sessionId ? null : row.id };
  const { now: held } = await readUnit(db, { ...unit, sessionId: row.sessionId });
  return fillTemplates(templates, held.facts);
}

function sampleOf(
  business: { name: string; zone: string; locale: string },
  { keys, now }: { keys: string[]; now: number },
): EventFacts {
  const start = Math.ceil(now / HOUR) * HOUR + DAY;
  return {
    id: '01900000-0000-7000-8000-000000000000',
    status: 'confirmed',
    start,
    end: start + HOUR,
    zone: business.zone,
    business,
    service: { name: 'Consultation' },
    resources: [
      { name: 'Anna', kind: 'person' },
      { name: 'Room 2', kind: 'room' },
      { name: 'Van', kind: 'vehicle' },
      { name: 'Projector', kind: 'equipment' },
    ],
    people: [
      {
        name: 'Kari Nordmann',
        email: 'kari@example.com',
        phone: '+47 22 00 00 00',
        seats: 1,
        notes: 'First visit.',
        instructions: 'The bell is broken: please knock.',
        answers: Object.fromEntries(keys.map((key) => [key, `(the answer to ${key})`])),
      },
    ],
  };
}
