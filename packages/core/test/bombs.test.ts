import { isError, readPlaybooks } from '@prunella/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** The heap that reading may take at its peak, beyond the text itself; far below what a bomb unfolds to. */
const heapLimit = 400 * 1024 * 1024;

function read(...texts: readonly (string | Uint8Array)[]) {
  const before = process.memoryUsage().heapUsed;
  const answer = readPlaybooks(texts.map((text, index) => ({ file: `${index}.yaml`, text })));
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(heapLimit);
  return answer;
}

const head = 'playbook: some\nfor: redis/*\n';
const step = '{ action: a.b }';

describe('a playbook made to exhaust its reader', () => {
  const laughs = Array.from({ length: 30 }, (_, level) =>
    level === 0 ? 'a0: &a0 [lol, lol, lol]' : `a${level}: &a${level} [${`*a${level - 1},`.repeat(9)}]`,
  ).join('\n');
  const nested = (depth: number) => `${'[{ a: '.repeat(depth)}x${' }]'.repeat(depth)}`;

  it.each([
    ['aliases of aliases', `${head}${laughs}\nladder: [${step}]`],
    ['an alias of itself', `${head}ladder: &l [{ action: a.b, with: { self: *l } }]`],
    [
      'merge keys that unfold',
      `${head}base: &b { a: 1 }\nladder: [{ <<: [${'*b,'.repeat(5_000)}*b], action: a.b }]`,
    ],
    ['deep nesting', `${head}ladder: [{ action: a.b, with: { x: ${nested(50_000)} } }]`],
    ['ten megabytes of text', `${head}ladder: [{ action: a.b, with: { x: '${'y'.repeat(10_000_000)}' } }]`],
    ['ten megabytes of steps', `${head}ladder: [${`${step},`.repeat(700_000)}]`],
    [
      'a hundred thousand keys',
      `${head}${Array.from({ length: 20_000 }, (_, key) => `k${key}: 1`).join('\n')}`,
    ],
    ['a thousand documents', `${head}ladder: [${step}]\n---\n`.repeat(1_000)],
    [
      'a condition of a hundred kilobytes',
      `${head}ladder: [{ action: a.b, if: '${'true && '.repeat(12_000)}true' }]`,
    ],
    ['a condition of brackets', `${head}ladder: [{ action: a.b, if: '${'('.repeat(100_000)}' }]`],
    [
      'a condition that multiplies texts',
      `${head}ladder: [{ action: a.b, if: "${'cel.bind(x, name + name, '.repeat(30)}x == 'a'${')'.repeat(30)}" }]`,
    ],
    [
      'a condition of loops in loops',
      `${head}ladder: [{ action: a.b, if: "faults.all(a, faults.all(b, faults.all(c, a == b)))" }]`,
    ],
    [
      'a regular expression that never ends',
      `${head}ladder: [{ action: a.b, if: "name.matches('(a+)+$')" }]`,
    ],
    ['a template that unfolds', `${head}ladder: [{ action: a.b, with: { x: '${'{{ '.repeat(60_000)}' } }]`],
    ['a duration without end', `${head}open: { after: '${'9'.repeat(100_000)}s' }\nladder: [${step}]`],
    ['a pattern of stars', `playbook: some\nfor: 'a/${'*'.repeat(100_000)}'\nladder: [${step}]`],
  ])('is refused with an answer: %s', (_, text) => {
    const { placed, problems } = read(text);
    expect(placed).toEqual([]);
    expect(problems.some(isError)).toBe(true);
    expect(problems.length).toBeLessThanOrEqual(300);
  });

  it('is refused as bytes that are no text', () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 7919) % 256);
    expect(read(bytes).problems.length).toBeGreaterThan(0);
    expect(read(new Uint8Array(10_000_000)).problems.some(isError)).toBe(true);
  });

  it('is bounded where many extend one another', () => {
    const wide = Array.from(
      { length: 50 },
      (_, index) => `{ id: s${index}, action: a.b, with: { x: '${'y'.repeat(1_000)}' } }`,
    );
    const base = `playbook: p0\ntemplate: true\nlimits: { attemptsPerDay: 100 }\nladder: [${wide.join(', ')}]\n`;
    const others = Array.from(
      { length: 99 },
      (_, index) => `playbook: p${index + 1}\nfor: a/p${index}\nextends: p${Math.min(index, 7)}\n`,
    );
    const { placed } = read([base, ...others].join('---\n'));
    expect(placed.length).toBe(99);
  });

  it('is bounded where overrides multiply', () => {
    const override = "{ labels: { a: 'b' }, ladder: { s: { after: 1m } } }";
    const text = `${head}ladder: [{ id: s, action: a.b }]\noverrides: [${Array.from({ length: 51 }, () => override).join(', ')}]`;
    expect(read(text).problems.some(isError)).toBe(true);
  });
});

describe('any text put together from the words of the language', () => {
  const word = fc.constantFrom(
    'playbook: a',
    'playbook: b',
    'for: a/b',
    'template: true',
    'extends: a',
    'extends: b',
    'dependsOn: [a/b, c/d]',
    'nodes: { n: t }',
    'nodes: { n: { target: t } }',
    'open:',
    '  after: 5m',
    '  signals: [x, { type: y, if: "true" }]',
    '  quorum: { share: 150%, hosts: 0 }',
    'ladder:',
    '  - action: a.b',
    '  - { id: x, action: a.b, if: "labels.a ==" }',
    '  - { id: x }',
    '    with: { a: "{{ node }}", b: ["{{ x", *r] }',
    '    when: [timeout, local]',
    'overrides:',
    '  - { labels: { a: [b, c] }, ladder: { x: { after: 1m }, y: 3 } }',
    '  - { labels: {} }',
    'limits: { relapse: 1m }',
    'windows: { timeZone: Nowhere }',
    '---',
    '&r',
    '*r',
    '? [a]',
    '<<: *r',
    '! x',
    '|',
    '  >-',
    "'",
    '"',
    '#',
    '\t- a',
    '\u0000',
  );

  it('has an answer, and names a place for each problem', () => {
    fc.assert(
      fc.property(fc.array(fc.array(word, { maxLength: 14 }), { minLength: 1, maxLength: 3 }), (files) => {
        const sources = files.map((lines, index) => ({ file: `${index}.yaml`, text: lines.join('\n') }));
        const { placed, problems } = readPlaybooks(sources);
        for (const { file } of placed) expect(sources.map((source) => source.file)).toContain(file);
        for (const { line, column, message } of problems) {
          expect(Math.min(line, column)).toBeGreaterThanOrEqual(1);
          expect(message).not.toBe('');
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
