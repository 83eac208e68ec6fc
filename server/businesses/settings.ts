// What a business may set: the values it begins with, and how a change is laid over what stands.
import type * as z from 'zod';
import type { BusinessChange, BusinessSettings } from '../../shared/api.ts';
import { Refusal } from '../errors.ts';
import { checkTemplates, defaultTemplates } from './templates.ts';

export const defaultSettings: BusinessSettings = {
  holdMinutes: 10,
  pendingHours: 24,
  pushPending: false,
  cancelledEvents: 'delete',
  event: defaultTemplates,
  push: true,
  pull: true,
  keepTitles: false,
  confirmSeconds: 60,
  unreachableHours: 24,
  unreachableThen: 'close',
  drift: { moved: 'restore', deleted: 'restore', freed: 'restore', left: 'restore' },
  log: true,
  logDays: 30,
};

type SettingsChange = NonNullable<z.output<typeof BusinessChange>['settings']>;

/** Settings are stored whole: what the change does not name, down to each template, stays as it was. */
export function withChange(before: BusinessSettings, change: SettingsChange): BusinessSettings {
  return {
    ...before,
    ...change,
    event: { ...before.event, ...change.event },
    drift: { ...before.drift, ...change.drift },
  };
}

/** @throws Refusal invalid, with the known keyword nearest to each unknown one */
export function mustFill(templates: Partial<BusinessSettings['event']>, answerKeys: Iterable<string>): void {
  const faults = checkTemplates(templates, { answerKeys });
  const [first] = faults;
  if (!first) return;
  const words = first.nearest
    ? `{${first.keyword}} is no keyword: did you mean {${first.nearest}}?`
    : `"${first.keyword}" stands alone: write it twice to show it once.`;
  throw new Refusal('invalid', `event.${first.field}: ${words}`, { faults });
}
