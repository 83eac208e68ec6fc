// What the booking tests book: people, rooms, a bus and a class, made over the API.
import type { Booking } from '../../../shared/api.ts';
import { type Answer, type Api, startApi } from '../../api.ts';

export const open = {
  weekly: [1, 2, 3, 4, 5].map((day) => ({ day, from: '09:00', to: '17:00' })),
  dates: [],
};
export const customer = { name: 'Ola Hansen', email: 'ola@example.com' };

export type Shown = Booking & { manageSecret: string; warnings: { code: string; words: string }[] };
export interface Refused {
  code: string;
  message: string;
  details: {
    booking: Booking;
    reasons: { code: string; resourceId?: string; words: string }[];
    alternatives: { start: string; end: string }[];
    faults: { path: string; message: string }[];
  };
}

export interface Clinic extends Api {
  resource(fields?: object): Promise<string>;
  service(groups: object[], fields?: object): Promise<string>;
  post<Body = Shown>(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer<Body>>;
  book(serviceId: string, start: string, more?: object): Promise<Answer<Shown>>;
  refuse(serviceId: string, start: string, more?: object): Promise<Answer<Refused>>;
  booking(id: string): Promise<Booking>;
  starts(serviceId: string, date: string, more?: string): Promise<string[]>;
}

/** On Monday 2026-11-16 at 08:00 UTC, which is 09:00 in Oslo, where it is. */
export async function openClinic(): Promise<Clinic> {
  const api = await startApi();
  const make = async (path: string, body: object) => {
    const { status, body: made } = await api.call<{ id: string }>('POST', path, body);
    if (status !== 201) throw new Error(`${path}: ${status} ${JSON.stringify(made)}`);
    return made.id;
  };
  const book = <Body>(serviceId: string, start: string, more: object = {}) =>
    api.call<Body>('POST', '/bookings', { serviceId, start, customer, ...more });
  return {
    ...api,
    resource: (fields = {}) => make('/resources', { kind: 'person', name: 'Anna', hours: open, ...fields }),
    service: (groups, fields = {}) =>
      make('/services', { name: 'Cut', lengthMinutes: 60, groups, ...fields }),
    post: (path, body, headers) => api.call('POST', path, body, headers),
    book,
    refuse: book,
    booking: async (id) => (await api.call<Booking>('GET', `/bookings/${id}`)).body,
    async starts(serviceId, date, more = '') {
      const window = `from=${date}T00:00:00Z&to=${date}T23:59:00Z`;
      const { body } = await api.call<{ slots: { start: string }[] }>(
        'GET',
        `/availability?serviceId=${serviceId}&${window}${more}`,
      );
      return body.slots.map(({ start }) => start.slice(11, 16));
    },
  };
}
