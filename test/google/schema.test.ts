// The schemas read from the googleapis types: complete, strict, and refusing in the client's words.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { Refusal } from './refusal.ts';
import { makeChecks, readSchemas } from './schema.ts';

const path = createRequire(import.meta.url).resolve('googleapis/build/src/apis/calendar/v3.d.ts');
const text = readFileSync(path, 'utf8');
const schemas = readSchemas(text);
const checks = makeChecks();

describe('reading the types', () => {
  test('every interface of a resource or its parameters is read', () => {
    const named = [...text.matchAll(/interface (?:Schema|Params\$Resource)\$([\w$]+)/g)].map(
      (match) => match[1],
    );
    expect(Object.keys(schemas)).toEqual(expect.arrayContaining(named));
  });

  test('an event has the 44 properties of google-facts 1.3, nested ones too', () => {
    const { properties } = schemas.Event!;
    expect(Object.keys(properties!)).toHaveLength(44);
    expect(properties!.start).toEqual({ $ref: 'EventDateTime#' });
    expect(properties!.attendees).toEqual({ type: 'array', items: { $ref: 'EventAttendee#' } });
    expect(properties!.extendedProperties!.properties!.private!.additionalProperties).toEqual({
      type: 'string',
    });
  });

  test('the values a comment names are the only ones', () => {
    expect(schemas.Event!.properties!.transparency!.enum).toEqual(['opaque', 'transparent', null]);
    expect(schemas.EventAttendee!.properties!.responseStatus!.enum).toContain('declined');
  });

  test('parameters hold the standard ones besides their own', () => {
    const names = Object.keys(schemas.Events$Insert!.properties!);
    expect(names).toEqual(expect.arrayContaining(['sendUpdates', 'calendarId', 'fields', 'quotaUser']));
  });
});

describe('checking', () => {
  test('parameters become what they mean; one that repeats is a list', () => {
    const sent = { maxResults: '5', singleEvents: 'true', eventTypes: 'default' };
    const read = checks.query('Events$List', sent);
    expect(read).toEqual({ maxResults: 5, singleEvents: true, eventTypes: ['default'] });
    expect(() => checks.query('Events$List', { maxResults: 'many' })).toThrow('maxResults');
    expect(() => checks.query('Events$List', { maxresults: '5' })).toThrow('maxresults');
  });

  test('null removes in a patch; elsewhere only where the types allow it', () => {
    const body = { extendedProperties: { private: { a: null } } };
    expect(checks.body('Event', body, true)).toEqual(body);
    expect(() => checks.body('Event', body, false)).toThrow(Refusal);
    expect(() => checks.body('Event', [], false)).toThrow(Refusal);
    expect(() => checks.body('Event', { organiser: {} }, true)).toThrow('organiser');
  });
});
