// What went wrong, told to a person: a page of its own, or a sentence beside the form it is about.

import type { FastifyReply } from 'fastify';
import type { Locale } from '../accounts/words.ts';
import { answerTo, Refusal, type RefusalCode } from '../errors.ts';
import type { Phrase } from '../phrase.ts';
import { failureWords } from '../sidebar/words.ts';
import { at, bare, type Frame } from './panel.ts';
import { type Html, html, inWords } from './panel-html.ts';
import type { Change } from './session.ts';

/** A refusal of the panel's own: said in the person's language, beside the field it is about. */
export const refuse = (code: RefusalCode, words: Phrase, field?: string): Refusal =>
  new Refusal(code, words.en, { words, field });

const phrases = {
  outTitle: { en: 'You are not signed in', nb: 'Du er ikke logget inn' },
  out: {
    en: 'Sign in here, or open this panel from Sidebook in Google Calendar: choose Sidebook in the side panel, then “Control panel” in its menu. You stay signed in for 12 hours.',
    nb: 'Logg inn her, eller åpne panelet fra Sidebook i Google Kalender: velg Sidebook i sidepanelet og så «Kontrollpanel» i menyen. Du er logget inn i 12 timer.',
  },
  signIn: { en: 'Sign in', nb: 'Logg inn' },
  again: { en: 'Try again', nb: 'Prøv igjen' },
  spentTitle: { en: 'This link was used, or is too old', nb: 'Denne lenken er brukt, eller for gammel' },
  spent: {
    en: 'A link from Sidebook into this panel works once, and for a minute. Go back to Google Calendar and open it again from there.',
    nb: 'En lenke fra Sidebook til dette panelet virker én gang, og i ett minutt. Gå tilbake til Google Kalender og åpne den derfra på nytt.',
  },
  changeTitle: { en: 'Go on as somebody else?', nb: 'Fortsette som en annen?' },
  changeHere: {
    en: 'In this browser {name} ({email}) is signed in, at {business}.',
    nb: 'I denne nettleseren er {name} ({email}) logget inn, hos {business}.',
  },
  enterTitle: { en: 'Is this you?', nb: 'Er dette deg?' },
  enterWhat: {
    en: 'This browser was never in this panel as this person, so you are asked once.',
    nb: 'Denne nettleseren har aldri vært i dette panelet som denne personen, derfor blir du spurt én gang.',
  },
  changeComing: {
    en: 'This link is for {name} ({email}), at {business}. If somebody sent it to you, do not go on: what you connect there would be theirs.',
    nb: 'Denne lenken er for {name} ({email}), hos {business}. Har noen sendt deg den, så la være: det du kobler til der, blir deres.',
  },
  changeGo: { en: 'Go on as {name}', nb: 'Fortsett som {name}' },
  changeStay: { en: 'Stay {name}', nb: 'Forbli {name}' },
  goOn: {
    en: 'You are still signed in here: go on to the panel',
    nb: 'Du er fortsatt logget inn her: gå videre til panelet',
  },
  noTitle: { en: 'This is not yours to see or change', nb: 'Dette kan du ikke se eller endre' },
  no: {
    en: 'Owners and administrators may do this. Ask one of them, or go back.',
    nb: 'Eiere og administratorer kan gjøre dette. Spør en av dem, eller gå tilbake.',
  },
  owners: {
    en: 'Only owners may do this: ask one of them.',
    nb: 'Bare eiere kan gjøre dette: spør en av dem.',
  },
  formTitle: { en: 'This form was not accepted', nb: 'Skjemaet ble ikke godtatt' },
  form: {
    en: 'It did not come from this page, or the page is older than your session. Nothing was changed: open the page anew and try again.',
    nb: 'Det kom ikke fra denne siden, eller siden er eldre enn innloggingen. Ingenting ble endret: åpne siden på nytt og prøv igjen.',
  },
  goneTitle: { en: 'There is nothing here', nb: 'Her er det ingenting' },
  gone: {
    en: 'What you are looking for is gone, or is not yours to see.',
    nb: 'Det du leter etter er borte, eller er ikke ditt å se.',
  },
  otherTitle: { en: 'This did not work', nb: 'Dette gikk ikke' },
  failed: {
    en: 'Something failed on our side. Nothing was changed that you did not ask for: try again in a minute.',
    nb: 'Noe feilet hos oss. Ingenting er endret som du ikke ba om: prøv igjen om et minutt.',
  },
  home: { en: 'To the overview', nb: 'Til oversikten' },
  calendar: { en: 'Open Google Calendar', nb: 'Åpne Google Kalender' },
  // Beside fields
  email: {
    en: 'Write a whole mail address, such as kari@example.com.',
    nb: 'Skriv en hel e-postadresse, som kari@example.com.',
  },
  name: { en: 'Write a name of 1 to 200 letters.', nb: 'Skriv et navn på 1 til 200 tegn.' },
  delayMinutes: {
    en: 'Write a whole number of minutes from 0 to 1440.',
    nb: 'Skriv et helt antall minutter fra 0 til 1440.',
  },
  field: {
    en: 'This is not one of the choices: nothing was saved.',
    nb: 'Dette er ikke blant valgene: ingenting ble lagret.',
  },
} satisfies Record<string, Phrase>;

/** What a field wants. */
export const fieldFault = (field: string, locale: Locale): string =>
  phrases[field === 'email' || field === 'name' || field === 'delayMinutes' ? field : 'field'][locale];

/** A refusal in the person's language, and the field it is about, if that is known. */
export function sayRefusal(error: unknown, locale: Locale): { words: string; field?: string } {
  const { body } = answerTo(error);
  const { words, field } = (error instanceof Refusal ? (error.details ?? {}) : {}) as {
    words?: Phrase;
    field?: string;
  };
  if (words) return { words: words[locale], field };
  if (body.code === 'not_found') return { words: phrases.gone[locale] };
  return { words: failureWords(error, locale) };
}

/** A whole page for what cannot be said on another. */
export function answerFailure(reply: FastifyReply, frame: Frame, error: unknown): FastifyReply {
  const { status, body } = answerTo(error);
  const t = inWords(phrases, frame.locale);
  const { reason, words: own } = (body.details ?? {}) as { reason?: string; words?: Phrase };
  const known = own ? undefined : (byReason[reason ?? ''] ?? byStatus[status]);
  const words = known ? t(known[1]) : sayRefusal(error, frame.locale).words;
  const back = status === 401 ? waysIn(frame) : wayBack(frame);
  const text = bare(frame, { title: t(known?.[0] ?? 'otherTitle'), body: html`<p>${words}</p>${back}` });
  return reply.code(status).type('text/html; charset=utf-8').send(text);
}

/** Whoever signs in is brought to where they wanted to go. */
function waysIn(frame: Frame): Html {
  const { path } = frame.asked;
  const wanted = path.startsWith(at(frame, '/start')) ? '' : path.slice(at(frame, '').length);
  const to = wanted === '' ? '' : `?${new URLSearchParams({ to: wanted })}`;
  return html`<p><a class="button main" href="${at(frame, `/start${to}`)}">${inWords(phrases, frame.locale)('signIn')}</a></p>${toCalendar(frame)}`;
}

function wayBack(frame: Frame): Html {
  const t = inWords(phrases, frame.locale);
  const [to, words] = frame.asked.path.startsWith(at(frame, '/start'))
    ? (['/start', t('again')] as const)
    : (['', t('home')] as const);
  return html`<p><a class="button" href="${at(frame, to)}">${words}</a></p>`;
}

export const toCalendar = ({ locale }: Pick<Frame, 'locale'>): Html =>
  html`<p><a class="button" href="https://calendar.google.com/" rel="noreferrer">${inWords(phrases, locale)('calendar')}</a></p>`;

type Pair = readonly [title: keyof typeof phrases, words: keyof typeof phrases];
const byReason: Record<string, Pair> = { form: ['formTitle', 'form'], owners: ['noTitle', 'owners'] };
const byStatus: Record<number, Pair> = {
  401: ['outTitle', 'out'],
  403: ['noTitle', 'no'],
  404: ['goneTitle', 'gone'],
  500: ['otherTitle', 'failed'],
};

/** Whose link it is, before it makes the browser another person's. `form`: what the form carries. */
export function askToChange(
  reply: FastifyReply,
  frame: Frame,
  { change: { here, coming }, ticket, form }: { change: Change; ticket: string; form: string },
): FastifyReply {
  const t = inWords(phrases, frame.locale);
  const who = ({ name, email, business }: Change['coming']) => ({ name, email, business: business.name });
  const stay = here && html`<p><a href="${at(frame, '')}">${t('changeStay', who(here))}</a></p>`;
  const body = html`<p>${here ? t('changeHere', who(here)) : t('enterWhat')}</p><p>${t('changeComing', who(coming))}</p>
<form method="post" action="${at(frame, here ? '/change' : '/enter')}"><input type="hidden" name="form" value="${form}"><input type="hidden" name="ticket" value="${ticket}"><button>${t('changeGo', who(coming))}</button></form>
${stay}`;
  const text = bare(frame, { title: t(here ? 'changeTitle' : 'enterTitle'), body });
  return reply
    .code(here ? 409 : 200)
    .type('text/html; charset=utf-8')
    .send(text);
}

/** A ticket that opens nothing. `inside`: the browser has a session all the same. */
export function spentTicket(reply: FastifyReply, frame: Frame, inside: boolean): FastifyReply {
  const t = inWords(phrases, frame.locale);
  const on = inside
    ? html`<p><a class="button" href="${at(frame, '')}">${t('goOn')}</a></p>`
    : toCalendar(frame);
  const text = bare(frame, { title: t('spentTitle'), body: html`<p>${t('spent')}</p>${on}` });
  return reply.code(401).type('text/html; charset=utf-8').send(text);
}
