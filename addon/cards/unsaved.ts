// The card of an event that is being made: Calendar gives it no id before it is saved, so nothing can be said of it.
import { blockWords } from '../block-words.ts';
import type { Env } from '../env.ts';
import { frame, paragraph, section } from './widgets.ts';

export function unsavedCard(env: Env): GoogleAppsScript.Card.Card {
  const t = blockWords(env.locale);
  return frame(t.unsavedTitle)
    .addSection(section(undefined, [paragraph(t.unsaved)]))
    .build();
}
