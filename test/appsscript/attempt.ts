// A host whose homepage runs any code a test gives it, for looking at one service or one rule at a time.
import type { Host } from './host.ts';
import type { Setting } from './setting.ts';

const CODE = `
function onTry(e) {
  var given = eval(PropertiesService.getScriptProperties().getProperty('code'));
  return given === undefined || given === null ? card('Tried', [CardService.newTextParagraph().setText('done')]) : given;
}
function told(value) { console.log(JSON.stringify(value)); }
function section(widget) { return CardService.newCardSection().addWidget(widget); }
function shown(widget) { return CardService.newCardBuilder().addSection(section(widget)).build(); }
function act() { return CardService.newAction().setFunctionName('onNothing'); }
`;

export type Trying = Parameters<Setting['host']>[0];

export async function tryingHost(setting: Setting, options: Trying = {}): Promise<Host> {
  const manifest = (text: string) => (options.manifest ?? same)(text.replace('"onHomepage"', '"onTry"'));
  return setting.host({ ...options, code: CODE + (options.code ?? ''), manifest });
}

const same = (text: string) => text;

/** Why Google refuses this code; null if it does not. */
export async function refusalOf(host: Host, code: string): Promise<string | null> {
  host.kept.scriptProperties.set('code', code);
  const { crash, refusals } = await host.home();
  // A refusal is thrown into the add-on, so what nothing catches is a crash with the same words.
  return refusals.at(-1) ?? crash;
}

/** What the code tells with `told(value)`; the last of it. */
export async function toldBy(host: Host, code: string): Promise<unknown> {
  host.kept.scriptProperties.set('code', `told(${code});null`);
  host.log.clear();
  const { crash } = await host.home();
  if (crash !== null) throw new Error(crash);
  return JSON.parse(host.log.lines.at(-1) ?? 'null');
}
