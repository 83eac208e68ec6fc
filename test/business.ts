// A business straight into the tables, for tests and benchmarks whose subject is not the setting up.
import { randomBytes } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import { makeKey } from '../server/auth/keys.ts';
import { defaultSettings } from '../server/businesses/settings.ts';
import type { Database } from '../server/database/open.ts';
import {
  businesses,
  resources,
  serviceGroupResources,
  serviceGroups,
  services,
} from '../server/database/schema.ts';
import type { BusinessSettings, Hours } from '../shared/api.ts';

export const roundTheClock: Hours = {
  weekly: [1, 2, 3, 4, 5, 6, 7].map((day) => ({ day, from: '00:00', to: '24:00' })),
  dates: [],
};
export const weekdays = (from: string, to: string): Hours => ({
  weekly: [1, 2, 3, 4, 5].map((day) => ({ day, from, to })),
  dates: [],
});

const settings: BusinessSettings = {
  ...defaultSettings,
  event: { title: '{service.name}: {customer.name}', description: '{booking.notes}', location: '' },
};

export type ResourceFields = Partial<typeof resources.$inferInsert>;
export type ServiceFields = Partial<typeof services.$inferInsert>;
export interface GroupFields {
  count?: number;
  places?: number;
  buffers?: boolean;
  of: readonly string[];
}

export interface MadeBusiness {
  id: string;
  key: string;
  resource(fields?: ResourceFields): Promise<string>;
  service(groups: readonly GroupFields[], fields?: ServiceFields): Promise<string>;
}

/** In Oslo, with an API key of every scope, and nothing else until asked. */
export async function makeBusiness(
  db: Database,
  changed: Partial<BusinessSettings> = {},
): Promise<MadeBusiness> {
  const businessId = uuid();
  await db.insert(businesses).values({
    id: businessId,
    slug: `b${randomBytes(6).toString('hex')}`,
    name: 'Fjordklinikken',
    zone: 'Europe/Oslo',
    locale: 'en',
    settings: { ...settings, ...changed },
  });
  const scopes = ['read', 'book', 'staff', 'setup'] as const;
  const { key } = await db.transaction((tx) => makeKey(tx, businessId, { name: 'all', scopes: [...scopes] }));
  return {
    id: businessId,
    key,
    async resource(fields = {}) {
      const id = uuid();
      await db.insert(resources).values({
        kind: 'person',
        name: 'Anna',
        zone: 'Europe/Oslo',
        hours: weekdays('09:00', '17:00'),
        ...fields,
        businessId,
        id,
      });
      return id;
    },
    async service(groups, fields = {}) {
      const id = uuid();
      await db
        .insert(services)
        .values({ name: 'Cut', lengthMinutes: 60, questions: [], ...fields, businessId, id });
      for (const [position, { of, ...group }] of groups.entries()) {
        await db.insert(serviceGroups).values({ ...group, businessId, serviceId: id, position });
        await db
          .insert(serviceGroupResources)
          .values(of.map((resourceId, rank) => ({ businessId, serviceId: id, position, resourceId, rank })));
      }
      return id;
    },
  };
}
