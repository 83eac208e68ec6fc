// The business over HTTP: the one whose API key asks, its members, and what its events in Google say.
import * as z from 'zod';
import {
  Business,
  BusinessChange,
  Id,
  Keyword,
  listOf,
  Member,
  MemberChange,
  NewMember,
  PreviewedEvent,
  TemplatePreview,
} from '../../shared/api.ts';
import { commit, commitOnce } from '../commit.ts';
import type { Routes } from '../context.ts';
import { changeBusiness, readBusiness } from './businesses.ts';
import { changeMember, createMember, listMembers, readMember, removeMember } from './members.ts';
import { previewEvent } from './preview.ts';
import { knownKeywords } from './templates.ts';

const tags = ['business'];
const memberTags = ['members'];
const params = z.object({ id: Id });

export const businessRoutes: Routes = async (app, { context }) => {
  app.get(
    '/business',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'The business of this API key',
        response: { 200: Business },
      },
    },
    (request) => readBusiness(context.db, request.caller.businessId),
  );

  app.patch(
    '/business',
    {
      config: { scope: 'setup' },
      schema: {
        tags,
        summary: 'Change what is named, of the settings too',
        body: BusinessChange,
        response: { 200: Business },
      },
    },
    (request) => commit(context, (tx) => changeBusiness(tx, request.caller.businessId, request.body)),
  );

  app.get(
    '/business/templates/keywords',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'What can stand in {braces} in the templates of an event',
        response: { 200: listOf(Keyword) },
      },
    },
    async () => ({ items: [...knownKeywords] }),
  );

  app.post(
    '/business/templates/preview',
    {
      config: { scope: 'setup' },
      schema: {
        tags,
        summary: 'What templates make of an event; nothing is saved',
        body: TemplatePreview,
        response: { 200: PreviewedEvent },
      },
    },
    (request) => previewEvent(context.db, request.caller.businessId, { ...request.body, now: context.now() }),
  );

  app.get(
    '/members',
    {
      config: { scope: 'read' },
      schema: {
        tags: memberTags,
        summary: 'Who works here',
        response: { 200: listOf(Member) },
      },
    },
    (request) => listMembers(context.db, request.caller.businessId),
  );

  app.post(
    '/members',
    {
      config: { scope: 'setup', once: true },
      schema: {
        tags: memberTags,
        summary: 'Add a member',
        body: NewMember,
        response: { 201: Member },
      },
    },
    async (request, reply) => {
      const { businessId } = request.caller;
      const made = await commitOnce(context, request, (tx) => createMember(tx, businessId, request.body));
      return reply.code(201).send(made);
    },
  );

  app.get(
    '/members/:id',
    {
      config: { scope: 'read' },
      schema: {
        tags: memberTags,
        summary: 'One member',
        params,
        response: { 200: Member },
      },
    },
    (request) => readMember(context.db, request.caller.businessId, request.params.id),
  );

  app.patch(
    '/members/:id',
    {
      config: { scope: 'setup' },
      schema: {
        tags: memberTags,
        summary: 'Change what is named',
        params,
        body: MemberChange,
        response: { 200: Member },
      },
    },
    (request) =>
      commit(context, (tx) =>
        changeMember(tx, request.caller.businessId, { ...request.params, change: request.body }),
      ),
  );

  app.delete(
    '/members/:id',
    {
      config: { scope: 'setup' },
      schema: {
        tags: memberTags,
        summary: 'Take a member away; the last owner stays',
        params,
        response: { 204: z.undefined() },
      },
    },
    async (request, reply) => {
      await commit(context, (tx) => removeMember(tx, request.caller.businessId, request.params.id));
      return reply.code(204).send();
    },
  );
};
