// Customers over HTTP.
import * as z from 'zod';
import { Customer, CustomerChange, CustomerSearch, Id, NewCustomer, pageOf } from '../../shared/api.ts';
import { commit, commitOnce } from '../commit.ts';
import type { Routes } from '../context.ts';
import { changeCustomer, createCustomer, listCustomers, readCustomer } from './customers.ts';

const tags = ['customers'];
const params = z.object({ id: Id });
const one = { 200: Customer };

export const customerRoutes: Routes = async (app, { context }) => {
  app.get(
    '/customers',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'Customers, or those of a name, mail address or telephone number',
        querystring: CustomerSearch,
        response: { 200: pageOf(Customer) },
      },
    },
    (request) => listCustomers(context.db, request.caller.businessId, request.query),
  );

  app.post(
    '/customers',
    {
      config: { scope: 'staff', once: true },
      schema: {
        tags,
        summary: 'Add a customer',
        body: NewCustomer,
        response: { 201: Customer },
      },
    },
    async (request, reply) => {
      const { businessId } = request.caller;
      const made = await commitOnce(context, request, (tx) => createCustomer(tx, businessId, request.body));
      return reply.code(201).send(made);
    },
  );

  app.get(
    '/customers/:id',
    { config: { scope: 'read' }, schema: { tags, summary: 'One customer', params, response: one } },
    (request) => readCustomer(context.db, request.caller.businessId, request.params.id),
  );

  app.patch(
    '/customers/:id',
    {
      config: { scope: 'staff' },
      schema: { tags, summary: 'Change what is named', params, body: CustomerChange, response: one },
    },
    (request) =>
      commit(context, (tx) =>
        changeCustomer(tx, request.caller.businessId, {
          ...request.params,
          change: request.body,
          now: context.now(),
        }),
      ),
  );
};
