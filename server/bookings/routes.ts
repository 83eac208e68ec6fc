// Bookings over HTTP: hold, book, look, change; and the manage link of a customer.
import * as z from 'zod';
import {
  Amend,
  AuditEntry,
  Booking,
  BookingStatus,
  Cancel,
  Change,
  ChangedBooking,
  Id,
  listOf,
  MadeBooking,
  NewBooking,
  NewHold,
  pageOf,
  Reassign,
  Reschedule,
  Window,
} from '../../shared/api.ts';
import { hashOf } from '../auth/keys.ts';
import type { Routes } from '../context.ts';
import type { Transaction } from '../database/open.ts';
import { asPage } from '../page.ts';
import { book, wantedBy } from './book.ts';
import type { By } from './by.ts';
import { cancel, decline } from './cancel.ts';
import { begin, change, manage, shownNew, shownWith } from './desk.ts';
import { findBooking, findByManageHash, listBookings, readAudit, show } from './find.ts';
import { hold, wantedOf } from './hold.ts';
import { reassign } from './reassign.ts';
import { reschedule } from './reschedule.ts';
import { amendText, approve, complete, noShow } from './settle.ts';

const tags = ['bookings'];
const params = z.object({ id: Id });
const secretParams = z.object({ secret: z.string().min(1).max(100) });
const several = z.preprocess((v) => (typeof v === 'string' ? [v] : v), z.array(BookingStatus).optional());

export const bookingRoutes: Routes = async (app, { context }) => {
  const staff = (summary: string) => ({ tags, summary, params, response: { 200: ChangedBooking } });

  app.post(
    '/holds',
    {
      config: { scope: 'book', once: true },
      schema: {
        tags,
        summary: 'Hold a time for a few minutes',
        body: NewHold,
        response: { 201: MadeBooking },
      },
    },
    async (request, reply) => {
      const act = async (tx: Transaction, by: By) => shownNew(by, await hold(tx, by, request.body));
      const answer = await begin(context, request, { wanted: wantedOf(request.body), act });
      return reply.code(201).send(answer);
    },
  );

  app.post(
    '/bookings',
    {
      config: { scope: 'book', once: true },
      schema: {
        tags,
        summary: 'Book a time, or what is held',
        body: NewBooking,
        response: { 201: MadeBooking },
      },
    },
    async (request, reply) => {
      const act = async (tx: Transaction, by: By) => shownNew(by, await book(tx, by, request.body));
      const answer = await begin(context, request, { wanted: wantedBy(request.body), act });
      return reply.code(201).send(answer);
    },
  );

  app.get(
    '/bookings',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'Bookings in order of start',
        querystring: Window.extend({
          status: several,
          serviceId: Id.optional(),
          resourceId: Id.optional().meta({
            description:
              'Whose time it takes, or took last if it was cancelled or declined. Not with expired.',
          }),
          customerId: Id.optional(),
        }),
        response: { 200: pageOf(Booking) },
      },
    },
    async (request) => {
      const { from, to, ...rest } = request.query;
      const filter = {
        ...rest,
        from: from ? Date.parse(from) : undefined,
        to: to ? Date.parse(to) : undefined,
      };
      const found = await listBookings(context.db, request.caller.businessId, filter);
      return asPage(found.map(show), filter.limit);
    },
  );

  app.get(
    '/bookings/:id',
    {
      config: { scope: 'read' },
      schema: { tags, summary: 'One booking', params, response: { 200: Booking } },
    },
    async (request) => show(await findBooking(context.db, request.caller.businessId, request.params.id)),
  );

  app.get(
    '/bookings/:id/audit',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'Who changed what of it, newest first',
        params,
        response: { 200: listOf(AuditEntry) },
      },
    },
    async (request) => ({
      items: await readAudit(context.db, request.caller.businessId, request.params.id),
    }),
  );

  app.patch(
    '/bookings/:id',
    {
      config: { scope: 'staff' },
      schema: { ...staff('Change notes, instructions or answers'), body: Amend },
    },
    (request) =>
      change(context, request.caller, async (tx, by) =>
        shownWith(by, { present: await amendText(tx, by, { ...request.params, ...request.body }) }),
      ),
  );

  for (const [path, summary, act] of [
    ['approve', 'Approve a booking that waits', approve],
    ['complete', 'It took place', complete],
    ['no-show', 'The customer did not come', noShow],
  ] as const)
    app.post(
      `/bookings/:id/${path}`,
      { config: { scope: 'staff' }, schema: { ...staff(summary), body: Change } },
      (request) =>
        change(context, request.caller, async (tx, by) =>
          shownWith(by, { present: await act(tx, by, { ...request.params, ...request.body }) }),
        ),
    );

  app.post(
    '/bookings/:id/decline',
    {
      config: { scope: 'staff' },
      schema: { ...staff('Decline a booking that waits'), body: Cancel.omit({ override: true }) },
    },
    (request) =>
      change(context, request.caller, async (tx, by) =>
        shownWith(by, await decline(tx, by, { ...request.params, ...request.body })),
      ),
  );

  app.post(
    '/bookings/:id/cancel',
    { config: { scope: 'staff' }, schema: { ...staff('Cancel it, with a reason'), body: Cancel } },
    (request) =>
      change(context, request.caller, async (tx, by) =>
        shownWith(by, await cancel(tx, by, { ...request.params, ...request.body })),
      ),
  );

  app.post(
    '/bookings/:id/reschedule',
    { config: { scope: 'staff' }, schema: { ...staff('Move it to another time'), body: Reschedule } },
    (request) =>
      change(context, request.caller, async (tx, by) =>
        shownWith(by, await reschedule(tx, by, { ...request.params, ...request.body })),
      ),
  );

  app.post(
    '/bookings/:id/reassign',
    {
      config: { scope: 'staff' },
      schema: { ...staff('Give it to another resource at the same time'), body: Reassign },
    },
    (request) =>
      change(context, request.caller, async (tx, by) =>
        shownWith(by, await reassign(tx, by, { ...request.params, ...request.body })),
      ),
  );

  app.get(
    '/manage/:secret',
    {
      config: { scope: 'none' },
      schema: {
        tags,
        summary: "The customer's own booking",
        params: secretParams,
        response: { 200: Booking },
      },
    },
    async (request) => show(await findByManageHash(context.db, hashOf(request.params.secret))),
  );

  app.post(
    '/manage/:secret/cancel',
    {
      config: { scope: 'none' },
      schema: {
        tags,
        summary: 'Cancel it, up to its cut-off',
        params: secretParams,
        body: Cancel.omit({ override: true }),
        response: { 200: ChangedBooking },
      },
    },
    (request) =>
      manage(context, request.params.secret, async (tx, by, id) =>
        shownWith(by, await cancel(tx, by, { ...request.body, id, override: false })),
      ),
  );

  app.post(
    '/manage/:secret/reschedule',
    {
      config: { scope: 'none' },
      schema: {
        tags,
        summary: 'Move it to another time, up to its cut-off',
        params: secretParams,
        body: Reschedule.omit({ override: true }),
        response: { 200: ChangedBooking },
      },
    },
    (request) =>
      manage(context, request.params.secret, async (tx, by, id) =>
        shownWith(by, await reschedule(tx, by, { ...request.body, id, override: false })),
      ),
  );
};
