// Who is linked to a calendar, in the panel: reads, writes, which; and linking all at once.

import * as z from 'zod';
import { Id } from '../../shared/api.ts';
import { listFollowed } from '../calendars/follow.ts';
import { linkAll, listLinks, setLinks } from '../calendars/links.ts';
import { writes as mayBeWritten } from '../calendars/roles.ts';
import { commit } from '../commit.ts';
import type { Transaction } from '../database/open.ts';
import type { Phrase } from '../phrase.ts';
import { listResources } from '../resources/resources.ts';
import { form, mayChange, type View } from './panel.ts';
import { type Html, html, inWords } from './panel-html.ts';
import { button, empty, section } from './panel-parts.ts';
import { type CalendarState, linksByCalendar } from './panel-state.ts';

const phrases = {
  title: { en: 'Who is linked to it', nb: 'Hvem er koblet til den' },
  what: {
    en: 'Reads: its events block the resource, by the rules below. Writes: bookings of the resource show here. A resource may read many calendars, and writes to one.',
    nb: 'Leser: hendelsene blokkerer ressursen, etter reglene under. Skriver: bookinger av ressursen vises her. En ressurs kan lese mange kalendere, og skriver til én.',
  },
  reads: { en: 'Reads', nb: 'Leser' },
  writes: { en: 'Writes', nb: 'Skriver' },
  elsewhere: {
    en: 'Writes to “{name}” now: tick to write here instead.',
    nb: 'Skriver nå til «{name}»: kryss av for å skrive hit i stedet.',
  },
  readOnly: {
    en: 'Bookings cannot be written to this calendar: the account may only read it.',
    nb: 'Bookinger kan ikke skrives til denne kalenderen: kontoen kan bare lese den.',
  },
  save: { en: 'Save links', nb: 'Lagre koblinger' },
  all: { en: 'Link all for reading', nb: 'Koble alle for lesing' },
  none: {
    en: 'There is nobody and nothing to link yet: resources are set up through the API for now.',
    nb: 'Det er ingen og ingenting å koble til ennå: ressurser settes foreløpig opp gjennom API-et.',
  },
  nobody: { en: 'Nobody is linked to it.', nb: 'Ingen er koblet til den.' },
  both: { en: 'reads and writes', nb: 'leser og skriver' },
  onlyReads: { en: 'reads', nb: 'leser' },
  onlyWrites: { en: 'writes', nb: 'skriver' },
  saved: {
    en: 'Saved. The calendar is being read; until that is done, newly linked resources count as taken.',
    nb: 'Lagret. Kalenderen leses nå; til det er gjort, regnes nykoblede ressurser som opptatt.',
  },
} satisfies Record<string, Phrase>;

/** Of one page of a form: more resources than that are linked through the API. */
const most = 500;

export async function linksSection(view: View, state: CalendarState): Promise<Html> {
  const t = inWords(phrases, view.locale);
  return section(
    t('title'),
    mayChange(view) ? await linksForm(view, state) : linksList(view, state),
    'links',
  );
}

function linksList(view: View, { linked }: CalendarState): Html {
  const t = inWords(phrases, view.locale);
  if (linked.length === 0) return empty(t('nobody'));
  const lines = linked.map(({ name, reads, writes }) => {
    const how = reads && writes ? 'both' : reads ? 'onlyReads' : 'onlyWrites';
    return html`<li><strong>${name}</strong><p>${t(how)}</p></li>`;
  });
  return html`<ul class="list">${lines}</ul>`;
}

async function linksForm(view: View, { calendar, linked }: CalendarState): Promise<Html> {
  const t = inWords(phrases, view.locale);
  const { context, staffer } = view;
  const { id: businessId } = staffer.business;
  const { items } = await listResources(context.db, businessId, { limit: most, archived: false });
  if (items.length === 0) return empty(t('none'));
  const writable = mayBeWritten(calendar.accessRole);
  const elsewhere = await writtenElsewhere(view, calendar.id);
  const rows = items.map(({ id, name }) => {
    const link = linked.find(({ resourceId }) => resourceId === id);
    const other = elsewhere.get(id);
    const off = !writable && !link?.writes;
    return html`<div class="who" role="group" aria-labelledby="of-${id}"><strong id="of-${id}">${name}</strong><input type="hidden" name="shown[]" value="${id}">
<ul class="ticks"><li><label><input type="checkbox" name="reads[]" value="${id}"${link?.reads && html` checked`}><span>${t('reads')}</span></label></li>
<li><label><input type="checkbox" name="writes[]" value="${id}"${link?.writes && html` checked`}${off && html` disabled`}><span>${t('writes')}${other && html`<small>${t('elsewhere', { name: other })}</small>`}</span></label></li></ul></div>`;
  });
  const to = `/calendars/${calendar.id}`;
  return html`<div class="card"><p class="note">${t('what')}</p>${!writable && html`<p class="todo">${t('readOnly')}</p>`}
${form(view, `${to}/links`, html`${rows}<div class="row">${button(t('save'), 'main')}</div>`)}${form(view, `${to}/link-all`, button(t('all')))}</div>`;
}

/** Resource to the name of the other calendar that its bookings are written to. */
async function writtenElsewhere(
  { context, staffer }: View,
  calendarId: string,
): Promise<Map<string, string>> {
  const { id: businessId } = staffer.business;
  const linked = await linksByCalendar(context.db, businessId);
  const others = (await listFollowed(context.db, businessId)).filter(({ id }) => id !== calendarId);
  return new Map(
    others.flatMap(({ id, name }) =>
      (linked.get(id) ?? []).flatMap(({ resourceId, writes }): [string, string][] =>
        writes ? [[resourceId, name]] : [],
      ),
    ),
  );
}

const ids = z.array(Id).max(most).default([]);
/** Those that stood on the form, and which of them are ticked: what was made since is left alone. */
export const Links = z.strictObject({ shown: ids, reads: ids, writes: ids });

export async function saveLinks(
  view: View,
  calendarId: string,
  wanted: z.output<typeof Links>,
): Promise<string> {
  const { context, staffer, locale } = view;
  const calendar = { businessId: staffer.business.id, calendarId };
  await commit(context, (tx) => linkTo(tx, calendar, wanted));
  return inWords(phrases, locale)('saved');
}

/**
 * Links these resources to the calendar, or not. A resource that is to write here stops writing elsewhere.
 * @throws Refusal as setLinks
 */
async function linkTo(
  tx: Transaction,
  { businessId, calendarId }: { businessId: string; calendarId: string },
  wanted: z.output<typeof Links>,
): Promise<void> {
  const [reading, writing] = [new Set(wanted.reads), new Set(wanted.writes)];
  // In order, as everywhere: two that save at once wait for each other.
  for (const resourceId of [...wanted.shown].sort()) {
    const [reads, writes] = [reading.has(resourceId), writing.has(resourceId)];
    const before = await listLinks(tx, businessId, resourceId);
    const here = before.find((one) => one.calendarId === calendarId);
    if ((here?.reads ?? false) === reads && (here?.writes ?? false) === writes) continue;
    const others = before
      .filter((one) => one.calendarId !== calendarId)
      .map((one) => (writes ? { ...one, writes: false } : one))
      .filter((one) => one.reads || one.writes);
    const link = { calendarId, reads, writes, means: here?.means ?? null };
    await setLinks(tx, { businessId, resourceId }, reads || writes ? [...others, link] : others);
  }
}

/** All of them read it; those that write to it go on doing so, and what it means to each stays. */
export async function linkEverybody(view: View, calendarId: string): Promise<string> {
  const { context, staffer, locale } = view;
  const { id: businessId } = staffer.business;
  await commit(context, async (tx) => {
    const before = (await linksByCalendar(tx, businessId)).get(calendarId) ?? [];
    await linkAll(tx, { businessId, calendarId }, { reads: true, writes: false, means: null });
    for (const { resourceId, writes, means } of before.filter((one) => one.writes || one.means)) {
      const others = (await listLinks(tx, businessId, resourceId)).filter(
        (one) => one.calendarId !== calendarId,
      );
      await setLinks(tx, { businessId, resourceId }, [...others, { calendarId, reads: true, writes, means }]);
    }
  });
  return inWords(phrases, locale)('saved');
}
