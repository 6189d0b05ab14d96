import { describe, expect, it } from 'vitest';
import { expectationProblem, readExpectation } from './expectation.ts';

const problemOf = (expected: unknown, value: unknown, retcode: number | null = 0) =>
  expectationProblem(readExpectation('salt.function', expected), value, retcode);

describe('what a playbook expects of a return', () => {
  const status = { nodes: { running: ['rabbit@a', 'rabbit@b'] }, alarms: [] };

  it.each([
    ['nothing in particular', undefined, 'anything', 0],
    ['a retcode other than 0', { retcode: 3 }, 'x', 3],
    ['one of several retcodes', { retcode: [0, 3] }, 'x', 0],
    ['a value', { equals: { a: [1] } }, { a: [1] }, 0],
    ['false, where that is what is wanted', { equals: false }, false, 1],
    ['a text in a text', { contains: 'done' }, 'all done', 0],
    ['an entry of a list inside', { at: 'nodes.running', contains: ['rabbit@a', 'rabbit@b'] }, status, 0],
    ['an empty list inside', { at: 'alarms', equals: [] }, status, 0],
    ['a key of a map', { contains: 'nodes' }, status, 0],
    ['no such text', { lacks: 'error' }, 'fine', 0],
  ])('%s', (_name, expected, value, retcode) => {
    expect(problemOf(expected, value, retcode)).toBeNull();
  });

  it.each([
    ['a retcode', undefined, 'x', 1, 'retcode 1 instead of 0'],
    ['a return without any', undefined, 'x', null, 'without a retcode'],
    ['false', undefined, false, 0, 'returned false'],
    ['another value', { equals: 1 }, '1', 0, 'it is not 1'],
    ['a missing text', { contains: ['a', 'b'] }, 'a', 0, 'does not contain "b"'],
    ['a text that must not be', { lacks: 'err' }, 'an error', 0, 'contains "err"'],
    ['a map without that part', { at: 'nodes.down', lacks: 'x' }, status, 0, 'no nodes.down'],
    ['a part by an inherited name', { at: 'constructor', lacks: 'x' }, status, 0, 'no constructor'],
    ['the right value under a wrong retcode', { equals: true }, true, 1, 'retcode 1'],
  ])('%s is not it', (_name, expected, value, retcode, why) => {
    expect(problemOf(expected, value, retcode)).toContain(why);
  });

  it.each([
    ['yes'],
    [{ returns: true }],
    [{ retcode: '0' }],
    [{ retcode: [] }],
    [{ retcode: 0.5 }],
    [{ contains: '' }],
    [{ lacks: [1] }],
    [{ at: '' }],
  ])('%j is refused before anything is sent', (expected) => {
    expect(() => readExpectation('salt.function', expected)).toThrow(
      expect.objectContaining({ code: 'salt-argument', maybeTaken: false }),
    );
  });
});
