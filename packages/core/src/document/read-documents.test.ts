import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { documentLimits, readDocuments } from './read-documents.ts';

function codesOf(input: string | Uint8Array): readonly string[] {
  return readDocuments(input, 'some.yaml').problems.map(({ code }) => code);
}

/** Generous: what is bounded takes milliseconds, what is not takes minutes. */
const fastMs = 5_000;

function inTime<Result>(work: () => Result): Result {
  // Time of the processor, so that a busy machine does not fail what is quick.
  const begun = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(begun);
  expect((user + system) / 1_000).toBeLessThan(fastMs);
  return result;
}

describe('reading YAML documents', () => {
  it('reads several in one file and leaves out empty ones', () => {
    const { documents, problems } = readDocuments('---\na: 1\n---\n---\nb: 2\n', 'some.yaml');
    expect(documents.map(({ value }) => value)).toEqual([{ a: 1 }, { b: 2 }]);
    expect(problems).toEqual([]);
  });

  it('names the place of a mistake of syntax and still reads the other documents', () => {
    const { documents, problems } = readDocuments('a: [1\n---\nb: 2\n', 'some.yaml');
    expect(documents.map(({ value }) => value)).toEqual([{ b: 2 }]);
    expect(problems[0]).toMatchObject({ code: 'yaml-syntax', severity: 'error', file: 'some.yaml', line: 2 });
  });

  it.each([
    ['for: *', 'yaml-syntax'],
    ['for: */main', 'yaml-aliases'],
    ['x: &a 1\nfor: [*a, *b]', 'yaml-aliases'],
  ])('says where a text that begins with a star wants quotes: %s', (text, code) => {
    const [problem] = readDocuments(text, 'some.yaml').problems;
    const lines = text.split('\n');
    expect(problem).toMatchObject({
      code,
      line: lines.length,
      suggestion: expect.stringContaining('in quotes'),
    });
    expect(problem?.column).toBe((lines.at(-1)?.lastIndexOf('*') ?? 0) + 1);
  });

  it('refuses a key written twice', () => {
    expect(readDocuments('a: 1\na: 2\n', 'some.yaml').problems).toMatchObject([
      { code: 'duplicate-key', line: 2, column: 1, text: 'a' },
    ]);
  });

  it('reads bytes, also those that are no UTF-8', () => {
    expect(codesOf(new TextEncoder().encode('a: grün\n'))).toEqual([]);
    expect(() => codesOf(new Uint8Array([0x61, 0x3a, 0x20, 0xff, 0xfe, 0x00]))).not.toThrow();
  });

  it('says of bytes that are no UTF-8 text just that', () => {
    expect(codesOf(Buffer.from('\ufeffa: 1\n', 'utf16le'))).toEqual(['not-utf-8']);
    expect(codesOf(Buffer.from('a: 1\n', 'utf16le'))).toEqual(['not-utf-8']);
    expect(codesOf(Buffer.from([0x61, 0x3a, 0x20, 0xff]))).toEqual(['not-utf-8']);
    expect(codesOf(Buffer.from('\ufeffa: ü\n'))).toEqual([]);
  });

  it('does not take a merge key for one of the keys', () => {
    const { documents, problems } = readDocuments('a: &a { b: 1 }\nc: { <<: *a }\n', 'some.yaml');
    expect(documents).toEqual([]);
    expect(problems).toMatchObject([{ code: 'merge-key', line: 2, column: 6 }]);
    expect(codesOf("'<<': 1\n")).toEqual([]);
  });

  it('keeps a secret out of messages about syntax', () => {
    const { problems } = readDocuments('password: "geheim\n', 'some.yaml');
    expect(problems.length).toBeGreaterThan(0);
    expect(JSON.stringify(problems)).not.toContain('geheim');
  });
});

describe('texts made to exhaust the reader', () => {
  it('are refused by their size', () => {
    expect(codesOf('a'.repeat(documentLimits.length + 1))).toEqual(['too-large']);
    expect(inTime(() => codesOf('x'.repeat(10 * 1024 * 1024)))).toEqual(['too-large']);
  });

  it.each([
    ['brackets', '['.repeat(100_000)],
    ['braces', '{a: '.repeat(60_000)],
    ['list marks', '- '.repeat(100_000)],
    ['question marks', '? '.repeat(100_000)],
    ['indentation', Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
  ])('are refused by their depth, in %s', (_, text) => {
    expect(inTime(() => codesOf(text))).toEqual(['too-deep']);
  });

  it('are refused where aliases multiply', () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const before = `*a${level - 1}`;
      return `a${level}: &a${level} [${level === 0 ? 'x' : Array(9).fill(before).join(', ')}]`;
    });
    expect(inTime(() => codesOf(levels.join('\n')))).toEqual(['yaml-aliases']);
  });

  it('are refused where an alias contains itself', () => {
    expect(() => codesOf('a: &a [*a]\n')).not.toThrow();
  });

  it('are refused by the number of documents', () => {
    expect(inTime(() => codesOf('---\na: 1\n'.repeat(documentLimits.documents + 1)))).toEqual([
      'too-many-documents',
    ]);
    expect(inTime(() => codesOf('---\n'.repeat(60_000)))).toEqual(['too-many-documents']);
  });

  it.each([
    ['anchors', '&a '.repeat(80_000)],
    ['tags', '!!x '.repeat(60_000)],
    ['quotes', '"'.repeat(200_000)],
    ['colons', ': '.repeat(100_000)],
    ['commas', `[${','.repeat(200_000)}]`],
    ['closing brackets', ']'.repeat(200_000)],
    ['comments', '#\n'.repeat(100_000)],
    ['line breaks', '\n'.repeat(200_000)],
    ['tabs', '\t'.repeat(200_000)],
    ['block scalars', 'a: |\n'.repeat(50_000)],
    ['directives', '%YAML 1.2\n'.repeat(20_000)],
  ])('are answered in time, in %s', (_, text) => {
    const problems = inTime(() => readDocuments(text, 'some.yaml').problems);
    expect(problems.length).toBeLessThanOrEqual(documentLimits.problems);
  });

  it('never throw, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(Array.isArray(codesOf(bytes))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('never throw, whatever the marks of YAML', () => {
    const mark = fc.constantFrom(
      '-',
      '?',
      ':',
      ',',
      '[',
      ']',
      '{',
      '}',
      '&a',
      '*a',
      '!',
      '|',
      '>',
      "'",
      '"',
      '%',
      '@',
      '\n',
      '  ',
      '\t',
      '---\n',
      '...\n',
      'a',
      'a: ',
      '<<: *a',
      '#',
    );
    fc.assert(
      fc.property(fc.array(mark, { maxLength: 60 }), (marks) => {
        expect(Array.isArray(codesOf(marks.join('')))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});
