// What an event says: a business's own words with {keywords} in them, checked when saved and filled when pushed.
import type { Answers, EventTemplates } from '../../shared/api.ts';

/** What templates can speak of. A session has several people, a booking one. */
export interface EventFacts {
  /** The booking's or session's. */
  id: string;
  status: string;
  /** Milliseconds since 1970. */
  start: number;
  end: number;
  /** The zone it was made in: its times are shown in it. */
  zone: string;
  business: { name: string; zone: string; locale: string };
  service: { name: string };
  resources: { name: string; kind: 'person' | 'room' | 'vehicle' | 'equipment' }[];
  people: Person[];
}

export interface Person {
  name: string;
  email: string | null;
  phone: string | null;
  seats: number;
  notes: string | null;
  instructions: string | null;
  answers: Answers;
}

type Values = string[];
type Keyword = { means: string; values(facts: EventFacts): Values };

const ofPeople = (means: string, read: (person: Person) => string | null): Keyword => ({
  means,
  values: ({ people }) => people.map((person) => read(person) ?? ''),
});
/** In a session it must be seen whose it is. */
const saidBy = (means: string, read: (person: Person) => string | null): Keyword => ({
  means,
  values: ({ people }) =>
    people.map((person) => {
      const said = read(person)?.trim();
      return said && people.length > 1 ? `${person.name}: ${said}` : (said ?? '');
    }),
});
const ofResources = (means: string, kind?: EventFacts['resources'][number]['kind']): Keyword => ({
  means,
  values: ({ resources }) => resources.filter((one) => !kind || one.kind === kind).map(({ name }) => name),
});
const one = (means: string, read: (facts: EventFacts) => string): Keyword => ({
  means,
  values: (facts) => [read(facts)],
});

/** Every keyword but `answers.…`, whose names are those of the questions. */
const keywords = new Map<string, Keyword>(
  Object.entries({
    'customer.name': ofPeople('who booked; in a session, all who did', ({ name }) => name),
    'customer.email': ofPeople('the mail address of who booked', ({ email }) => email),
    'customer.phone': ofPeople('the phone number of who booked', ({ phone }) => phone),
    'service.name': one('what it is booked for', ({ service }) => service.name),
    'booking.date': one('the day it begins', (facts) => day(facts, facts.start)),
    'booking.start': one('the time it begins', (facts) => clock(facts, facts.start)),
    'booking.end': one('the time it ends, with the day if that is another', (facts) => ending(facts)),
    'booking.seats': one('how many seats are taken', ({ people }) =>
      String(people.reduce((sum, { seats }) => sum + seats, 0)),
    ),
    'booking.status': one('pending, confirmed, …', ({ status }) => status),
    'booking.notes': saidBy('the notes of who booked', ({ notes }) => notes),
    'booking.instructions': saidBy('special instructions', ({ instructions }) => instructions),
    'booking.id': one("the booking's id; in a session, the session's", ({ id }) => id),
    resources: ofResources('all that is booked, by name'),
    'resources.person': ofResources('the people booked', 'person'),
    'resources.room': ofResources('the rooms booked', 'room'),
    'resources.vehicle': ofResources('the vehicles booked', 'vehicle'),
    'resources.equipment': ofResources('the equipment booked', 'equipment'),
    'business.name': one("the business's name", ({ business }) => business.name),
  }),
);

/** The keywords there are and what each stands for. */
export const knownKeywords: readonly { keyword: string; means: string }[] = [
  ...[...keywords].map(([keyword, { means }]) => ({ keyword, means })),
  { keyword: 'answers.<key>', means: "the answer to the service's question of that key" },
];

export const defaultTemplates: EventTemplates = {
  title: '{service.name}: {customer.name}',
  description: [
    '{customer.name}',
    '{customer.phone}',
    '{customer.email}',
    '{resources}',
    '{booking.notes}',
    '{booking.instructions}',
  ].join('\n'),
  location: '{resources.room}',
};

export interface TemplateFault {
  field: keyof EventTemplates;
  /** As written, or the brace that stands alone. */
  keyword: string;
  /** The known keyword most like it; null for a brace. */
  nearest: string | null;
}

/** What is wrong with templates, in order; nothing if they can be filled. `answerKeys`: of all services' questions. */
export function checkTemplates(
  templates: Partial<EventTemplates>,
  { answerKeys }: { answerKeys: Iterable<string> },
): TemplateFault[] {
  const known = [...keywords.keys(), ...[...answerKeys].map((key) => `answers.${key}`)];
  return (['title', 'description', 'location'] as const).flatMap((field) =>
    parse(templates[field] ?? '').flatMap((part): TemplateFault[] => {
      if (part.kind === 'brace') return [{ field, keyword: part.text, nearest: null }];
      if (part.kind === 'text' || known.includes(part.text)) return [];
      return [{ field, keyword: part.text, nearest: nearestTo(part.text, known) }];
    }),
  );
}

/** An event's own texts: the description in Google's simple HTML, the others plain, in one line. */
export interface EventTexts {
  title: string;
  description: string;
  location: string;
}

/** Google cuts or refuses longer ones. */
const longest = { title: 1000, description: 8000, location: 1000 };

/**
 * Fills templates. What customers typed is escaped where Google reads HTML; what the business wrote itself is not. A
 * line of the description whose keywords are all empty is left out. `{{` and `}}` stand for single braces.
 */
export function fillTemplates(templates: EventTemplates, facts: EventFacts): EventTexts {
  const lines = templates.description.split(/\r?\n/).map((line) => {
    const parts = parse(line);
    const filled = parts.map((part) => fill(part, facts, (value) => escapeHtml(printable(value))));
    const said = parts.some((part, i) => part.kind === 'keyword' && filled[i] !== '');
    return said || !parts.some(({ kind }) => kind === 'keyword') ? filled.join('') : null;
  });
  return {
    title: oneLine(templates.title, facts, longest.title),
    description: shorten(
      lines
        .filter((line) => line !== null)
        .join('\n')
        .replace(/\n{3,}/g, '\n\n')
        .trim(),
    ),
    location: oneLine(templates.location, facts, longest.location),
  };
}

function oneLine(template: string, facts: EventFacts, most: number): string {
  const filled = parse(template).map((part) => fill(part, facts, (value) => value));
  return [...printable(filled.join('')).replace(/\s+/g, ' ').trim()].slice(0, most).join('');
}

// By whole lines, so that no tag and no escape is cut in two.
function shorten(text: string): string {
  if (text.length <= longest.description) return text;
  const lines = text.split('\n');
  while (lines.length > 1 && lines.join('\n').length > longest.description - 2) lines.pop();
  const kept = lines.join('\n');
  return kept.length <= longest.description - 2 ? `${kept}\n…` : '…';
}

function fill(part: Part, facts: EventFacts, show: (value: string) => string): string {
  if (part.kind !== 'keyword') return part.text;
  const values = part.text.startsWith('answers.') ? answer(part.text.slice(8)) : keywords.get(part.text);
  const said = (values?.values(facts) ?? []).map((value) => value.trim()).filter(Boolean);
  return said.map(show).join(', ');
}

const answer = (key: string): Keyword =>
  saidBy('', ({ answers }) => {
    return Object.hasOwn(answers, key) ? String(answers[key]) : null;
  });

type Part = { kind: 'text' | 'keyword' | 'brace'; text: string };

function parse(template: string): Part[] {
  const parts: Part[] = [];
  for (const [found] of template.matchAll(/\{\{|\}\}|\{[^{}\n]*\}|[{}]|[^{}]+/g)) {
    if (found === '{{' || found === '}}') parts.push({ kind: 'text', text: found[0]! });
    else if (found === '{' || found === '}') parts.push({ kind: 'brace', text: found });
    else if (found.startsWith('{')) parts.push({ kind: 'keyword', text: found.slice(1, -1).trim() });
    else parts.push({ kind: 'text', text: found });
  }
  return parts;
}

const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (found) => escapes[found]!);

// Control characters but for line breaks and tabs, and the marks that turn the direction of all text after them.
const unprintable = /[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu;
const printable = (text: string) => text.replace(/\r\n?/g, '\n').replace(unprintable, '');

function clock({ zone, business }: EventFacts, instant: number): string {
  const named = zone === business.zone ? {} : ({ timeZoneName: 'short' } as const);
  const shape = { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...named } as const;
  return new Intl.DateTimeFormat(tag(business.locale), shape).format(instant);
}

// In two parts, since whether a comma stands between them depends on the version of Node.
const day = ({ zone, business }: EventFacts, instant: number) =>
  [{ weekday: 'long' } as const, { dateStyle: 'long' } as const]
    .map((shape) =>
      new Intl.DateTimeFormat(tag(business.locale), { timeZone: zone, ...shape }).format(instant),
    )
    .join(' ');

function ending(facts: EventFacts): string {
  const [first, last] = [day(facts, facts.start), day(facts, facts.end)];
  return first === last ? clock(facts, facts.end) : `${last} ${clock(facts, facts.end)}`;
}

// English as the world outside America writes it: the day before the month.
const tag = (locale: string) => (locale === 'en' ? 'en-GB' : locale);

function nearestTo(wrong: string, known: string[]): string {
  return known.reduce((best, next) => (distance(wrong, next) < distance(wrong, best) ? next : best));
}

/** How many letters to put in, take out or change (Levenshtein); capitals do not count. */
function distance(from: string, to: string): number {
  const [a, b] = [from.toLowerCase(), to.toLowerCase()];
  let above = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, above[j]! + 1, row[j - 1]! + 1));
    }
    above = row;
  }
  return above[b.length]!;
}
