// The column shapes that several tables share: ids, instants, spans of time.
import { customType, timestamp, uuid } from 'drizzle-orm/pg-core';
import type { Span } from '../../shared/time.ts';

export const id = (name = 'id') => uuid(name).notNull();
export const businessId = () => uuid('business_id').notNull();

/** A UTC instant. JavaScript sees a Date. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** A half-open span `[start, end)` of UTC instants; JavaScript sees milliseconds since 1970. */
export const during = customType<{ data: Span; driverData: string }>({
  dataType: () => 'tstzrange',
  toDriver: (span) => `[${new Date(span.start).toISOString()},${new Date(span.end).toISOString()})`,
  fromDriver: (text) => {
    const [start, end] = text.slice(1, -1).replaceAll('"', '').split(',');
    return { start: Date.parse(iso(start)), end: Date.parse(iso(end)) };
  },
})('during').notNull();

// PostgreSQL writes `2026-11-20 08:00:00+00`; Date.parse wants the T, and minutes in the offset.
const iso = (text: string | undefined) => `${text?.replace(' ', 'T')}:00`;
