// What is kept of a business, in the panel: how much of what, and how to have it out or have it deleted.

import { sql } from 'drizzle-orm';
import type { Phrase } from '../phrase.ts';
import { at, owns, type Page, type View } from './panel.ts';
import { type Html, html, inWords } from './panel-html.ts';
import { section } from './panel-parts.ts';

const phrases = {
  title: { en: 'Data', nb: 'Data' },
  kept: { en: 'What is kept', nb: 'Hva som lagres' },
  bookings: { en: 'Bookings, with their history: {n}', nb: 'Bookinger, med historikk: {n}' },
  customers: {
    en: 'Customers (name, mail address, phone): {n}',
    nb: 'Kunder (navn, e-postadresse, telefon): {n}',
  },
  members: {
    en: 'Members (name, mail address, role): {n}',
    nb: 'Medlemmer (navn, e-postadresse, rolle): {n}',
  },
  events: {
    en: 'Events of followed calendars that are no bookings: {n}. Of these only times and flags are kept, and whom they block.',
    nb: 'Hendelser i fulgte kalendere som ikke er bookinger: {n}. Av disse lagres bare tider og merker, og hvem de blokkerer.',
  },
  titles: {
    en: 'Their titles are kept as well: this business chose so.',
    nb: 'Titlene lagres også: det har virksomheten valgt.',
  },
  noTitles: { en: 'Their titles are not kept.', nb: 'Titlene lagres ikke.' },
  accounts: {
    en: 'Google accounts: {n}. The key that Google gave for each is sealed, and forgotten when it is disconnected.',
    nb: 'Google-kontoer: {n}. Nøkkelen fra Google er forseglet, og glemmes når kontoen kobles fra.',
  },
  log: {
    en: 'A log of each step with Google, without personal data, for {days} days.',
    nb: 'En logg over hvert steg mot Google, uten personopplysninger, i {days} dager.',
  },
  noLog: { en: 'No log of the steps with Google.', nb: 'Ingen logg over stegene mot Google.' },
  export: { en: 'Have it out', nb: 'Få det ut' },
  exportHow: {
    en: 'An owner can fetch everything through the API: bookings, customers, services, resources and settings, as JSON, with a key that owners make. Whoever runs this server can hand out a copy of the database.',
    nb: 'En eier kan hente alt gjennom API-et: bookinger, kunder, tjenester, ressurser og innstillinger, som JSON, med en nøkkel som eiere lager. Den som drifter serveren, kan gi ut en kopi av databasen.',
  },
  keys: { en: 'API keys', nb: 'API-nøkler' },
  api: { en: 'What the API answers', nb: 'Hva API-et svarer på' },
  delete: { en: 'Have it deleted', nb: 'Få det slettet' },
  deleteFirst: {
    en: 'Disconnect the Google accounts: nothing more is read or written, what was read of their calendars is deleted here, and the events of bookings too if you choose so.',
    nb: 'Koble fra Google-kontoene: ingenting mer leses eller skrives, det som er lest fra kalenderne slettes her, og hendelsene for bookinger også om du velger det.',
  },
  accountsLink: { en: 'Google accounts', nb: 'Google-kontoer' },
  deleteRest: {
    en: 'Then an owner asks whoever runs this server to delete the business. How, and how long that takes:',
    nb: 'Deretter ber en eier den som drifter serveren, om å slette virksomheten. Hvordan, og hvor lang tid det tar:',
  },
  deletion: { en: 'Data deletion', nb: 'Sletting av data' },
  privacy: { en: 'Privacy', nb: 'Personvern' },
} satisfies Record<string, Phrase>;

interface Counts extends Record<string, unknown> {
  bookings: number;
  customers: number;
  members: number;
  events: number;
  accounts: number;
  titles: boolean;
  log: boolean;
  days: number;
}

export async function dataPage(view: View): Promise<Page> {
  const t = inWords(phrases, view.locale);
  const counts = await countAll(view);
  const page = (path: string) => `${view.base}${path}?lang=${view.locale}`;
  const lines = [
    t('bookings', { n: counts.bookings }),
    t('customers', { n: counts.customers }),
    t('members', { n: counts.members }),
    `${t('events', { n: counts.events })} ${t(counts.titles ? 'titles' : 'noTitles')}`,
    t('accounts', { n: counts.accounts }),
    counts.log ? t('log', { days: counts.days }) : t('noLog'),
  ];
  const kept = html`<div class="card"><ul class="figures">${lines.map((words) => html`<li>${words}</li>`)}</ul><p><a href="${page('/privacy')}">${t('privacy')}</a></p></div>`;
  const keys = owns(view) && html`<p><a href="${at(view, '/keys')}">${t('keys')}</a></p>`;
  const out = html`<p>${t('exportHow')}</p>${keys}<p><a href="${view.base}/docs">${t('api')}</a></p>`;
  const gone: Html = html`<p>${t('deleteFirst')} <a href="${at(view, '/connect')}">${t('accountsLink')}</a></p><p>${t('deleteRest')} <a href="${page('/data-deletion')}">${t('deletion')}</a></p>`;
  return {
    title: t('title'),
    body: html`${section(t('kept'), kept)}${section(t('export'), out, 'api')}${section(t('delete'), gone)}`,
  };
}

async function countAll({ context, staffer }: View): Promise<Counts> {
  const { id } = staffer.business;
  const many = (table: string) =>
    sql`(select count(*)::int from ${sql.identifier(table)} t where t.business_id = b.id)`;
  const [row] = await context.db.execute<Counts>(sql`
    select ${many('bookings')} as bookings, ${many('customers')} as customers, ${many('members')} as members,
        ${many('events')} as events,
        (select count(*)::int from accounts a where a.business_id = b.id and a.state <> 'disconnected') as accounts,
        (b.settings->>'keepTitles')::boolean as titles, (b.settings->>'log')::boolean as log,
        (b.settings->>'logDays')::int as days
      from businesses b where b.id = ${id}`);
  return row!;
}
