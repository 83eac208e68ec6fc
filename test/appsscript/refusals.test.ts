// What Google refuses the host refuses, with the rule in its words.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusalOf, tryingHost } from './attempt.ts';
import type { Host } from './host.ts';
import { makeSetting, type Setting } from './setting.ts';

let setting: Setting;
let host: Host;
beforeAll(async () => {
  setting = await makeSetting();
  host = await tryingHost(setting);
});
afterAll(() => setting.stop());

const BUTTON = "CardService.newTextButton().setText('x')";
const HEADER = "CardService.newCardHeader().setTitle('x')";

describe('cards', () => {
  test.each([
    // [what, code, words of the rule]
    ['an unknown method of CardService', 'CardService.newFoo()', /CardService has no "newFoo"/],
    [
      'an unknown method of a widget',
      'CardService.newTextButton().setTxt("x")',
      /TextButton has no "setTxt"/,
    ],
    ['an unknown enum', 'CardService.Foo', /CardService has no "Foo"/],
    ['an unknown enum value', 'CardService.Icon.CHEESE', /Icon has no "CHEESE"/],
    ['a string for an enum', `${BUTTON}.setTextButtonStyle('FILLED')`, /don't match the method signature/],
    ['a value of another enum', `${BUTTON}.setTextButtonStyle(CardService.Icon.EMAIL)`, /don't match/],
    ['a number for a text', 'CardService.newTextParagraph().setText(5)', /parameters \(number\) don't match/],
    ['no argument', 'CardService.newTextParagraph().setText()', /don't match/],
    [
      'a widget of another kind',
      'CardService.newButtonSet().addButton(CardService.newDivider())',
      /don't match/,
    ],
    [
      'a card that is not built',
      'CardService.newNavigation().pushCard(CardService.newCardBuilder())',
      /don't match/,
    ],
    ['what only Chat has', 'CardService.newCardWithId()', /only Chat has it/],
    ['a developer preview', 'CardService.newChipList()', /developer preview/],
    ['a preview of a known class', 'CardService.newTextParagraph().setMaxLines(2)', /developer preview/],
    ['what is deprecated', "act().setMethodName('x')", /deprecated/],
    ['what Gmail has', 'CardService.newComposeActionResponseBuilder()', /Calendar has no use for it/],
    [
      'an unknown callback',
      `shown(${BUTTON}.setOnClickAction(CardService.newAction().setFunctionName('nobody')))`,
      /"nobody" is not a top-level function/,
    ],
    [
      'a service as callback',
      `shown(${BUTTON}.setOnClickAction(CardService.newAction().setFunctionName('eval')))`,
      /not a top-level function/,
    ],
    [
      'an action without a function',
      `shown(${BUTTON}.setOnClickAction(CardService.newAction()))`,
      /functionName is required/,
    ],
    ['a parameter that is a number', 'act().setParameters({ n: 1 })', /must be strings.*: n/],
    ['a parameter that is null', 'act().setParameters({ a: "x", n: null })', /must be strings.*: n/],
    ['a card of nothing', 'CardService.newCardBuilder().build()', /blank/],
    [
      'a section of nothing',
      'CardService.newCardBuilder().addSection(CardService.newCardSection()).build()',
      /at least one widget/,
    ],
    [
      '101 sections',
      `var b = CardService.newCardBuilder(); for (var i = 0; i < 101; i++) b.addSection(section(CardService.newDivider())); b.build()`,
      /101 sections, Google allows 100/,
    ],
    [
      '101 widgets',
      `var s = CardService.newCardSection(); for (var i = 0; i < 101; i++) s.addWidget(CardService.newDivider()); CardService.newCardBuilder().addSection(s).build()`,
      /101 widgets, Google allows 100/,
    ],
    [
      'a header without a title',
      'CardService.newCardBuilder().setHeader(CardService.newCardHeader()).build()',
      /title is required/,
    ],
    [
      'a text input without a name',
      "shown(CardService.newTextInput().setTitle('x'))",
      /fieldName is required/,
    ],
    [
      'a text input without a title',
      "shown(CardService.newTextInput().setFieldName('x'))",
      /title is required/,
    ],
    [
      'a decorated text without a text',
      "shown(CardService.newDecoratedText().setTopLabel('x'))",
      /text is required/,
    ],
    ['a paragraph of blanks', "shown(CardService.newTextParagraph().setText('  '))", /text is required/],
    [
      'a selection without a type',
      "shown(CardService.newSelectionInput().setFieldName('x').addItem('a', 'a', true))",
      /type is required/,
    ],
    [
      'a selection without a name',
      'shown(CardService.newSelectionInput().setType(CardService.SelectionInputType.DROPDOWN))',
      /fieldName is required/,
    ],
    [
      'a notice without words',
      'CardService.newActionResponseBuilder().setNotification(CardService.newNotification()).build()',
      /text is required/,
    ],
    [
      'two radio buttons chosen',
      "shown(CardService.newSelectionInput().setFieldName('x').setType(CardService.SelectionInputType.RADIO_BUTTON).addItem('a', 'a', true).addItem('b', 'b', true))",
      /2 items selected/,
    ],
    [
      'one name for two fields',
      "CardService.newCardBuilder().addSection(section(CardService.newDatePicker().setFieldName('x'))).addSection(section(CardService.newTimePicker().setFieldName('x'))).build()",
      /"x" is used twice/,
    ],
    ['a button that does nothing', `shown(${BUTTON})`, /does nothing/],
    [
      'a button with two clicks',
      `shown(${BUTTON}.setOnClickAction(act()).setOpenLink(CardService.newOpenLink().setUrl('https://app.example.test/')))`,
      /only one of onClickAction, openLink/,
    ],
    [
      'a row with a button and a switch',
      `shown(CardService.newDecoratedText().setText('x').setButton(${BUTTON}.setOnClickAction(act())).setSwitchControl(CardService.newSwitch().setFieldName('s')))`,
      /only one of button/,
    ],
    [
      'three columns',
      "var c = function () { return CardService.newColumn().addWidget(CardService.newTextParagraph().setText('x')) }; shown(CardService.newColumns().addColumn(c()).addColumn(c()).addColumn(c()))",
      /3 columns/,
    ],
    [
      'a grid in a column',
      "shown(CardService.newColumns().addColumn(CardService.newColumn().addWidget(CardService.newGrid().addItem(CardService.newGridItem().setTitle('x')))))",
      /Grid cannot stand in a column/,
    ],
    [
      'a footer without its first button',
      `CardService.newCardBuilder().setHeader(${HEADER}).setFixedFooter(CardService.newFixedFooter()).build()`,
      /needs a primary button/,
    ],
    [
      'a picture by http',
      "shown(CardService.newImage().setAltText('x').setImageUrl('http://app.example.test/a.png'))",
      /imageUrl must be https/,
    ],
    [
      'a picture without words',
      "shown(CardService.newImage().setImageUrl('https://app.example.test/a.png'))",
      /altText is required/,
    ],
    [
      'an icon by http',
      "shown(CardService.newDecoratedText().setText('x').setStartIcon(CardService.newIconImage().setIconUrl('http://a.example/i.png')))",
      /iconUrl must be https/,
    ],
    [
      'a link elsewhere',
      `shown(${BUTTON}.setOpenLink(CardService.newOpenLink().setUrl('https://elsewhere.example/')))`,
      /outside openLinkUrlPrefixes/,
    ],
    [
      'a link that begins alike',
      `shown(${BUTTON}.setOpenLink(CardService.newOpenLink().setUrl('https://app.example.test.evil.example/')))`,
      /outside openLinkUrlPrefixes/,
    ],
    [
      'a mail link to open',
      `shown(${BUTTON}.setOpenLink(CardService.newOpenLink().setUrl('mailto:a@b.example')))`,
      /outside openLinkUrlPrefixes/,
    ],
    [
      'a link elsewhere in a text',
      'shown(CardService.newTextParagraph().setText(\'<a href="https://elsewhere.example/">x</a>\'))',
      /outside openLinkUrlPrefixes/,
    ],
    ['an answer of nothing', 'CardService.newActionResponseBuilder().build()', /does nothing/],
    [
      'a colour that is none',
      `shown(${BUTTON}.setOnClickAction(act()).setBackgroundColor('red'))`,
      /not #rgb/,
    ],
  ])('%s', async (_, code, rule) => {
    expect(await refusalOf(host, code)).toMatch(rule);
  });

  test.each([
    [
      'mail and phone in a text',
      `shown(CardService.newTextParagraph().setText('<a href="mailto:a@b.example">a</a> <a href="tel:+4712345678">b</a>'))`,
    ],
    [
      '100 sections',
      `var b = CardService.newCardBuilder(); for (var i = 0; i < 100; i++) b.addSection(section(CardService.newDivider())); b.build()`,
    ],
    [
      'parameters that look like a card',
      `shown(${BUTTON}.setOnClickAction(act().setParameters({ type: 'Card', url: 'http://x' })))`,
    ],
    ['a header alone', `CardService.newCardBuilder().setHeader(${HEADER}).build()`],
    [
      'no empty field refuses an empty value',
      "shown(CardService.newTextInput().setFieldName('x').setTitle('x').setValue(''))",
    ],
  ])('fine: %s', async (_, code) => {
    expect(await refusalOf(host, code)).toBeNull();
  });

  test('a builder that changes after build() changes no card', async () => {
    const code = `var b = CardService.newCardBuilder().setHeader(${HEADER}); var c = b.build(); b.setName('later'); told(JSON.parse(c.printJson())); c`;
    expect(await refusalOf(host, code)).toBeNull();
    expect(host.log.lines.at(-1)).not.toContain('later');
  });

  test('an error is an Error of the add-on, and is remembered though it was caught', async () => {
    host.log.clear();
    const code =
      'try { CardService.newFoo() } catch (e) { told([e instanceof Error, e.name, String(e).slice(0, 9)]) } null';
    host.kept.scriptProperties.set('code', code);
    const panel = await host.home();
    expect(panel.crash).toBeNull();
    expect(host.log.lines).toEqual(['[true,"Exception","Exception"]']);
    expect(host.log.refusals).toHaveLength(1);
  });
});

describe('what a function returns', () => {
  test.each([
    [
      'a trigger: nothing',
      '(function () { return undefined })(); 5',
      /onTry must return Card, one or several; it returned number 5/,
    ],
    ['a trigger: no cards', '[]', /it returned no cards/],
    ['a trigger: an ActionResponse', "notify('x')", /it returned ActionResponse/],
    ['a trigger: a builder', 'CardService.newCardBuilder()', /it returned CardBuilder/],
  ])('%s', async (_, code, rule) => expect(await refusalOf(host, code)).toMatch(rule));

  test('a widget: a card is none of its answers', async () => {
    const other = await tryingHost(setting, {
      code: 'function onCard() { return shown(CardService.newDivider()) }',
    });
    await refusalOf(
      other,
      `shown(${BUTTON}.setOnClickAction(CardService.newAction().setFunctionName('onCard')))`,
    );
    const panel = await other.click('x');
    expect(panel.crash).toMatch(/onCard must return ActionResponse .* it returned Card/);
  });

  test('a universal action: a card is none of its answers', async () => {
    const other = await setting.host({ code: 'function onSettings() { return onEventUpdate() }' });
    expect((await other.universal('Settings')).crash).toMatch(
      /must return UniversalActionResponse; it returned Card/,
    );
  });

  test('navigation to a card that is not there', async () => {
    const code = `function onPop() { return CardService.newActionResponseBuilder().setNavigation(CardService.newNavigation().popToNamedCard('x')).build() }`;
    const other = await tryingHost(setting, { code });
    await refusalOf(
      other,
      `shown(${BUTTON}.setOnClickAction(CardService.newAction().setFunctionName('onPop')))`,
    );
    expect((await other.click('x')).crash).toMatch(/no card named "x"/);
  });
});

describe('manifests', () => {
  const refused = (manifest: (text: string) => string, code?: string) =>
    expect(setting.host({ manifest, ...(code !== undefined && { code }) })).rejects;
  test.each([
    [
      'http to fetch',
      ['"urlFetchWhitelist": ["https:', '"urlFetchWhitelist": ["http:'],
      /must begin with https/,
    ],
    ['no path', ['test/"],\n  "addOns', 'test"],\n  "addOns'], /needs a path/],
    [
      'a lone star to fetch',
      ['"urlFetchWhitelist": ["https://app.example.test/"]', '"urlFetchWhitelist": ["*"]'],
      /a lone \*/,
    ],
    [
      'a star in the middle',
      ['"urlFetchWhitelist": ["https://app.', '"urlFetchWhitelist": ["https://app.*.'],
      /only one \*\./,
    ],
    ['no name', ['"name": "Sample"', '"name": ""'], /name is required/],
    ['access without its scope', ['"READ"', '"READ_WRITE"'], /current\.event\.write/],
    [
      'a function that is not there',
      ['"onEventOpen"', '"onNothingAtAll"'],
      /the bundle lacks: onNothingAtAll/,
    ],
  ] as const)('%s', async (_, [from, to], rule) => {
    await refused((text) => text.replace(from, to)).toThrow(rule);
  });

  test('a bundle that does not parse', () =>
    refused((text) => text, 'function (').toThrow(/does not load: SyntaxError/));
});
