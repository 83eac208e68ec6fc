// Refusals in words: every code has them in both languages, and none shows what it should not.
import { describe, expect, test } from 'vitest';
import { Refusal, refusals } from '../../../server/errors.ts';
import { problemCard, problemOf } from '../../../server/sidebar/problem.ts';
import { failureWords, refusalWords } from '../../../server/sidebar/words.ts';
import { ProblemCard, problemCodes } from '../../../shared/card-api.ts';
import { ProblemCode } from '../../../shared/problems.ts';

const said = (code: string, locale: 'en' | 'nb', details?: unknown) =>
  refusalWords({ code, message: 'The server’s own sentence.', details }, locale);

describe('a refusal', () => {
  test.each(ProblemCode.options)('%s has words of its own in both languages', (code) => {
    const [en, nb] = [said(code, 'en'), said(code, 'nb')];
    expect(en).not.toBe(nb);
    expect(nb).not.toContain('sentence');
    if (code !== 'internal') expect(nb).not.toBe(said('internal', 'nb'));
  });

  test('tells the first of its reasons', () => {
    const details = { reasons: [{ words: 'Anna er booket fra 09:00 til 10:00.' }, { words: 'Mer.' }] };
    expect(said('taken', 'nb', details)).toBe(
      'Det tidspunktet er opptatt: velg et annet. Anna er booket fra 09:00 til 10:00.',
    );
  });

  test('in English says what the server says where that says more', () => {
    expect(said('invalid', 'en')).toBe('The server’s own sentence.');
    expect(said('stale', 'en')).not.toContain('sentence');
  });

  test('that is none is a fault of ours, and shows nothing of itself', () => {
    expect(failureWords(new Error('password=x'), 'en')).toBe(
      'Something failed on our side: try again in a minute.',
    );
  });
});

describe('a problem', () => {
  test.each(problemCodes)('%s says what is wrong and what to do, in both languages', (code) => {
    const [en, nb] = [problemCard(code, 'en'), problemCard(code, 'nb')];
    for (const card of [en, nb]) expect(ProblemCard.parse(card)).toEqual(card);
    expect(en.words).not.toBe(nb.words);
    expect(en.next).not.toBe(nb.next);
  });

  test('is made of what refused to be a card; the rest is for HTTP', () => {
    expect(problemOf(new Refusal('not_found', '…'), 'en')?.code).toBe('not_found');
    expect(problemOf(new Refusal('forbidden', '…'), 'en')?.code).toBe('no_access');
    for (const code of Object.keys(refusals).filter((one) => refusals[one as keyof typeof refusals] >= 500))
      expect(problemOf(new Refusal(code as keyof typeof refusals, '…'), 'en')).toBeUndefined();
    expect(problemOf(new Error('…'), 'en')).toBeUndefined();
  });
});
