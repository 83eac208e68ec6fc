// Where a browser ends after a consent that a client of the API asked for and named no page for: what came of it.
import { type Outcome, wordsOf } from '../accounts/outcome.ts';
import type { Phrase } from '../phrase.ts';
import type { Frame, Page } from './panel.ts';
import { html, inWords } from './panel-html.ts';

const phrases = {
  connected: { en: 'Connected', nb: 'Tilkoblet' },
  connectedWhat: {
    en: 'The Google account is connected. You can close this page.',
    nb: 'Google-kontoen er koblet til. Du kan lukke denne siden.',
  },
  refused: { en: 'Connecting a Google account', nb: 'Tilkobling av Google-konto' },
} satisfies Record<string, Phrase>;

export function outcomePage({ locale }: Frame, { refused }: Outcome): Page {
  const t = inWords(phrases, locale);
  const words = refused ? wordsOf(refused, locale) : t('connectedWhat');
  return { title: t(refused ? 'refused' : 'connected'), body: html`<p>${words}</p>` };
}
