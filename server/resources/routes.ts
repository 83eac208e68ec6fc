// Resources over HTTP, with what is put into their time by hand: blocks and openings.
import * as z from 'zod';
import {
  Archivable,
  Block,
  BlockChange,
  Id,
  NewBlock,
  NewOpening,
  NewResource,
  Opening,
  OpeningChange,
  pageOf,
  Resource,
  ResourceChange,
  Window,
} from '../../shared/api.ts';
import { commit, commitOnce } from '../commit.ts';
import type { Routes } from '../context.ts';
import { changeBlock, createBlock, deleteBlock, listBlocks, readBlock } from './blocks.ts';
import { changeOpening, createOpening, deleteOpening, listOpenings, readOpening } from './openings.ts';
import { changeResource, createResource, listResources, readResource } from './resources.ts';

const params = z.object({ id: Id });
const resourceTags = ['resources'];
const blockTags = ['blocks'];
const openingTags = ['openings'];
const setup = { config: { scope: 'setup' as const } };
const gone = { 204: z.undefined() };

export const resourceRoutes: Routes = async (app, { context }) => {
  app.get(
    '/resources',
    {
      config: { scope: 'book' },
      schema: {
        tags: resourceTags,
        summary: 'What can be booked',
        querystring: Archivable,
        response: { 200: pageOf(Resource) },
      },
    },
    (request) => listResources(context.db, request.caller.businessId, request.query),
  );
  app.post(
    '/resources',
    {
      config: { scope: 'setup', once: true },
      schema: {
        tags: resourceTags,
        summary: 'Add a person, room, vehicle or piece of equipment',
        body: NewResource,
        response: { 201: Resource },
      },
    },
    async (request, reply) => {
      const { businessId } = request.caller;
      const made = await commitOnce(context, request, (tx) => createResource(tx, businessId, request.body));
      return reply.code(201).send(made);
    },
  );
  app.get(
    '/resources/:id',
    {
      config: { scope: 'book' },
      schema: {
        tags: resourceTags,
        summary: 'One resource',
        params,
        response: { 200: Resource },
      },
    },
    (request) => readResource(context.db, request.caller.businessId, request.params.id),
  );
  app.patch(
    '/resources/:id',
    {
      ...setup,
      schema: {
        tags: resourceTags,
        summary: 'Change what is named, or bring it back from the archive',
        params,
        body: ResourceChange,
        response: { 200: Resource },
      },
    },
    (request) =>
      commit(context, (tx) =>
        changeResource(tx, request.caller.businessId, {
          ...request.params,
          change: request.body,
          now: context.now(),
        }),
      ),
  );
  app.delete(
    '/resources/:id',
    {
      ...setup,
      schema: {
        tags: resourceTags,
        summary: 'Archive it: its bookings stay, no new ones are taken',
        params,
        response: { 200: Resource },
      },
    },
    (request) =>
      commit(context, (tx) =>
        changeResource(tx, request.caller.businessId, {
          ...request.params,
          change: { archived: true },
          now: context.now(),
        }),
      ),
  );

  app.get(
    '/resources/:id/blocks',
    {
      config: { scope: 'read' },
      schema: {
        tags: blockTags,
        summary: 'Its blocks',
        params,
        querystring: Window,
        response: { 200: pageOf(Block) },
      },
    },
    (request) =>
      listBlocks(context.db, request.caller.businessId, { ...request.query, resourceId: request.params.id }),
  );
  app.post(
    '/resources/:id/blocks',
    {
      config: { scope: 'staff', once: true },
      schema: {
        tags: blockTags,
        summary: 'Take time of it for something that is not a booking',
        params,
        body: NewBlock,
        response: { 201: Block },
      },
    },
    async (request, reply) => {
      const wanted = { ...request.body, resourceId: request.params.id };
      const made = await commitOnce(context, request, (tx) =>
        createBlock(tx, request.caller.businessId, wanted),
      );
      return reply.code(201).send(made);
    },
  );
  app.get(
    '/blocks/:id',
    {
      config: { scope: 'read' },
      schema: { tags: blockTags, summary: 'One block', params, response: { 200: Block } },
    },
    (request) => readBlock(context.db, request.caller.businessId, request.params.id),
  );
  app.patch(
    '/blocks/:id',
    {
      config: { scope: 'staff' },
      schema: {
        tags: blockTags,
        summary: 'Change what is named',
        params,
        body: BlockChange,
        response: { 200: Block },
      },
    },
    (request) =>
      commit(context, (tx) =>
        changeBlock(tx, request.caller.businessId, { ...request.params, change: request.body }),
      ),
  );
  app.delete(
    '/blocks/:id',
    {
      config: { scope: 'staff' },
      schema: { tags: blockTags, summary: 'Take it away', params, response: gone },
    },
    async (request, reply) => {
      await commit(context, (tx) => deleteBlock(tx, request.caller.businessId, request.params.id));
      return reply.code(204).send();
    },
  );

  app.get(
    '/resources/:id/openings',
    {
      config: { scope: 'read' },
      schema: {
        tags: openingTags,
        summary: 'Its openings',
        params,
        querystring: Window,
        response: { 200: pageOf(Opening) },
      },
    },
    (request) =>
      listOpenings(context.db, request.caller.businessId, {
        ...request.query,
        resourceId: request.params.id,
      }),
  );
  app.post(
    '/resources/:id/openings',
    {
      config: { scope: 'staff', once: true },
      schema: {
        tags: openingTags,
        summary: 'Open it for a time',
        params,
        body: NewOpening,
        response: { 201: Opening },
      },
    },
    async (request, reply) => {
      const wanted = { ...request.body, resourceId: request.params.id };
      const made = await commitOnce(context, request, (tx) =>
        createOpening(tx, request.caller.businessId, wanted),
      );
      return reply.code(201).send(made);
    },
  );
  app.get(
    '/openings/:id',
    {
      config: { scope: 'read' },
      schema: {
        tags: openingTags,
        summary: 'One opening',
        params,
        response: { 200: Opening },
      },
    },
    (request) => readOpening(context.db, request.caller.businessId, request.params.id),
  );
  app.patch(
    '/openings/:id',
    {
      config: { scope: 'staff' },
      schema: {
        tags: openingTags,
        summary: 'Change what is named',
        params,
        body: OpeningChange,
        response: { 200: Opening },
      },
    },
    (request) =>
      commit(context, (tx) =>
        changeOpening(tx, request.caller.businessId, { ...request.params, change: request.body }),
      ),
  );
  app.delete(
    '/openings/:id',
    {
      config: { scope: 'staff' },
      schema: { tags: openingTags, summary: 'Take it away', params, response: gone },
    },
    async (request, reply) => {
      await commit(context, (tx) => deleteOpening(tx, request.caller.businessId, request.params.id));
      return reply.code(204).send();
    },
  );
};
