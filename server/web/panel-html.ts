// HTML from templates: whatever is put into one is escaped, unless it came from one. And phrases in two languages.

import { localTime } from '../../shared/time.ts';
import type { Locale } from '../accounts/words.ts';
import { fill, type Phrase } from '../phrase.ts';

/** Text that is HTML already: only `html` makes it. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template: nothing is shown of null, undefined and false. */
export type Part = Html | string | number | null | undefined | false | readonly Part[];

export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(strings.reduce((text, string, i) => text + shown(parts[i - 1]) + string));
}

function shown(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(shown).join('');
  return String(part).replace(/[&<>"']/g, (sign) => signs[sign]!);
}
const signs: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

type Values = Record<string, string | number>;

/** Of a page's phrases, those in one language, with their braces filled: `const t = inWords(phrases, locale)`. */
export const inWords =
  <P extends Record<string, Phrase>>(phrases: P, locale: Locale) =>
  (key: keyof P, values: Values = {}): string =>
    fill(phrases[key]![locale], values);

/** An instant (ms since 1970) as the zone's clock reads it; the year only if it is not this one's. */
export function clock(
  { locale, zone, now }: { locale: Locale; zone: string; now: number },
  instant: number | string,
): string {
  const at = typeof instant === 'string' ? Date.parse(instant) : instant;
  // The zone's own clock has been read by now: what is left to say is a date of no zone.
  const [wall, today] = [at, now].map((one) => localTime(zone, one));
  const sameYear = wall!.slice(0, 4) === today!.slice(0, 4);
  return new Intl.DateTimeFormat(locale === 'nb' ? 'nb-NO' : 'en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    ...(!sameYear && { year: 'numeric' }),
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: 'UTC',
  }).format(Date.parse(`${wall}Z`));
}
