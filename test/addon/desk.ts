// What tests about bookings do at the desk: bookings by the API, and opening them from the day.
import { sql } from 'drizzle-orm';
import { localDate, localTime } from '../../shared/time.ts';
import type { Host } from '../appsscript/host.ts';
import { zone } from '../server/sidebar/stage.ts';
import type { AddonStage } from './stage.ts';

const DAY = 86_400_000;
/** That many days from now, at an hour in Oslo. */
export function at(days: number, hour: number): string {
  const noon = Math.floor(Date.now() / DAY) * DAY + days * DAY + 12 * 3_600_000;
  const offset = Date.parse(`${localTime(zone, noon)}Z`) - noon;
  return new Date(noon - 12 * 3_600_000 - offset + hour * 3_600_000).toISOString();
}
/** What the clock in Oslo shows. */
export const clock = (instant: string) => localTime(zone, Date.parse(instant)).slice(11, 16);
/** What a date picker holds when the day of that instant is picked. */
export const day = (instant: string) => ({
  msSinceEpoch: Date.parse(`${localDate(zone, Date.parse(instant))}T00:00Z`),
});

export interface Booking {
  id: string;
  start: string;
  status: string;
  revision: number;
  cancelReason: string | null;
  resources: { resourceId: string }[];
}
export type Desk = ReturnType<typeof deskOf>;
export function deskOf(stage: AddonStage) {
  const find = (id: string) => stage.call<Booking>('GET', `/bookings/${id}`);
  return {
    find,
    /** Of the customer of that name. */
    async named(name: string): Promise<Booking[]> {
      const rows = await stage.context.db.execute<{ id: string }>(sql`
        select b.id from bookings b join customers c on c.business_id = b.business_id and c.id = b.customer_id
          where b.business_id = ${stage.business.id} and c.name = ${name}`);
      return Promise.all(rows.map(({ id }) => find(id)));
    },
    /** With Anna, an hour. */
    book: (name: string, start: string, more: object = {}) =>
      stage.call<Booking>('POST', '/bookings', {
        serviceId: stage.serviceId,
        resourceIds: [stage.resources.anna],
        start,
        customer: {
          name,
          email: `${name.replace(/\W/g, '').toLowerCase()}@mail.test`,
          phone: '+47 900 00 000',
        },
        ...more,
      }),
    /** Of the booking's event in Google, once it is written. */
    async eventOf(id: string): Promise<string> {
      await stage.quiet();
      const { items } = await stage.call<{ items: { eventId: string }[] }>('GET', `/bookings/${id}/pushes`);
      return items[0]?.eventId ?? '';
    },
    /** Opens the booking from the day. */
    async open(host: Host, name: string) {
      await host.home();
      const text = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      return host.click(new RegExp(`^${text}`));
    },
    /** Needs approval, has questions, is done by Anna or Bert. */
    consultation: () =>
      stage.business.service([{ of: [stage.resources.anna, stage.resources.bert] }], {
        name: 'Consultation',
        lengthMinutes: 30,
        approval: true,
        questions: [
          { key: 'shoe', label: 'Shoe size', kind: 'number', choices: [], required: true },
          { key: 'side', label: 'Which foot', kind: 'choice', choices: ['Left', 'Right'], required: false },
          { key: 'first', label: 'First visit', kind: 'boolean', choices: [], required: false },
          { key: 'more', label: 'Anything else', kind: 'text', choices: [], required: false },
        ],
      }),
  };
}
