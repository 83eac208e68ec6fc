// The local Apps Script host: one installed copy of the built add-on for one person, in a panel like Calendar's.
//
//   const host = await openHost({ folder, person: 'anna@clinic.test', google: google.url, backend });
//   const panel = await host.open({ calendarId, id });         // panel.title, panel.text, panel.buttons, panel.crash …
//   await host.fill('reason', 'ill');  await host.click('Cancel booking');
//   host.log.refusals                                          // rules that were broken, caught by the add-on or not
//   await host.close();
//
// The bundle runs in a thread of its own with Apps Script's services, loaded afresh for each run. What Google
// refuses is thrown into the bundle as Google would, and kept in `log.refusals`. Unknown methods and enum values are
// refused as soon as they are read, where plain JavaScript would give undefined.

import { type Asked, callBack, freshLog, type Log, note } from './callbacks.ts';
import type { Action, ActionResponse, Card, OpenLink, UniversalActionResponse } from './card.ts';
import type { OpenEvent } from './event.ts';
import { blockedBy, changeAction, type Filling, formInputs, valueFor } from './inputs.ts';
import type { Node } from './limits.ts';
import { isCovered } from './links.ts';
import { completed } from './lookup.ts';
import { functionsIn, type Manifest, readManifest } from './manifest.ts';
import { type Backend, localAddress, type Outside } from './outside.ts';
import { type PanelShown, panelBody, panelHtml } from './panel/page.ts';
import { type After, nothingAfter, type Panel, panelOf, titleOf } from './panel.ts';
import { Runs } from './runs.ts';
import { Stack } from './stack.ts';
import { freshKept, type Kept } from './stores.ts';
import { findTarget, type Target, targetsOf } from './targets.ts';

export interface HostOptions {
  /** Holds the built bundle and its manifest. */
  folder: string;
  /** Mail address of a person of the local Google. */
  person: string;
  /** Address of the local Google. */
  google: string;
  backend: Backend;
  /** Default `en`. */
  locale?: string;
  /** The person's; default Europe/Oslo. */
  zone?: string;
  /** Client id in the identity token; default the local Google's default client. */
  audience?: string;
  /** Laid over the identity token's claims, such as `hd`. */
  claims?: Record<string, unknown>;
  platform?: 'WEB' | 'IOS' | 'ANDROID';
  /** Milliseconds of a run; default Google's 30,000. */
  limit?: number;
  /** Milliseconds since the epoch: `Date` in the bundle and the caches follow it. */
  now?: () => number;
}

/** @throws when the manifest is refused, the bundle does not load, or a function of the manifest is not in it */
export async function openHost(options: HostOptions): Promise<Host> {
  const host = new Host(options, readManifest(options.folder));
  await host.check();
  return host;
}

export class Host {
  readonly manifest: Manifest;
  readonly person: string;
  readonly log: Log;
  private readonly options: HostOptions;
  private readonly outside: Outside;
  private readonly runs: Runs;
  private readonly stack = new Stack();
  private after: After = nothingAfter();
  private views = 0;
  private opened: OpenEvent | undefined;
  /** What a changed field set off; a click waits for it. */
  private changing: Promise<unknown> = Promise.resolve();

  constructor(options: HostOptions, manifest: Manifest) {
    this.options = options;
    this.manifest = manifest;
    this.person = options.person;
    const { google, backend, person, audience, claims, folder, limit = 30_000, now = Date.now } = options;
    this.outside = {
      ...{ google, backend, person, scopes: manifest.oauthScopes, kept: freshKept(), requests: [], now },
      ...{ hangs: false, lapsed: false, audience, claims },
    };
    const who = { person, locale: options.locale ?? 'en', scriptId: 'local-script' };
    this.runs = new Runs({ folder, manifest, who, outside: this.outside, limit });
    this.log = freshLog(this.outside.requests);
  }

  /** @throws when the bundle does not load, or lacks what the manifest names */
  async check(): Promise<void> {
    const { error, missing = [] } = await this.runs.run({ functions: functionsIn(this.manifest) });
    if (error) throw new Error(`The bundle does not load: ${error.name}: ${error.message}`);
    if (missing.length > 0)
      throw new Error(`appsscript.json names functions that the bundle lacks: ${missing.join(', ')}.`);
  }

  /** The person's zone. */
  get zone(): string {
    return this.options.zone ?? 'Europe/Oslo';
  }

  /** Grows with every run and step: a click on what was shown before can be told. */
  get view(): number {
    return this.views;
  }

  /** Properties, caches, triggers and locks of this copy. */
  get kept(): Kept {
    return this.outside.kept;
  }

  panel(): Panel {
    return panelOf(this.stack, this.after);
  }

  /** The person has no event open: `homepageTrigger`. */
  async home(): Promise<Panel> {
    const { calendar, common } = this.manifest.addOns;
    const trigger = calendar.homepageTrigger ?? common.homepageTrigger;
    if (!trigger || trigger.enabled === false) throw new Error('The manifest has no homepageTrigger.');
    this.opened = undefined;
    return this.trigger(trigger.runFunction);
  }

  /** The person opens an event: `eventOpenTrigger`. One that is not saved yet has no id. */
  async open(event: OpenEvent): Promise<Panel> {
    const trigger = this.manifest.addOns.calendar.eventOpenTrigger;
    if (!trigger) return this.home();
    this.opened = await completed(this.options.google, event);
    return this.trigger(trigger.runFunction);
  }

  /** The open event was edited and saved: `eventUpdateTrigger`, if the manifest has one. */
  async saved(event: OpenEvent | undefined = this.opened): Promise<Panel> {
    const trigger = this.manifest.addOns.calendar.eventUpdateTrigger;
    if (!trigger || !event) return this.panel();
    this.opened = await completed(this.options.google, event);
    return this.trigger(trigger.runFunction);
  }

  /** An entry of the panel's own menu. */
  async universal(label: string): Promise<Panel> {
    const action = this.manifest.addOns.common.universalActions.find((one) => one.label === label);
    if (!action) throw new Error(`The manifest has no universal action "${label}".`);
    if (action.openLink !== undefined) return this.follow({ type: 'OpenLink', url: action.openLink });
    const response = await this.run({ name: action.runFunction ?? '', by: 'universal' });
    const { cards = [], openLink } = (response?.[0] ?? {}) as Partial<UniversalActionResponse>;
    this.stack.show(cards);
    if (openLink) this.after.link = openLink;
    return this.panel();
  }

  /**
   * Clicks what is called `text`, the n-th of them from 0. What is there is looked up at once: two clicks made
   * together are a double tap, even if the first takes the button away.
   */
  click(text: string | RegExp, nth = 0): Promise<Panel> {
    const { top } = this.stack;
    if (top && 'list' in top) return this.choose(top.list.findIndex((card) => titleOf(card) === text));
    return this.press(findTarget(this.targets(), text, nth));
  }

  /** Clicks by the number that `html()` gives a target. */
  async clickAt(number: number): Promise<Panel> {
    const { top } = this.stack;
    if (top && 'list' in top) return this.choose(number);
    const target = this.targets()[number];
    return target ? this.press(target) : this.panel();
  }

  /** Sets a field; its onChange action runs, and is done when the promise is. */
  fill(field: string, filling: Filling): Promise<Panel> {
    this.enter(field, filling);
    return this.changed(field);
  }

  /** Sets a field, or empties it, without a word to the add-on. */
  enter(field: string, filling: Filling | undefined): void {
    const { card, values } = this.shown();
    const value = filling === undefined ? undefined : valueFor(card, field, filling);
    if (value === undefined) values.delete(field);
    else values.set(field, value);
  }

  /** Runs the field's onChange action, if it has one. */
  changed(field: string): Promise<Panel> {
    const action = changeAction(this.shown().card, field);
    const done = action ? this.act(action, {}) : Promise.resolve(this.panel());
    this.changing = done;
    return done;
  }

  /** What the field offers for what was typed so far. */
  async suggest(field: string, typed: string): Promise<string[]> {
    await this.fill(field, typed);
    const { card, values } = this.shown();
    const inputs = [...(card.sections ?? [])].flatMap(({ widgets = [] }) => widgets);
    const input = inputs.find((one) => one.type === 'TextInput' && one.fieldName === field);
    if (input?.type !== 'TextInput') throw new Error(`The card has no text field "${field}".`);
    const { suggestionsAction: action, suggestions } = input;
    if (!action) return suggestions?.suggestions ?? [];
    const ask = { name: action.functionName, by: 'suggestions', parameters: action.parameters } as const;
    const [response] = (await this.run({ ...ask, formInputs: formInputs(card, values) })) ?? [];
    const { suggestions: given } = (response ?? {}) as { suggestions?: { suggestions?: string[] } };
    return given?.suggestions ?? [];
  }

  back(): Panel {
    // An error or a prompt covers the card; the arrow takes that away first.
    const covered = this.after.crash !== null || this.after.authorization !== null;
    this.settle();
    if (!covered) this.stack.pop();
    return this.panel();
  }

  /** The panel as a whole page. @param script address of the script that makes it live; none by default */
  html(script?: string): string {
    return panelHtml({ ...this.look(), ...(script !== undefined && { script }) });
  }

  /** What is in the page's `#panel`. */
  body(): string {
    return panelBody(this.look());
  }

  /** Where a link of the add-on leads on this machine. */
  toLocal(url: string): string {
    return localAddress(this.options.backend, url) ?? url;
  }

  /** Fetches hang until the run's time is over. */
  hang(on: boolean): void {
    this.outside.hangs = on;
  }

  /** The person's authorization has lapsed: triggers still fire, `getAuthorizationInfo` says REQUIRED. */
  lapse(on: boolean): void {
    this.outside.lapsed = on;
  }

  /** An event of the calendar changed: its calendar triggers fire. @returns what crashed, for each trigger that ran */
  async fireTriggers(calendarId: string): Promise<(string | null)[]> {
    const fired = this.kept.triggers.filter((trigger) => trigger.calendarId === calendarId);
    const outcomes = await Promise.all(
      fired.map(({ id, handler }) =>
        this.runs.run({ function: handler, event: { authMode: 'FULL', calendarId, triggerUid: id } }),
      ),
    );
    for (const outcome of outcomes) note(this.log, outcome);
    return outcomes.map(({ error }) => error?.message ?? null);
  }

  /** Ends the threads. The host runs no more. */
  async close(): Promise<void> {
    await this.runs.stop();
  }

  private look(): PanelShown {
    const { locale = 'en' } = this.options;
    const { manifest, stack, zone } = this;
    return {
      manifest,
      stack,
      panel: this.panel(),
      view: this.view,
      locale,
      zone,
      toLocal: (url) => this.toLocal(url),
    };
  }

  private shown() {
    const { top } = this.stack;
    if (!top || !('card' in top)) throw new Error('The panel shows no card.');
    return top;
  }

  private targets(): Target[] {
    const { card } = this.panel();
    if (!card) throw new Error(`The panel shows no card: ${this.after.crash ?? this.panel().text}`);
    return targetsOf(card);
  }

  private choose(index: number): Promise<Panel> {
    const { top } = this.stack;
    const card = top && 'list' in top ? top.list[index] : undefined;
    if (!card) throw new Error('There is no such card to choose.');
    this.stack.push(card);
    this.settle();
    return Promise.resolve(this.panel());
  }

  private press({ click, disabled, parameters = {}, labels }: Target): Promise<Panel> {
    if (disabled) throw new Error(`"${labels[0] ?? ''}" is disabled.`);
    if (click.openLink) return Promise.resolve(this.follow(click.openLink));
    if (click.authorizationAction) {
      const url = click.authorizationAction.authorizationUrl;
      this.settle({ link: { type: 'OpenLink', url, onClose: 'RELOAD_ADD_ON' } });
      return Promise.resolve(this.panel());
    }
    const action = click.onClickAction ?? click.onClickOpenLinkAction;
    if (!action) throw new Error(`"${labels[0] ?? ''}" does nothing.`);
    return this.act(action, parameters, click.onClickAction === undefined);
  }

  private follow(link: OpenLink): Panel {
    if (!isCovered(link.url, this.manifest.addOns.common.openLinkUrlPrefixes))
      return this.refuse(`The link ${link.url} is outside openLinkUrlPrefixes of the manifest.`);
    this.settle({ link });
    return this.panel();
  }

  private async act(action: Action, more: Record<string, string>, mustOpen = false): Promise<Panel> {
    const { card, values } = this.shown();
    const blocked = blockedBy(card, values, action);
    if (blocked !== undefined) {
      this.settle({ blocked });
      return this.panel();
    }
    const { functionName: name, parameters = {}, persistValues = false } = action;
    const inputs = formInputs(card, values);
    await this.changing;
    const given = { ...parameters, ...more };
    const answer = await this.run({ name, by: 'widget', parameters: given, formInputs: inputs });
    const response = answer?.[0] as ActionResponse | undefined;
    if (!response) return this.panel();
    if (mustOpen && !response.openLink) return this.refuse(`${name} must answer with an openLink.`);
    try {
      this.stack.apply(response, persistValues);
    } catch (error) {
      return this.refuse((error as Error).message);
    }
    this.after.notification = response.notification?.text ?? null;
    this.after.link = response.openLink ?? null;
    this.after.stateChanged = response.stateChanged ?? false;
    return this.panel();
  }

  private async trigger(name: string): Promise<Panel> {
    this.stack.reset([]);
    const cards = await this.run({ name, by: 'trigger' });
    if (cards) this.stack.reset(cards as unknown as Card[]);
    return this.panel();
  }

  /** Runs a function; `after` is what came of it, the answer is there unless something went wrong. */
  private async run(asked: Omit<Asked, 'open'>): Promise<Node[] | undefined> {
    const { locale = 'en', platform = 'WEB' } = this.options;
    const { runs, manifest, log, outside, zone, opened: open } = this;
    const caller = { runs, manifest, log, person: { locale, zone, platform }, now: outside.now };
    const { nodes, after } = await callBack(caller, { ...asked, open });
    this.settle(after);
    return nodes;
  }

  private settle(after: Partial<After> = {}): void {
    this.after = { ...nothingAfter(), ...after };
    this.views++;
  }

  /** What no run can be blamed for, but Google refuses. */
  private refuse(crash: string): Panel {
    this.settle({ refusals: [...this.after.refusals, crash], crash });
    this.log.refusals.push(crash);
    return this.panel();
  }
}
