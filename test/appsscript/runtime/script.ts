// ScriptApp and Session: who runs this, with which tokens, and the triggers it made.
import { enumOf, expose, nameIn } from './expose.ts';
import { Refused, type Scene, Thrown } from './scene.ts';

/** A calendar-updated trigger, as the host keeps it. */
export interface KeptTrigger {
  id: string;
  handler: string;
  calendarId: string;
}

/** What the host says of the person and the script when a run begins. */
export interface Who {
  person: string;
  locale: string;
  scriptId: string;
}

export function makeScriptApp(scene: Scene, { scriptId }: Who): object {
  const reference = scene.references.script!;
  const one = (name: string, acts: Record<string, (...args: never[]) => unknown>) =>
    expose(scene, { name, reference, acts: acts as Record<string, (...args: unknown[]) => unknown> });
  const kept = new WeakMap<object, string>();
  const triggerOf = ({ id, handler, calendarId }: KeptTrigger): object => {
    const trigger = one('Trigger', {
      getUniqueId: () => id,
      getHandlerFunction: () => handler,
      getTriggerSourceId: () => calendarId,
      getEventType: () => constantOf(scene, 'EventType', 'ON_EVENT_UPDATED'),
      getTriggerSource: () => constantOf(scene, 'TriggerSource', 'CALENDAR'),
    });
    kept.set(trigger, id);
    return trigger;
  };
  const { oauthScopes } = scene.manifest;
  return one('ScriptApp', {
    ...triggerActs(scene, { one, triggerOf, kept }),
    getIdentityToken: () => (oauthScopes.includes('openid') ? scene.ask('identityToken') : null),
    getOAuthToken: () => scene.ask('accessToken'),
    getScriptId: () => scriptId,
    // Not deployed as a web app.
    getService: () => one('Service', { getUrl: () => '', isEnabled: () => false }),
    getAuthorizationInfo: (mode: unknown, scopes?: string[]) => {
      nameIn('AuthMode', mode);
      checkScopes(scene, scopes ?? []);
      const lapsed = scene.ask('lapsed') as boolean;
      return one('AuthorizationInfo', {
        getAuthorizationStatus: () =>
          constantOf(scene, 'AuthorizationStatus', lapsed ? 'REQUIRED' : 'NOT_REQUIRED'),
        getAuthorizationUrl: () => (lapsed ? 'https://accounts.google.com/o/oauth2/v2/auth' : null),
        getAuthorizedScopes: () => (lapsed ? [] : oauthScopes),
      });
    },
    requireAllScopes: (mode: unknown) => needGranted(scene, mode),
    requireScopes: (mode: unknown, scopes: string[]) => {
      checkScopes(scene, scopes);
      needGranted(scene, mode);
    },
    invalidateAuth: () => undefined,
  });
}

interface Triggers {
  one(name: string, acts: Record<string, (...args: never[]) => unknown>): object;
  triggerOf(kept: KeptTrigger): object;
  kept: WeakMap<object, string>;
}

function triggerActs(scene: Scene, { one, triggerOf, kept }: Triggers) {
  return {
    newTrigger: (handler: string) => {
      if (!scene.hasFunction(handler))
        throw new Refused(`ScriptApp.newTrigger: "${handler}" is not a top-level function of the script.`);
      return one('TriggerBuilder', {
        forUserCalendar: (calendarId: string) => {
          const builder: object = one('CalendarTriggerBuilder', {
            onEventUpdated: () => builder,
            create: () => triggerOf(scene.ask('newTrigger', { handler, calendarId }) as KeptTrigger),
          });
          return builder;
        },
      });
    },
    getProjectTriggers: () => (scene.ask('triggers') as KeptTrigger[]).map(triggerOf),
    deleteTrigger: (trigger: object) => {
      const id = kept.get(trigger);
      if (!id) throw new Refused('ScriptApp.deleteTrigger takes a trigger of this script.');
      scene.ask('deleteTrigger', id);
    },
  };
}

function constantOf(scene: Scene, of: string, name: string): unknown {
  return (enumOf(scene, scene.references.script!, of) as Record<string, unknown>)[name];
}

function checkScopes({ manifest }: Scene, scopes: string[]): void {
  const foreign = scopes.filter((scope) => !manifest.oauthScopes.includes(scope));
  if (foreign.length > 0)
    throw new Refused(`The script does not ask for these scopes: ${foreign.join(', ')}.`);
}

function needGranted(scene: Scene, mode: unknown): void {
  nameIn('AuthMode', mode);
  if (scene.ask('lapsed')) throw new Thrown('Authorization is required to perform that action.');
}

export function makeSession(scene: Scene, { person, locale }: Who): object {
  const reference = scene.references.base!;
  const user = () => expose(scene, { name: 'User', reference, acts: { getEmail: () => person } });
  const acts = {
    getActiveUser: user,
    getEffectiveUser: user,
    getActiveUserLocale: () => locale,
    getScriptTimeZone: () => scene.manifest.timeZone,
    getTemporaryActiveUserKey: () => scene.ask('userKey'),
  };
  return expose(scene, { name: 'Session', reference, acts });
}
