import { describe, expect, it } from 'vitest';
import { nearest } from './nearest.ts';
import { readDocuments } from './read-documents.ts';
import { shorten } from './source-document.ts';

describe('a text that is shown', () => {
  it.each([
    ['one', 'one'],
    ['one\ntwo', 'one'],
    ['one\r\ntwo', 'one'],
    ['one \n\n', 'one'],
    ['  one', '  one'],
    ['', ''],
    ['a\tb\u0000c\u007fd\u009f', 'a·b·c·d·'],
    ['x\u001b[31m', 'x·[31m'],
  ])('of %j is %j', (text, shown) => {
    expect(shorten(text)).toBe(shown);
  });

  it('is cut where it is long, to the character', () => {
    const whole = shorten('x'.repeat(2_000)).length - 1;
    expect(shorten('x'.repeat(whole))).toBe('x'.repeat(whole));
    expect(shorten('x'.repeat(whole + 1))).toBe(`${'x'.repeat(whole)}…`);
  });
});

it('hides what the parser says of a line that may show a secret, but for its kind', () => {
  const said = (text: string) =>
    readDocuments(text, 'some.yaml').problems.map(({ message, text: shown }) => [message, shown]);
  const [[message, shown] = []] = said('password: "geheim\n');
  expect(message).toBe('YAML: missing char');
  expect(shown).not.toContain('geheim');
  expect(said('colour: "geheim\n')[0]?.[0]).toMatch(/^YAML: [A-Z]/);
});

it('looks for a word by its first 64 characters', () => {
  const long = 'x'.repeat(64);
  expect(nearest(`${long}${'a'.repeat(60)}`, [`${long}${'b'.repeat(60)}`])).not.toBeNull();
  expect(
    nearest(`${long.slice(0, 30)}${'a'.repeat(60)}`, [`${long.slice(0, 30)}${'b'.repeat(60)}`]),
  ).toBeNull();
});
