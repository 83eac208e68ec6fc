// The event of a booking while the server cannot be reached: what the event says, and that it can be acted on later.
import { blockWords } from '../block-words.ts';
import type { Env } from '../env.ts';
import { span } from '../when.ts';
import { frame, paragraph, row, section, short } from './widgets.ts';

/** As far as it is shown. */
interface Event {
  summary?: string | undefined;
  description?: string | undefined;
  location?: string | undefined;
}
interface When {
  /** ms since 1970 */
  start: number;
  end: number;
  allDay: boolean;
  zone: string;
}

export function awayBookingCard(
  { summary, description, location }: Event,
  { start, end, allDay, zone }: When,
  env: Env,
): GoogleAppsScript.Card.Card {
  const t = blockWords(env.locale);
  const times = { start: new Date(start).toISOString(), end: new Date(end).toISOString(), allDay };
  return frame(t.awayBooking, span(env, zone, times))
    .addSection(section(undefined, [paragraph(t.awayBookingWords)]))
    .addSection(
      section(undefined, [
        row({ text: summary ?? env.t.untitled, below: location }),
        description ? paragraph(short(plain(description), 2000)) : null,
      ]),
    )
    .build();
}

/** Google keeps descriptions in HTML: its lines stay lines. */
const plain = (html: string): string =>
  html
    .replace(/<(br|\/p|\/div|\/li)\b[^<>]*>/gi, '\n')
    .replace(/<[a-z/!][^<>]*>/gi, '')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&(quot|#34);/g, '"')
    .replace(/&(apos|#39);/g, "'")
    .replace(/&nbsp;/g, ' ')
    .replace(/&amp;/g, '&')
    .trim();
