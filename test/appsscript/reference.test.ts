// The two packages of types agree on what the host offers: each is the other's witness.
import { describe, expect, test } from 'vitest';
import { parseReference, readReference } from './reference.ts';

const FILES = ['card-service', 'script', 'cache', 'properties', 'url-fetch', 'utilities', 'lock', 'base'];

/** What is newer in the one than in the other, or cannot be counted: `formatString` and `log` take any number of values. */
const KNOWN_TO_DIFFER = ['ScriptApp.getAuthorizationInfo', 'Utilities.formatString', 'Logger.log'];
/** google-facts 2.5: what the older package has and Google has taken away since. */
const GONE = ['DecoratedText.setIcon', 'DecoratedText.setIconAltText', 'DecoratedText.setIconUrl'];

describe('the types of Apps Script', () => {
  test.each(FILES)('%s: every method of the one is in the other, with as many parameters', (file) => {
    const [ours, witness] = [readReference(file), readReference(file, '@types/google-apps-script')];
    const differing: string[] = [];
    for (const [name, { methods }] of Object.entries(witness.classes))
      for (const [key, method] of Object.entries(methods)) {
        const counts = (signatures = method.signatures) =>
          [...new Set(signatures.map(({ params }) => params.length))].sort().join();
        // The language's own, such as Date, is in one package only.
        if (!ours.classes[name] && file === 'base') continue;
        const found = ours.classes[name]?.methods[key];
        if (!found || counts(found.signatures) !== counts()) differing.push(`${name}.${key}`);
      }
    // Where the packages differ the newer rules; what it lacks an add-on cannot call here.
    expect(differing.filter((name) => !GONE.includes(name) && !KNOWN_TO_DIFFER.includes(name))).toEqual([]);
  });

  test('enum values agree, but for those that are newer', () => {
    const [ours, witness] = [
      readReference('card-service'),
      readReference('card-service', '@types/google-apps-script'),
    ];
    for (const [name, { values }] of Object.entries(witness.enums))
      expect(ours.enums[name]?.values).toEqual(expect.arrayContaining(values));
  });

  test('what is for Chat, a preview or a closed programme is known as such', () => {
    const { classes } = readReference('card-service');
    const closed = Object.entries(classes).flatMap(([name, { closed }]) => (closed ? [name] : []));
    expect(closed).toEqual(
      expect.arrayContaining(['Chip', 'ChipList', 'OverflowMenu', 'Carousel', 'Dialog', 'CardWithId']),
    );
    expect(closed).not.toContain('DecoratedText');
    expect(closed).not.toContain('Columns');
  });

  test('required setters and scopes are read from the documentation', () => {
    const { classes } = readReference('card-service');
    const required = Object.entries(classes.TextInput!.methods).filter(([, { required }]) => required);
    expect(required.map(([name]) => name)).toEqual(['setFieldName', 'setTitle']);
    expect(readReference('url-fetch').classes.UrlFetchApp!.methods.fetch!.signatures[0]!.scopes).toEqual([
      'https://www.googleapis.com/auth/script.external_request',
    ]);
  });

  test('a declaration broken over lines is one', () => {
    const { classes } = parseReference(
      'interface A {\n  move(\n    from: string,\n    to: string,\n  ): void;\n}',
    );
    expect(classes.A?.methods.move?.signatures).toEqual([
      { params: ['string', 'string'], returns: 'void', scopes: [] },
    ]);
  });
});
