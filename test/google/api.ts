// The Calendar v3 methods our product calls: their paths, schemas, scopes and acts.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Caller, matchScopes, SCOPES } from './access.ts';
import { getCalendar, getListedCalendar, listCalendars } from './calendars.ts';
import { stopChannel, watchEvents } from './channels.ts';
import { type Known, pass, unauthorized } from './door.ts';
import {
  deleteEvent,
  getEvent,
  importEvent,
  insertEvent,
  moveEvent,
  patchEvent,
  updateEvent,
} from './events.ts';
import { select } from './fields.ts';
import { queryFreeBusy } from './freebusy.ts';
import { listEvents, listInstances } from './list.ts';
import type { Access } from './oauth-data.ts';
import { invalid, Refusal } from './refusal.ts';
import { type Checks, makeChecks } from './schema.ts';
import { isZone } from './when.ts';
import type { Answer, Call, World } from './world.ts';

interface Method {
  id: string;
  verb: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  /** Names in the googleapis types: of the parameters, and of the body if there is one. */
  params: string;
  body?: string;
  scopes: string[];
  act: (call: Call) => Answer | Promise<Answer>;
}

const SEND_UPDATES = new Set([undefined, 'all', 'externalOnly', 'none']);

const EVENTS = '/calendars/:calendarId/events';
const EVENT = `${EVENTS}/:eventId`;
const { read, write } = SCOPES;

const METHODS: Method[] = [
  {
    id: 'calendarList.list',
    verb: 'GET',
    path: '/users/me/calendarList',
    params: 'Calendarlist$List',
    scopes: SCOPES.lists,
    act: listCalendars,
  },
  {
    id: 'calendarList.get',
    verb: 'GET',
    path: '/users/me/calendarList/:calendarId',
    params: 'Calendarlist$Get',
    scopes: SCOPES.lists,
    act: getListedCalendar,
  },
  {
    id: 'calendars.get',
    verb: 'GET',
    path: '/calendars/:calendarId',
    params: 'Calendars$Get',
    scopes: SCOPES.calendars,
    act: getCalendar,
  },
  {
    id: 'events.list',
    verb: 'GET',
    path: EVENTS,
    params: 'Events$List',
    scopes: read,
    act: listEvents,
  },
  {
    id: 'events.get',
    verb: 'GET',
    path: EVENT,
    params: 'Events$Get',
    scopes: read,
    act: getEvent,
  },
  {
    id: 'events.instances',
    verb: 'GET',
    path: `${EVENT}/instances`,
    params: 'Events$Instances',
    scopes: read,
    act: listInstances,
  },
  {
    id: 'events.insert',
    verb: 'POST',
    path: EVENTS,
    params: 'Events$Insert',
    body: 'Event',
    scopes: write,
    act: insertEvent,
  },
  {
    id: 'events.import',
    verb: 'POST',
    path: `${EVENTS}/import`,
    params: 'Events$Import',
    body: 'Event',
    scopes: write,
    act: importEvent,
  },
  {
    id: 'events.update',
    verb: 'PUT',
    path: EVENT,
    params: 'Events$Update',
    body: 'Event',
    scopes: write,
    act: updateEvent,
  },
  {
    id: 'events.patch',
    verb: 'PATCH',
    path: EVENT,
    params: 'Events$Patch',
    body: 'Event',
    scopes: write,
    act: patchEvent,
  },
  {
    id: 'events.delete',
    verb: 'DELETE',
    path: EVENT,
    params: 'Events$Delete',
    scopes: write,
    act: deleteEvent,
  },
  {
    id: 'events.move',
    verb: 'POST',
    path: `${EVENT}/move`,
    params: 'Events$Move',
    scopes: SCOPES.move,
    act: moveEvent,
  },
  {
    id: 'events.watch',
    verb: 'POST',
    path: `${EVENTS}/watch`,
    params: 'Events$Watch',
    body: 'Channel',
    scopes: read,
    act: watchEvents,
  },
  {
    id: 'channels.stop',
    verb: 'POST',
    path: '/channels/stop',
    params: 'Channels$Stop',
    body: 'Channel',
    scopes: SCOPES.stop,
    act: stopChannel,
  },
  {
    id: 'freebusy.query',
    verb: 'POST',
    path: '/freeBusy',
    params: 'Freebusy$Query',
    body: 'FreeBusyRequest',
    scopes: SCOPES.freeBusy,
    act: queryFreeBusy,
  },
];

export function addCalendarApi(app: FastifyInstance, world: World): void {
  const checks = makeChecks();
  for (const method of METHODS) {
    app.route({
      method: method.verb,
      url: `/calendar/v3${method.path}`,
      handler: (request, reply) => {
        const access = accessOf(world, request);
        const known = knownOf(method, request, access);
        return pass({
          world,
          request,
          reply,
          known,
          act: () => answer({ world, method, request, access, checks }),
        });
      },
    });
  }
}

function accessOf(world: World, request: FastifyRequest): Access | undefined {
  const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  return token === undefined ? undefined : world.state.oauth.access[token];
}

function knownOf(method: Method, request: FastifyRequest, access?: Access): Known {
  const { calendarId, eventId } = request.params as {
    calendarId?: string;
    eventId?: string;
  };
  const ifMatch = request.headers['if-match'];
  const calendar = calendarId === 'primary' ? access?.person : calendarId;
  return {
    method: method.id,
    withSyncToken: (request.query as { syncToken?: string }).syncToken !== undefined,
    ...(access && { person: access.person, client: access.client }),
    ...(calendar !== undefined && { calendar }),
    ...(eventId !== undefined && { event: eventId }),
    ...(ifMatch !== undefined && { ifMatch }),
    ...(request.body !== undefined && { body: request.body }),
  };
}

interface Asked {
  world: World;
  method: Method;
  request: FastifyRequest;
  access?: Access;
  checks: Checks;
}

/** Google's order: who, how often, what is asked, whether the token reaches that far. */
async function answer({ world, method, request, access, checks }: Asked): Promise<Answer> {
  const caller = callerOf(world, request, access);
  const units = method.verb === 'PATCH' ? 3 : 1;
  world.quota.spend({ person: caller.person.email, client: caller.client }, units, world.switches.rateStatus);
  const path = request.params as { calendarId?: string; eventId?: string };
  const { params } = method;
  const sent = { ...(request.query as Record<string, unknown>), ...path };
  const query = checks.query(params, sent);
  delete query.calendarId;
  delete query.eventId;
  if (typeof query.timeZone === 'string' && !isZone(query.timeZone)) {
    throw invalid('Invalid time zone.', '1.3', 'timeZone');
  }
  if (!SEND_UPDATES.has(query.sendUpdates as string | undefined)) {
    throw invalid('Invalid value for: sendUpdates', '1.2', 'sendUpdates');
  }
  const body = method.body ? checks.body(method.body, request.body ?? {}, method.verb === 'PATCH') : {};
  const scopes = matchScopes(access!.scopes, method.scopes);
  const call: Call = {
    world,
    caller: { ...caller, scopes },
    calendarId: path.calendarId ?? '',
    eventId: path.eventId ?? '',
    query,
    body,
    ifMatch: request.headers['if-match'],
    ifNoneMatch: request.headers['if-none-match'],
  };
  const given = await method.act(call);
  return typeof query.fields === 'string' && given.body
    ? { ...given, body: select(given.body, query.fields) }
    : given;
}

function callerOf(world: World, request: FastifyRequest, access?: Access): Caller {
  if (!request.headers.authorization) {
    throw new Refusal({
      code: 401,
      reason: 'required',
      message: 'Login Required',
      facts: '1.13',
    });
  }
  const person = access && world.state.people.get(access.person);
  if (!access || !person || access.expires <= world.clock.now()) throw unauthorized();
  return {
    person,
    client: access.client,
    scopes: access.scopes,
    surface: 'client',
  };
}
