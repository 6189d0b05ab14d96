import { describe, expect, it } from 'vitest';
import { explanations } from '../mutation/explained.ts';
import { instrument, type Mutant, readCore } from '../mutation/instrument.ts';
import { parseMutationOptions } from '../mutation/options.ts';
import { renderPage } from '../mutation/render.ts';
import { judge, nameOf } from '../mutation/score.ts';
import type { Outcome } from '../mutation/try-mutants.ts';

const { mutants, sources } = await instrument({ coverage: false });

const mutant = (change: Partial<Mutant>): Mutant => ({
  id: '1',
  file: 'src/decide/some.ts',
  line: 3,
  mutator: 'EqualityOperator',
  original: 'a < b',
  start: 0,
  end: 5,
  replacement: 'a <= b',
  lineText: 'if (a < b) return;',
  key: 'k',
  ...change,
});
const outcome = (status: Outcome['status']): Outcome => ({
  status,
  killedBy: status === 'killed' ? 'test/some.test.ts > fails' : null,
  failure: null,
});
const judgeAll = (statuses: readonly Outcome['status'][], known: Parameters<typeof judge>[4] = []) => {
  const all = statuses.map((status, index) => mutant({ id: `${index}`, replacement: `${status} ${index}` }));
  const outcomes = new Map(all.map((each, index) => [each, outcome(statuses[index] ?? 'survived')]));
  return judge(all, outcomes, all, { sample: null, seed: 1 }, known);
};
const explanationOf = (name: string) => ({
  file: 'src/decide/some.ts',
  line: 'if (a < b) return;',
  mutants: [`EqualityOperator: a < b -> ${name}`],
  why: 'they are never equal',
});
const nine = Array.from({ length: 9 }, () => 'killed' as const);

describe('the mutants of core', () => {
  it('are many, in every room but the simulator, each where its text says', () => {
    expect(mutants.length).toBeGreaterThan(10_000);
    const rooms = new Set(mutants.map(({ file }) => file.split('/')[1]));
    expect([...rooms].sort()).toContain('guardrails');
    expect(rooms.has('simulate')).toBe(false);
    for (const { file, start, end, original } of mutants.slice(0, 2_000)) {
      expect(readCore(file).slice(start, end)).toBe(original);
    }
    expect(new Set(mutants.map(({ key }) => key)).size).toBe(mutants.length);
  });

  it('are all in the instrumented sources, as JavaScript with numbers', () => {
    const text = Object.values(sources).join('\n');
    const there = new Set([...text.matchAll(/stryMutAct_9fa48\((\d+)\)/g)].map(([, id]) => id));
    expect(mutants.filter(({ id }) => !there.has(id))).toEqual([]);
    expect(text).not.toContain('stryNS_9fa48');
  });

  it('are there for every explanation', () => {
    const missing = explanations.flatMap(({ file, line, mutants: names }) =>
      names.filter(
        (name) =>
          !mutants.some((each) => each.file === file && each.lineText === line && nameOf(each) === name),
      ),
    );
    expect(missing).toEqual([]);
  });
});

describe('the score', () => {
  it('leaves out what the compiler refuses, and counts a limit of time as a kill', () => {
    const { score, counts, passed } = judgeAll([...nine, 'timeout', 'survived', 'invalid']);
    expect(counts).toMatchObject({ killed: 9, timeout: 1, survived: 1, invalid: 1 });
    expect(score).toBeCloseTo((100 * 10) / 11);
    expect(passed).toBe(true);
  });

  it('is below the bar where nothing reaches too many', () => {
    expect(judgeAll([...nine, 'not-reached', 'survived']).passed).toBe(false);
  });

  it('is told with and without what is explained', () => {
    const judged = judgeAll([...nine, 'survived', 'survived'], [explanationOf('survived 9')]);
    expect(judged.score).toBeCloseTo((100 * 9) / 11);
    expect(judged.scoreWithoutExplained).toBeCloseTo(90);
    expect(judged).toMatchObject({ passed: true, falseExplanations: [] });
  });

  it('fails with an explanation of a mutant that a test kills, or that is not there', () => {
    const killed = judgeAll(nine, [explanationOf('killed 3')]);
    expect(killed.falseExplanations[0]).toContain('a test kills it (test/some.test.ts > fails)');
    expect(killed.passed).toBe(false);
    expect(judgeAll(nine, [explanationOf('nothing')]).falseExplanations[0]).toContain('no such mutant');
  });

  it('has an interval where it comes from a sample, and a page', () => {
    const all = Array.from({ length: 100 }, (_, index) => mutant({ replacement: `${index}` }));
    const outcomes = new Map(all.map((each, index) => [each, outcome(index < 90 ? 'killed' : 'survived')]));
    const judged = judge(all, outcomes, all, { sample: 100, seed: 7 }, []);
    // Wilson's interval of 90 in 100, as tables give it.
    expect(judged.interval?.[0]).toBeCloseTo(82.6, 1);
    expect(judged.interval?.[1]).toBeCloseTo(94.5, 1);
    const page = renderPage({ ...judged, of: 5_000, tookMs: 1 }, [{ name: 'x.test.ts', why: 'slow' }]);
    expect(page).toContain('A random sample of 100 of 5000 mutants (seed 7)');
    expect(page).toContain('| src/decide | 100 | 90 | 0 | 10 | 0 | 0 | 90.0 % |');
  });
});

describe('the options', () => {
  it.each([
    [['--sample', 'many'], '--sample many is no whole number from 1 up'],
    [['--seed', '3'], 'give --sample N, too'],
    [['--write', '--file', 'x'], 'leave out --file and --changed'],
  ])('%j are refused with what to do', (words, message) => {
    expect(() => parseMutationOptions(words)).toThrow(message);
  });

  it('have defaults', () => {
    expect(parseMutationOptions([])).toMatchObject({ sample: null, seed: 1, files: [], json: false });
    expect(parseMutationOptions(['--help'])).toBe('help');
  });
});
