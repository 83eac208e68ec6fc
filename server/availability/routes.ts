// Availability over HTTP: what is offered, and why something is or is not.
import * as z from 'zod';
import { Begin, Id, Instant, Reason, Slot } from '../../shared/api.ts';
import type { Routes } from '../context.ts';
import { explainStart, listSlots } from './ask.ts';

const list = z.preprocess(
  (value) => (typeof value === 'string' ? [value] : value),
  z.array(Id).max(50).default([]),
);
const common = {
  serviceId: Id,
  resourceId: list,
  seats: z.coerce.number().int().min(1).max(1000).default(1),
};

export const availabilityRoutes: Routes = async (app, { context }) => {
  app.get(
    '/availability',
    {
      config: { scope: 'book' },
      schema: {
        tags: ['availability'],
        summary: 'The starts that are offered in [from, to), at most 92 days',
        querystring: z.strictObject({ ...common, from: Instant, to: Instant }),
        response: { 200: z.object({ serviceId: Id, zone: z.string(), slots: z.array(Slot) }) },
      },
    },
    (request) => listSlots(context, request.caller, request.query),
  );

  app.get(
    '/availability/explain',
    {
      config: { scope: 'book' },
      schema: {
        tags: ['availability'],
        summary: 'Why a start is offered or not, with every reason',
        querystring: z.strictObject({ ...common, start: Begin }),
        response: {
          200: z.object({
            start: Instant,
            offered: z.boolean(),
            bookableByStaff: z.boolean(),
            resourceIds: z.array(Id),
            reasons: z.array(Reason),
          }),
        },
      },
    },
    (request) => explainStart(context, request.caller, request.query),
  );
};
