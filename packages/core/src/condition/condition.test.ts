import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkCondition, isTrue } from './condition.ts';
import { type ConditionFacts, signalFacts } from './facts.ts';

const facts: ConditionFacts = {
  resource: 'postgres/main',
  labels: { tier: 'gold', city: 'Kyiv' },
  signal: signalFacts({
    id: '1',
    source: 'alerts',
    type: 'alert',
    resource: 'postgres/main',
    status: 'firing',
    summary: 'replica lags',
    data: { severity: 'critical', lag: 31, labels: { zone: 'a' }, list: ['x', 'y'] },
  }),
  faults: ['timeout'],
};

describe('a condition', () => {
  it.each([
    "labels.tier == 'gold'",
    "labels['city'].startsWith('Ky')",
    "resource == 'postgres/main' && kind == 'postgres' && name == 'main'",
    "signal.data.severity in ['critical', 'page'] && signal.data.lag > 30",
    "signal.data.labels.zone == 'a'",
    "signal.data.list.exists(each, each == 'y')",
    "'timeout' in faults && !('corrupt' in faults)",
    'has(labels.tier) && !has(labels.other)',
  ])('is true: %s', (text) => {
    expect(checkCondition(text, 'step')).toBeNull();
    expect(isTrue(text, 'step', facts)).toBe(true);
  });

  it.each([
    "labels.other == 'gold'",
    "!(labels.other == 'gold')",
    "labels.constructor == ''",
    "signal.data.toString == ''",
    "signal.data.lag == 'many'",
    'signal.data.lag / 0 == 1',
  ])('that cannot be answered is not true: %s', (text) => {
    expect(isTrue(text, 'step', facts)).toBe(false);
  });

  it('reads empty texts where no signal has come', () => {
    expect(isTrue("signal.type == ''", 'step', { ...facts, signal: null })).toBe(true);
  });
});

describe('check of a condition', () => {
  it.each(['false', '1 == 2', '1 / 0 == 1'])('refuses one that can never be true: %s', (text) => {
    expect(checkCondition(text, 'step')).not.toBeNull();
    expect(checkCondition(text, 'signal')).not.toBeNull();
  });

  it('lets one be that is always true', () => {
    expect(checkCondition('true', 'step')).toBeNull();
  });

  it.each([
    ["label.tier == 'gold'", 'Unknown variable: label', 'did you mean `labels`?', 'label'],
    ["signal.tpye == 'x'", 'No such key: tpye', 'did you mean `type`?', 'tpye'],
    ["'timout' in faults", 'there is no kind of fault `timout`', 'did you mean `timeout`?', "'timout'"],
    ["labels.tier = 'gold'", 'Unexpected character: =', 'write `==` to compare', '='],
    ["kind === 'redis'", 'Unexpected character: =', 'write `==` to compare', '='],
    ["kind == 'a' & name == 'b'", 'Unexpected character: &', 'write `&&` for and', '&'],
    ["kind == 'a' or name == 'b'", "Unexpected character: 'r'", 'write `||` for or', 'or'],
    ['resource + 1 == name', 'no such overload: string + int', null, 'resource + 1'],
    [
      'labels.tier',
      'is string, and a condition must be true or false',
      "compare it, such as `labels.tier == 'gold'`",
      'labels.tier',
    ],
  ])('finds what is wrong before it is asked: %s', (text, message, suggestion, offending) => {
    const problem = checkCondition(text, 'step');
    expect(problem).toMatchObject({ message, suggestion });
    expect(text.slice(problem?.start, problem?.end)).toBe(offending);
  });

  it('knows faults at a step only: before an incident is open it shows none', () => {
    expect(checkCondition("'timeout' in faults", 'step')).toBeNull();
    expect(checkCondition("'timeout' in faults", 'signal')).toMatchObject({
      message: 'Unknown variable: faults',
    });
  });

  it.each([
    ["name.matches('(a+)+$')", '`matches` cannot be used'],
    ["cel.bind(x, name + name, x == 'a')", '`bind` cannot be used'],
    ['faults.map(x, x).size() == 1', '`map` cannot be used'],
    ['faults.all(x, faults.all(y, faults.exists(z, x == y && y == z)))', 'loops cannot be nested'],
    [`${'('.repeat(400)}true${')'.repeat(400)}`, 'Exceeded maxDepth'],
    [`${'!'.repeat(900)}true`, 'Exceeded maxAstNodes'],
    [`${'true && '.repeat(120)}true`, 'Exceeded maxAstNodes'],
    [`size([${'1,'.repeat(99)}1]) == 1`, 'Exceeded maxListElements'],
    [`'x' == '${'x'.repeat(2_000)}'`, 'at most 1000 are read'],
  ])('refuses what could cost more than its size: %s', (text, message) => {
    expect(checkCondition(text, 'step')?.message).toContain(message);
  });

  it('answers any text, and any text has an answer', () => {
    const word = fc.constantFrom(
      'labels',
      '.',
      'tier',
      "'gold'",
      '==',
      '&&',
      '||',
      '!',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      'in',
      'faults',
      'x',
      ',',
      '.exists(x, ',
      '.filter(x,',
      '+',
      '-',
      '*',
      '/',
      '%',
      '1',
      '2.5',
      '9223372036854775807',
      'signal',
      '.data',
      '?',
      ':',
      'size(',
      'int(',
      'double(',
      'string(',
      'has(',
      'null',
      'true',
      'b"x"',
      '"""',
      '\\',
      '1u',
      '0x',
      '1e999',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.array(word, { maxLength: 25 }).map((words) => words.join(' ')),
      fc.array(word, { maxLength: 25 }).map((words) => words.join('')),
    );
    fc.assert(
      fc.property(text, fc.anything(), (any, data) => {
        const problem = checkCondition(any, 'step');
        const signal = {
          id: '1',
          source: 's',
          type: 't',
          resource: 'a/b',
          status: 'firing',
          summary: '',
        } as const;
        const seen = signalFacts({ ...signal, data: { data } });
        const answer = isTrue(any, 'step', { ...facts, signal: seen });
        expect(problem === null || answer === false).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('the data of a signal', () => {
  it('is cut to what a decision can bear', () => {
    const signal = {
      id: '1',
      source: 's',
      type: 't',
      resource: 'a/b',
      status: 'firing',
      summary: '',
    } as const;
    const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`k${index}`, 'v']));
    let deep: unknown = 'end';
    for (let depth = 0; depth < 10_000; depth += 1) deep = { deep };
    const seen = signalFacts({ ...signal, data: { wide, deep, long: 'x'.repeat(100_000), kept: 'no' } });
    expect(JSON.stringify(seen).length).toBeLessThan(10_000);
    expect(signalFacts({ ...signal, data: { deep } }).data).toEqual({ deep: { deep: { deep: {} } } });
  });
});
