// What a booking goes against, in words: in the audit these are codes of reasons.
import { listed, type Phrase } from '../phrase.ts';

const overridden: Record<string, Phrase> = {
  past: { en: 'time that has passed', nb: 'tid som er passert' },
  notice: { en: 'notice', nb: 'varsel' },
  horizon: { en: 'how far ahead', nb: 'hvor langt frem' },
  off_grid: { en: 'the times that are offered', nb: 'tidene som tilbys' },
  repeated: { en: 'the times that are offered', nb: 'tidene som tilbys' },
  cutoff: { en: 'the deadline for customers', nb: 'fristen for kunder' },
  block: { en: 'time that is taken in the calendar', nb: 'tid som er opptatt i kalenderen' },
  unread: { en: 'a calendar that is not known', nb: 'en kalender som ikke er kjent' },
  limit_day: { en: 'the limit of the day', nb: 'grensen for dagen' },
  limit_week: { en: 'the limit of the week', nb: 'grensen for uken' },
};
const hours: Phrase = { en: 'opening hours', nb: 'åpningstid' };

/** What was overridden, each once. */
export const overriddenWords = (codes: readonly string[], locale: 'en' | 'nb'): string =>
  listed(locale, [...new Set(codes.map((code) => (overridden[code] ?? hours)[locale]))]);
