// Whom an event blocks, written a second time from the design's text: slow, obvious, and without a line of shared/decide.ts or shared/rules.ts.
import type { DecideSettings, Decision, EventFlags, LinkedResource, Share } from '../../shared/decide.ts';
import type { EventText, Rule } from '../../shared/rules.ts';

export interface PlainQuestion {
  event: EventFlags;
  text: EventText;
  rules: readonly Rule[];
  /** All that were taken for the event, or for its series. */
  decisions: readonly Decision[];
  /** Original start of the occurrence; null: a single event. */
  original: string | null;
  settings: DecideSettings;
  linked: readonly LinkedResource[];
}

export interface PlainOutcome {
  /** Sorted by resource. */
  takes: { resourceId: string; places: number | null; startShift: number; endShift: number; means: string }[];
  undecided: boolean;
}

export function plainOutcome(question: PlainQuestion): PlainOutcome {
  const { linked } = question;
  const { takes, undecided } = plainShares(question);
  const list: PlainOutcome['takes'] = [];
  for (const share of takes) {
    const link = linked.find(({ id }) => id === share.resourceId);
    if (!link) continue;
    if (list.some(({ resourceId }) => resourceId === share.resourceId)) continue;
    const means = share.means === null ? link.means : share.means;
    // Nothing is opened on a guess.
    if (undecided && means === 'open') continue;
    const { resourceId, places, startShift, endShift } = share;
    list.push({ resourceId, places, startShift, endShift, means });
  }
  list.sort((a, b) => (a.resourceId < b.resourceId ? -1 : 1));
  return { takes: list, undecided };
}

function plainShares({ event, text, rules, decisions, original, settings, linked }: PlainQuestion): {
  takes: Share[];
  undecided: boolean;
} {
  const nobody = { takes: [], undecided: false };

  // 1. Cancelled or declined.
  if (event.status === 'cancelled') return nobody;
  if (event.response === 'declined') return nobody;

  // 2. A person's decision.
  const decision = plainDecision(decisions, original);
  if (decision) return { takes: decision.shares, undecided: false };

  // 3. Free, and no rule for Free events. 4. The rules.
  const counted = event.allDay && settings.allDay === 'always';
  for (const rule of rules) {
    const takes = plainRule(rule, counted ? { ...event, free: false } : event, text, linked);
    if (takes) return { takes, undecided: false };
  }
  if (event.free) {
    if (!event.allDay) return nobody;
    if (settings.allDay !== 'always') return nobody;
  }

  // 5. The type, and what else the calendar's settings pass over.
  if (event.type === 'workingLocation') return nobody;
  if (event.type === 'birthday') return nobody;
  if (event.type === 'outOfOffice' && settings.outOfOffice === 'ignore') return nobody;
  if (event.type === 'focusTime' && settings.focusTime === 'ignore') return nobody;
  if (event.allDay && settings.allDay === 'never') return nobody;
  if (event.status === 'tentative' && settings.tentative === 'ignore') return nobody;
  if (event.response === 'tentative' && settings.tentative === 'ignore') return nobody;
  if (event.response === 'needsAction' && settings.unanswered === 'ignore') return nobody;

  // 6. The default.
  // Time off opens nobody of itself.
  const means = ['outOfOffice', 'focusTime'].includes(event.type) ? 'block' : null;
  const all = linked.map(({ id }) => whole(id, means));
  if (settings.undecided === 'nobody') return nobody;
  if (settings.undecided === 'everybody') return { takes: all, undecided: false };
  if (settings.undecided === 'ask') return { takes: all, undecided: true };
  const creators = linked.filter(({ memberId }) => event.creator !== null && memberId === event.creator);
  if (creators.length === 0) return { takes: all, undecided: true };
  return { takes: creators.map(({ id }) => whole(id, means)), undecided: false };
}

function whole(resourceId: string, means: Share['means']): Share {
  return { resourceId, places: null, startShift: 0, endShift: 0, means };
}

function plainDecision(decisions: readonly Decision[], original: string | null): Decision | undefined {
  const newestFirst = [...decisions].reverse();
  const series = newestFirst.find(({ scope }) => scope === 'series');
  if (original === null)
    return newestFirst.find(({ scope, from }) => scope === 'event' && from === null) ?? series;

  const day = (start: string) => start.slice(0, 10);
  const alike = (from: string) => from.includes('T') === original.includes('T');
  const dated = newestFirst.flatMap((decision) =>
    decision.from === null ? [] : [{ decision, from: decision.from, scope: decision.scope }],
  );
  const exact = dated.find(
    ({ scope, from }) => scope === 'event' && alike(from) && +new Date(from) === +new Date(original),
  );
  if (exact) return exact.decision;
  const sameDay = dated.find(
    ({ scope, from }) => scope === 'event' && !alike(from) && day(from) === day(original),
  );
  if (sameDay) return sameDay.decision;

  const begun = dated.filter(({ scope, from }) => {
    if (scope !== 'following') return false;
    return alike(from) ? +new Date(from) <= +new Date(original) : day(from) <= day(original);
  });
  // Sorting keeps the newest of two that begin together first.
  begun.sort((a, b) => +new Date(b.from) - +new Date(a.from));
  return begun[0] ? begun[0].decision : series;
}

function plainRule(
  rule: Rule,
  event: EventFlags,
  text: EventText,
  linked: readonly LinkedResource[],
): Share[] | null {
  if (event.free && !rule.alsoWhenFree) return null;
  const { texts, creators, colors, types, allDay, responses } = rule.when;
  if (texts && !texts.some((wanted) => plainMentions(text, wanted))) return null;
  if (creators && !creators.some((creator) => creator === event.creator)) return null;
  if (colors && !colors.some((color) => color === event.color)) return null;
  if (types && !types.some((type) => type === event.type)) return null;
  if (allDay === true && !event.allDay) return null;
  if (allDay === false && event.allDay) return null;
  if (responses && !responses.some((response) => response === (event.response ?? 'none'))) return null;

  if (rule.whom.kind === 'listed') {
    const { shares } = rule.whom;
    const gone = shares.filter(({ resourceId }) => !linked.some(({ id }) => id === resourceId));
    return shares.length > 0 && gone.length === shares.length ? null : shares;
  }
  if (rule.whom.kind === 'nobody') return [];
  if (rule.whom.kind === 'everybody') return linked.map(({ id }) => whole(id, rule.means));
  const found =
    rule.whom.kind === 'creator'
      ? linked.filter(({ memberId }) => event.creator !== null && memberId === event.creator)
      : plainNamed(text, linked);
  return found.length === 0 ? null : found.map(({ id }) => whole(id, rule.means));
}

// Texts: each place of the text is asked in turn what stands there -------------------------------------------------

interface Place {
  from: number;
  to: number;
}

export function plainNamed(text: EventText, linked: readonly LinkedResource[]): LinkedResource[] {
  const line = withoutAddresses(plainText(text));
  const found = linked.flatMap((resource) =>
    resource.names.flatMap((name) =>
      [...bare(line, plainLine(name)), ...tagged(line, plainLine(name).replace(/^[#@]/, ''), '#@[')].map(
        (place) => ({ ...place, resource }),
      ),
    ),
  );
  const inside = (a: Place, b: Place) => b.from <= a.from && a.to <= b.to && b.to - b.from > a.to - a.from;
  const kept = found.filter((one) => !found.some((other) => inside(one, other)));
  return linked.filter((resource) => kept.some((one) => one.resource === resource));
}

function plainMentions(text: EventText, wanted: string): boolean {
  const all = plainText(text);
  const words = plainLine(wanted);
  const asksForAddress = /[^\s#@][@./]\S/.test(words);
  if (bare(asksForAddress ? all : withoutAddresses(all), words).length > 0) return true;
  const signs = /^[#@]/.test(words) ? words.charAt(0) : '#@[';
  return tagged(withoutAddresses(all), words.replace(/^[#@]/, ''), signs).length > 0;
}

function plainText({ title, location, description }: EventText): string {
  const entities: Record<string, string> = {
    '&nbsp;': ' ',
    '&amp;': '&',
    '&lt;': '<',
    '&gt;': '>',
    '&aring;': 'å',
    '&Oslash;': 'Ø',
    '&#229;': 'å',
    '&#xE5;': 'å',
  };
  const read = description
    .replace(/<br>|<\/?p>/g, '\n')
    .replace(/<[a-z/][^<>]*>/g, '')
    .replace(/&[^;&]*;/g, (entity) => entities[entity] ?? entity);
  return plainCase(`${title}\n${location}\n${read}`);
}

const plainCase = (text: string) =>
  text
    .normalize('NFC')
    .toLowerCase()
    .replaceAll('’', "'")
    .replace(/[ \t\u00a0]+/g, ' ');
const plainLine = (text: string) => plainCase(text).replace(/\s+/g, ' ').trim();

const mail = /[\p{L}\p{N}\p{M}]@[\p{L}\p{N}\p{M}]/u;

/** Mail addresses and links become ends of lines: no name runs across one. */
function withoutAddresses(text: string): string {
  return text
    .replace(/\S+/g, (chunk) => {
      const host = [...chunk.matchAll(/[\p{L}\p{N}\p{M}.@-]+(?=\/|:\d{1,5}\/)/gu)].find(
        ([run]) => /[\p{L}\p{N}\p{M}]\.[\p{L}\p{M}]{2,}$/u.test(run) && !mail.test(run),
      );
      return host ? `${chunk.slice(0, host.index)}\n` : chunk;
    })
    .replace(/(?:[a-z]*:\/\/|www\.)\S*/g, '\n')
    .replace(/[^\s,;:<>()[\]"|]*[\p{L}\p{N}\p{M}]@[\p{L}\p{N}\p{M}][^\s,;:<>()[\]"|]*/gu, '\n');
}

/** Where the words stand, and nothing is joined to them. */
function bare(line: string, words: string): Place[] {
  const places: Place[] = [];
  const isLetter = (letter = '') => /[\p{L}\p{N}\p{M}]/u.test(letter);
  const isJoint = (letter = '') => letter !== '' && "-._'@#".includes(letter);
  for (let from = 0; words !== '' && from < line.length; from++) {
    const to = from + words.length;
    if (line.slice(from, to) !== words) continue;
    if (isLetter(words[0]) || words[0] === '#' || words[0] === '@') {
      if (isLetter(line[from - 1])) continue;
      if (isJoint(line[from - 1]) && isLetter(line[from - 2])) continue;
    }
    if (isLetter(words[words.length - 1])) {
      const next = line.startsWith("'s", to) ? to + 2 : to;
      const goesOn = isLetter(line[next]) || (isJoint(line[next]) && isLetter(line[next + 1]));
      if (goesOn) continue;
    }
    places.push({ from, to });
  }
  return places;
}

/** Where a tag of one of the signs means that name: `[` stands for brackets and for the beginning of the title. */
function tagged(line: string, name: string, signs: string): Place[] {
  const short = (text: string) => text.replace(/'s$/, '').replace(/[\s\-._']/g, '');
  if (short(name) === '') return [];
  const places: Place[] = [];
  for (let from = 0; from < line.length; from++) {
    const sign = line.charAt(from);
    if ((sign !== '#' && sign !== '@') || !signs.includes(sign)) continue;
    if (/[\p{L}\p{N}\p{M}]/u.test(line.charAt(from - 1))) continue;
    const [tag = ''] = /^[\p{L}\p{N}\p{M}._'-]*/u.exec(line.slice(from + 1)) ?? [];
    const trimmed = tag.replace(/[._'-]+$/, '');
    if (/^[._'-]/.test(tag) || short(trimmed) !== short(name)) continue;
    places.push({ from: from + 1, to: from + 1 + trimmed.length });
  }
  if (!signs.includes('[')) return places;
  const lists = [...line.matchAll(/\[([^[\]\n]{1,200})\]/g)].map((found) => ({
    list: found[1] ?? '',
    at: found.index + 1,
  }));
  const prefix = /^([^:\n]{1,200}):/.exec(line);
  if (prefix?.[1]) lists.push({ list: prefix[1], at: 0 });
  for (const { list, at } of lists) {
    let from = at;
    for (const part of list.split(/[,;/&+]/)) {
      if (short(part.trim()) === short(name)) places.push({ from, to: from + part.length });
      from += part.length + 1;
    }
  }
  return places;
}
