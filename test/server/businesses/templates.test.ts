// Templates: keywords checked with a suggestion, values escaped, empty lines left out, times as the business writes them.
import { describe, expect, test } from 'vitest';
import {
  checkTemplates,
  defaultTemplates,
  type EventFacts,
  fillTemplates,
  knownKeywords,
  type Person,
} from '../../../server/businesses/templates.ts';

const anna: Person = {
  name: 'Anna <b>Berg</b>',
  email: 'anna@example.com',
  phone: null,
  seats: 1,
  notes: 'Wheelchair & dog\nsecond line',
  instructions: null,
  answers: { age: 7, first_time: false, constructor_like: 'x' },
};
const facts = (changes: Partial<EventFacts> = {}): EventFacts => ({
  id: '0197',
  status: 'confirmed',
  start: Date.parse('2026-11-20T08:00Z'),
  end: Date.parse('2026-11-20T08:45Z'),
  zone: 'Europe/Oslo',
  business: { name: 'Fjord Clinic', zone: 'Europe/Oslo', locale: 'en' },
  service: { name: 'Check-up' },
  resources: [
    { name: 'Dr Lie', kind: 'person' },
    { name: 'Room 2', kind: 'room' },
  ],
  people: [anna],
  ...changes,
});
const fill = (text: string, changes?: Partial<EventFacts>) => {
  const templates = { title: text, description: text, location: text };
  return fillTemplates(templates, facts(changes));
};

describe('checking', () => {
  const check = (description: string) =>
    checkTemplates({ description }, { answerKeys: ['age', 'first_time'] });

  test('every known keyword passes, and the default templates do', () => {
    const all = knownKeywords.map(({ keyword }) => `{${keyword}}`.replace('<key>', 'age')).join(' ');
    expect(check(all)).toEqual([]);
    expect(checkTemplates(defaultTemplates, { answerKeys: [] })).toEqual([]);
  });

  test('an unknown keyword is refused with the nearest known one', () => {
    expect(check('{customer.nam} {Customer.Email} {answers.ag} {booking.begin} {constructor} {}')).toEqual([
      { field: 'description', keyword: 'customer.nam', nearest: 'customer.name' },
      { field: 'description', keyword: 'Customer.Email', nearest: 'customer.email' },
      { field: 'description', keyword: 'answers.ag', nearest: 'answers.age' },
      { field: 'description', keyword: 'booking.begin', nearest: 'booking.end' },
      { field: 'description', keyword: 'constructor', nearest: expect.any(String) },
      { field: 'description', keyword: '', nearest: expect.any(String) },
    ]);
  });

  test('a lone brace is refused, a doubled one is a brace', () => {
    expect(check('{customer.name} } and {')).toEqual([
      { field: 'description', keyword: '}', nearest: null },
      { field: 'description', keyword: '{', nearest: null },
    ]);
    expect(check('{{ as is }} {customer.name}')).toEqual([]);
    expect(fill('{{{service.name}}}').title).toBe('{Check-up}');
  });
});

describe('filling', () => {
  test('what a customer typed is escaped in the description and nowhere else', () => {
    const texts = fill('<b>{customer.name}</b>: {booking.notes}');
    expect(texts.description).toBe('<b>Anna &lt;b&gt;Berg&lt;/b&gt;</b>: Wheelchair &amp; dog\nsecond line');
    expect(texts.title).toBe('<b>Anna <b>Berg</b></b>: Wheelchair & dog second line');
  });

  test('title and location hold no line breaks, control characters or turned text', () => {
    const people = [{ ...anna, name: 'A\u0000b\r\nc\u202Ed\u2028e\t' }];
    expect(fill('{customer.name}', { people }).title).toBe('Ab cd e');
    expect(fill('{customer.name}', { people }).description).toBe('Ab\ncd\u2028e');
  });

  test('a keyword in a value is not filled again', () => {
    const people = [{ ...anna, name: '{customer.email}' }];
    expect(fill('{customer.name}', { people }).title).toBe('{customer.email}');
  });

  test('a line whose keywords are all empty is left out, one with a keyword that says something stays', () => {
    const description =
      'Phone: {customer.phone}\n\nMail: {customer.email} {customer.phone}\n\n{booking.instructions}\n\nBye';
    expect(fill(description).description).toBe('Mail: anna@example.com \n\nBye');
  });

  test('answers are filled by key, and one that was not given is empty', () => {
    expect(fill('{answers.age}/{answers.first_time}/{answers.constructor}').title).toBe('7/false/');
  });

  test('times are wall-clock in the zone of the booking, in the language of the business', () => {
    const text = '{booking.date} {booking.start}-{booking.end}';
    expect(fill(text).title).toBe('Friday 20 November 2026 09:00-09:45');
    const nb = { name: 'x', zone: 'Europe/Oslo', locale: 'nb' };
    expect(fill(text, { business: nb }).title).toBe('fredag 20. november 2026 09:00-09:45');
    expect(fill('{booking.start}', { zone: 'America/New_York' }).title).toBe('03:00 GMT-5');
    expect(fill('{booking.end}', { end: Date.parse('2026-11-21T08:45Z') }).title).toBe(
      'Saturday 21 November 2026 09:45',
    );
  });

  test('midnight is 00:00', () => {
    expect(fill('{booking.start}', { start: Date.parse('2026-11-19T23:00Z') }).title).toBe('00:00');
  });

  test('resources, all or by kind', () => {
    expect(fill('{resources}|{resources.room}|{resources.vehicle}').title).toBe('Dr Lie, Room 2|Room 2|');
  });

  test('a session names everybody, and whose a note is', () => {
    const bo = { ...anna, name: 'Bo', email: null, seats: 2, notes: null };
    const text = '{customer.name} | {customer.email} | {booking.notes} | {booking.seats}';
    expect(fill(text, { people: [anna, bo] }).title).toBe(
      'Anna <b>Berg</b>, Bo | anna@example.com | Anna <b>Berg</b>: Wheelchair & dog second line | 3',
    );
  });

  test('what is too long for Google is cut, the description by whole lines', () => {
    const people = [{ ...anna, notes: '<'.repeat(5000) }];
    const { title, description } = fill('{service.name}\n{booking.notes}', { people });
    expect(title.length).toBe(1000);
    expect(description).toBe('Check-up\n…');
  });
});
