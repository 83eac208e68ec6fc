// Whom a calendar's events block: its rules, what people decide, what each event does and why, and what that collides with.
import * as z from 'zod';
import { Id, listOf, Page, pageOf } from '../../shared/api.ts';
import {
  Collision,
  Decision,
  DecisionQuery,
  EventQuery,
  FixWish,
  MirroredEvent,
  NewDecision,
  Rules,
  Run,
  SettledDecision,
  ShownRules,
  Simulate,
  Simulation,
  Undecided,
  Undone,
  UndoWish,
} from '../../shared/calendar-api.ts';
import type { Caller } from '../auth/keys.ts';
import { catalogueOf } from '../availability/catalogue.ts';
import { commit, commitOnce } from '../commit.ts';
import type { Context, Routes } from '../context.ts';
import { listCollisions } from './collisions.ts';
import { acceptDecision, decideEvent, endDecision, listDecisions, type Saying } from './decisions.ts';
import { listEvents, listUndecided } from './events.ts';
import { undoOne } from './fix.ts';
import { startFix } from './fix-many.ts';
import { listRules, setRules } from './rules.ts';
import { listRuns, readRun, undoRun } from './runs.ts';
import { simulate } from './simulate.ts';

const tags = ['events'];
const params = z.object({ id: Id });

/** Who says so, when. */
const actingOf = ({ now }: Context, { businessId, actor }: Caller) => ({ businessId, actor, now: now() });
const sayingOf = async (context: Context, caller: Caller): Promise<Saying> => ({
  ...actingOf(context, caller),
  catalogue: await catalogueOf(context.db, caller),
});

export const blockRoutes: Routes = async (app, { context }) => {
  app.get(
    '/calendars/:id/rules',
    {
      config: { scope: 'read' },
      schema: { tags, summary: 'The rules of a calendar, in order', params, response: { 200: ShownRules } },
    },
    async (request) => ({ rules: await listRules(context.db, request.caller.businessId, request.params.id) }),
  );

  app.put(
    '/calendars/:id/rules',
    {
      config: { scope: 'setup' },
      schema: {
        tags,
        summary: 'Set the rules of a calendar, all of them, in order; its events are then read again',
        params,
        body: Rules,
        response: { 200: ShownRules },
      },
    },
    async (request) => {
      const { businessId } = request.caller;
      const of = { businessId, calendarId: request.params.id, now: context.now() };
      return { rules: await commit(context, (tx) => setRules(tx, of, request.body.rules)) };
    },
  );

  app.post(
    '/calendars/:id/simulate',
    {
      config: { scope: 'setup' },
      schema: {
        tags,
        summary:
          'What rules, settings or links would do, by the last 30 and next 60 days; nothing is changed',
        params,
        body: Simulate,
        response: { 200: Simulation },
      },
    },
    (request) => simulate(context, request.caller, { ...request.body, calendarId: request.params.id }),
  );

  app.post(
    '/calendars/:id/decisions',
    {
      config: { scope: 'staff', once: true },
      schema: {
        tags,
        summary: 'Say whom an event blocks: this one, this and those that follow, or the series',
        params,
        body: NewDecision,
        response: { 200: SettledDecision, 201: SettledDecision },
      },
    },
    async (request, reply) => {
      const by = await sayingOf(context, request.caller);
      const wanted = { ...request.body, calendarId: request.params.id };
      const settled = await commitOnce(context, request, (tx) => decideEvent(tx, by, wanted));
      return reply.code(settled.decision ? 201 : 200).send(settled);
    },
  );

  app.get(
    '/calendars/:id/decisions',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'What was decided of its events, by whom and when, and what became of it',
        params,
        querystring: DecisionQuery,
        response: { 200: pageOf(Decision) },
      },
    },
    (request) =>
      listDecisions(context.db, request.caller.businessId, {
        ...request.query,
        calendarId: request.params.id,
      }),
  );

  app.post(
    '/decisions/:id/accept',
    {
      config: { scope: 'staff' },
      schema: {
        tags,
        summary: 'Take over a decision that was found in an event',
        params,
        response: { 200: SettledDecision },
      },
    },
    async (request) => {
      const by = await sayingOf(context, request.caller);
      return commit(context, (tx) => acceptDecision(tx, by, request.params.id));
    },
  );

  app.delete(
    '/decisions/:id',
    {
      config: { scope: 'staff' },
      schema: {
        tags,
        summary: 'End a decision, or turn down a proposed one',
        params,
        response: { 200: SettledDecision },
      },
    },
    async (request) => {
      const by = await sayingOf(context, request.caller);
      return commit(context, (tx) => endDecision(tx, by, request.params.id));
    },
  );

  app.get(
    '/calendars/:id/events',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'The events of a window, whom each blocks, and why',
        params,
        querystring: EventQuery,
        response: { 200: listOf(MirroredEvent) },
      },
    },
    async (request) => {
      const which = { businessId: request.caller.businessId, calendarId: request.params.id };
      return { items: await listEvents(context.db, which, request.query) };
    },
  );

  app.get(
    '/events/undecided',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'Events of the next 14 days that wait for somebody to say whom they block',
        response: { 200: Undecided },
      },
    },
    (request) => listUndecided(context.db, request.caller.businessId, context.now()),
  );

  app.get(
    '/collisions',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'Bookings to come that events are in the way of, and what could be done about each',
        querystring: Page.extend({ limit: z.coerce.number().int().min(1).max(50).default(20) }),
        response: { 200: pageOf(Collision) },
      },
    },
    (request) => listCollisions(context, request.caller, request.query),
  );

  // Set Free, undo, runs -----------------------------------------------------------------------------------------------

  app.post(
    '/calendars/:id/fix',
    {
      config: { scope: 'staff', once: true },
      schema: {
        tags,
        summary: 'Set events Free in Google: these, or all that block not everybody; a dry run only counts',
        params,
        body: FixWish,
        response: { 200: Run, 202: Run },
      },
    },
    async (request, reply) => {
      const by = actingOf(context, request.caller);
      const wanted = { ...request.body, calendarId: request.params.id };
      const run = await commitOnce(context, request, (tx) => startFix(tx, by, wanted));
      return reply.code(run.state === 'dry' ? 200 : 202).send(run);
    },
  );

  app.post(
    '/calendars/:id/undo',
    {
      config: { scope: 'staff', once: true },
      schema: {
        tags,
        summary: 'What was set Free is to be as it was: one event, this and those that follow, or a series',
        params,
        body: UndoWish,
        response: { 202: Undone },
      },
    },
    async (request, reply) => {
      const by = actingOf(context, request.caller);
      const which = { ...request.body, calendarId: request.params.id };
      return reply.code(202).send(await commitOnce(context, request, (tx) => undoOne(tx, by, which)));
    },
  );

  app.get(
    '/calendars/:id/runs',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'Events set Free in bulk, and undone, the newest first',
        params,
        querystring: Page,
        response: { 200: pageOf(Run) },
      },
    },
    (request) => {
      const { businessId } = request.caller;
      return listRuns(context.db, { businessId, calendarId: request.params.id }, request.query);
    },
  );

  app.get(
    '/runs/:id',
    {
      config: { scope: 'read' },
      schema: { tags, summary: 'How far a run is', params, response: { 200: Run } },
    },
    (request) => readRun(context.db, request.caller.businessId, request.params.id),
  );

  app.post(
    '/runs/:id/undo',
    {
      config: { scope: 'staff', once: true },
      schema: {
        tags,
        summary: 'Undo all that a run set Free: itself a run',
        params,
        response: { 202: Run },
      },
    },
    async (request, reply) => {
      const by = actingOf(context, request.caller);
      const undo = await commitOnce(context, request, (tx) => undoRun(tx, by, request.params.id));
      return reply.code(202).send(undo);
    },
  );
};
