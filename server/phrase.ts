// What is said to people, in each language: phrases with {braces} to fill.

export type Phrase = Record<'en' | 'nb', string>;

/** The sentence, with its braces filled; what has no value is left out. */
export const fill = (phrase: string, values: Record<string, unknown>): string =>
  phrase.replace(/\{(\w+)\}/g, (_, key: string) => String(values[key] ?? ''));

/** `Anna, Bert and Room 1`. */
export const listed = (locale: keyof Phrase, names: readonly string[]): string =>
  new Intl.ListFormat(locale, { type: 'conjunction' }).format(names);
