// The engine's reasons in sentences, in the business's language, with names and local times.

import { localTime } from '../../shared/time.ts';
import { fill, type Phrase } from '../phrase.ts';
import type { Catalogue } from './catalogue.ts';
import type { Reason } from './query.ts';

export interface Said {
  code: string;
  overridable: boolean;
  resourceId?: string;
  what?: string;
  start?: string;
  end?: string;
  words: string;
}

type Locale = 'en' | 'nb';

// {who} the resource, {from} and {to} local times; the other braces are the reason's own figures.
const phrases: Record<Reason['code'], Phrase> = {
  past: { en: 'It lies in the past.', nb: 'Tidspunktet er passert.' },
  notice: {
    en: 'It is too soon: bookings open from {from}.',
    nb: 'Det er for kort varsel: tidligst {from}.',
  },
  horizon: {
    en: 'It is too far ahead: bookings open until {from}.',
    nb: 'Det er for langt frem: senest {from}.',
  },
  cutoff: {
    en: 'It is past the deadline for customers, {minutes} minutes before it begins.',
    nb: 'Fristen for kunder, {minutes} minutter før start, er ute.',
  },
  service_closed: { en: 'The service is not offered then.', nb: 'Tjenesten tilbys ikke da.' },
  off_grid: { en: 'Nothing starts at this minute.', nb: 'Ingen time begynner på dette minuttet.' },
  repeated: {
    en: 'The clock is put back: only the first of the two is offered.',
    nb: 'Klokken stilles tilbake: bare den første av de to tilbys.',
  },
  seats: { en: 'Only {left} seats are left.', nb: 'Bare {left} plasser er igjen.' },
  not_in_service: { en: '{who} is not part of this service.', nb: '{who} hører ikke til denne tjenesten.' },
  no_match: {
    en: 'Of group {group}, {free} are free and {needed} are needed.',
    nb: 'I gruppe {group} er {free} ledige, og {needed} trengs.',
  },
  resource_closed: { en: '{who} is not open then.', nb: '{who} har ikke åpent da.' },
  never_opened: {
    en: '{who} is closed unless opened, and nothing opens it then.',
    nb: '{who} er stengt med mindre noe åpner, og det gjør ingenting da.',
  },
  taken: { en: '{who} is booked from {from} to {to}.', nb: '{who} er booket fra {from} til {to}.' },
  buffer: {
    en: '{who} needs the time around another booking, from {from} to {to}.',
    nb: '{who} trenger tiden rundt en annen booking, fra {from} til {to}.',
  },
  unread: {
    en: 'What takes {who} then is not known: {how}.',
    nb: 'Hva {who} er opptatt med da, er ukjent: {how}.',
  },
  block: { en: '{who} is taken from {from} to {to}.', nb: '{who} er opptatt fra {from} til {to}.' },
  places: {
    en: '{who} has {free} places free, {needed} are needed.',
    nb: '{who} har {free} ledige plasser, {needed} trengs.',
  },
  limit_day: {
    en: '{who} has its {limit} of that day already.',
    nb: '{who} har allerede sine {limit} den dagen.',
  },
  limit_week: {
    en: '{who} has its {limit} of that week already.',
    nb: '{who} har allerede sine {limit} den uken.',
  },
};

const howUnread: Record<'new' | 'stale' | 'beyond', Record<Locale, string>> = {
  new: {
    en: 'a calendar it is linked to has not been read yet',
    nb: 'en kalender den er koblet til, er ikke lest ennå',
  },
  stale: {
    en: 'a calendar could not be read for too long',
    nb: 'en kalender har ikke kunnet leses på for lenge',
  },
  beyond: { en: 'its calendars have not been read that far', nb: 'kalenderne er ikke lest så langt frem' },
};

/** One reason as the API shows it. Times in the words are of the resource's zone, else of the business's. */
export function sentence(reason: Reason, catalogue: Catalogue): Said {
  const known = reason as Reason &
    Partial<{
      resource: string;
      unit: string;
      block: string;
      calendar: string;
      span: { start: number; end: number };
    }>;
  const resource = known.resource ? catalogue.resources.get(known.resource) : undefined;
  const zone = resource?.row.zone ?? catalogue.business.zone;
  const from = known.span?.start ?? instantOf(reason);
  const said = (instant: number) => localTime(zone, instant).slice(0, 16).replace('T', ' ');
  const locale: Locale = catalogue.business.locale === 'nb' ? 'nb' : 'en';
  const figures: Record<string, unknown> = {
    ...reason,
    ...('group' in reason && reason.group != null ? { group: reason.group + 1 } : {}),
    who: resource?.row.name ?? '?',
    from: from === undefined ? '' : said(from),
    to: known.span ? said(known.span.end) : '',
    how: reason.code === 'unread' ? howUnread[reason.how][locale] : '',
  };
  return {
    code: reason.code,
    overridable: reason.overridable,
    resourceId: known.resource,
    what: known.unit ?? known.block ?? known.calendar,
    start: known.span && new Date(known.span.start).toISOString(),
    end: known.span && new Date(known.span.end).toISOString(),
    words: fill(phrases[reason.code][locale], figures),
  };
}

const instantOf = (reason: Reason) =>
  reason.code === 'notice' ? reason.earliest : reason.code === 'horizon' ? reason.until : undefined;
