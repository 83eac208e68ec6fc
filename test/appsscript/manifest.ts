// Reads appsscript.json and refuses what Google refuses when an add-on is deployed (google-facts 2.1).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultInPrefix } from './links.ts';

const SCOPE = 'https://www.googleapis.com/auth/';
const ACCESS = ['METADATA', 'READ', 'WRITE', 'READ_WRITE'];

interface Trigger {
  runFunction: string;
  enabled?: boolean;
}

export interface UniversalAction {
  label: string;
  runFunction?: string;
  openLink?: string;
}

export interface Manifest {
  timeZone: string;
  runtimeVersion?: string;
  dependencies?: { enabledAdvancedServices?: { userSymbol: string; serviceId: string; version: string }[] };
  oauthScopes: string[];
  urlFetchWhitelist: string[];
  addOns: {
    common: {
      name: string;
      logoUrl: string;
      useLocaleFromApp?: boolean;
      layoutProperties?: { primaryColor?: string; secondaryColor?: string };
      openLinkUrlPrefixes: string[];
      universalActions: UniversalAction[];
      homepageTrigger?: Trigger;
    };
    calendar: {
      homepageTrigger?: Trigger;
      eventOpenTrigger?: Trigger;
      eventUpdateTrigger?: Trigger;
      currentEventAccess?: string;
      createSettingsUrlFunction?: string;
    };
  };
}

/** @throws with every fault, if there is one */
export function readManifest(folder: string): Manifest {
  const given = JSON.parse(readFileSync(join(folder, 'appsscript.json'), 'utf8')) as Partial<Manifest>;
  const { common, calendar } = given.addOns ?? {};
  const manifest: Manifest = {
    ...given,
    timeZone: given.timeZone ?? '',
    oauthScopes: given.oauthScopes ?? [],
    urlFetchWhitelist: given.urlFetchWhitelist ?? [],
    addOns: {
      common: {
        ...common!,
        openLinkUrlPrefixes: common?.openLinkUrlPrefixes ?? [],
        universalActions: common?.universalActions ?? [],
      },
      calendar: calendar ?? {},
    },
  };
  const faults = [...faultsInAddOn(manifest), ...faultsInAccess(manifest), ...faultsInPrefixes(manifest)];
  if (!calendar) faults.unshift('addOns.calendar is missing: Calendar would not show the add-on');
  if (faults.length > 0) throw new Error(`appsscript.json is refused: ${faults.join('; ')}.`);
  return manifest;
}

/** Every function that Google calls by the manifest. */
export function functionsIn({ addOns: { common, calendar } }: Manifest): string[] {
  const triggers = [
    common.homepageTrigger,
    calendar.homepageTrigger,
    calendar.eventOpenTrigger,
    calendar.eventUpdateTrigger,
  ];
  return [...triggers, ...common.universalActions].flatMap((one) => one?.runFunction ?? []);
}

function faultsInAddOn({ timeZone, runtimeVersion, addOns: { common } }: Manifest): string[] {
  return [
    ...(timeZone === '' ? ['timeZone is missing'] : []),
    ...(runtimeVersion === 'V8' ? [] : ['runtimeVersion must be V8']),
    ...(common.name ? [] : ['addOns.common.name is required']),
    ...(common.logoUrl?.startsWith('https://') ? [] : ['addOns.common.logoUrl is required, with https']),
    ...common.universalActions
      .filter(({ label, runFunction, openLink }) => !label || !runFunction === !openLink)
      .map(({ label }) => `the universal action "${label}" needs a label and either runFunction or openLink`),
  ];
}

function faultsInAccess({ oauthScopes, addOns: { calendar } }: Manifest): string[] {
  const { currentEventAccess: access } = calendar;
  const lacks = (scope: string) => !oauthScopes.includes(`${SCOPE}${scope}`);
  const needs = (kinds: string[], scope: string) =>
    access !== undefined && kinds.includes(access) && lacks(scope)
      ? [`currentEventAccess ${access} needs the scope ${scope}`]
      : [];
  return [
    ...(lacks('calendar.addons.execute') ? ['the scope calendar.addons.execute is missing'] : []),
    ...(access === undefined || ACCESS.includes(access)
      ? []
      : [`currentEventAccess ${access} is none of ${ACCESS.join(', ')}`]),
    ...needs(['READ', 'READ_WRITE'], 'calendar.addons.current.event.read'),
    ...needs(['WRITE', 'READ_WRITE'], 'calendar.addons.current.event.write'),
  ];
}

function faultsInPrefixes({ urlFetchWhitelist, addOns: { common } }: Manifest): string[] {
  const faults = (name: string, prefixes: string[], loose: boolean) =>
    prefixes.flatMap((prefix) => {
      const fault = faultInPrefix(prefix, loose);
      return fault ? [`${name}: "${prefix}" is refused, ${fault}`] : [];
    });
  return [
    ...faults('urlFetchWhitelist', urlFetchWhitelist, false),
    ...faults('openLinkUrlPrefixes', common.openLinkUrlPrefixes, true),
  ];
}
