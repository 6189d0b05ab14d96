// One worker: holds core and its tests in memory, switches one mutant on after the other and runs the tests that
// reach it. Endless loops end by their number of hits; where they do not, the parent ends this process.
import { beginGeneration } from './load-instrumented.ts';
import type { Answer, MeasuredTest, Order, Trial } from './messages.ts';
import { type CollectedTest, takeCollected } from './test-api.ts';
import { whyLeftOut } from './tests.ts';

/** What the instrumented sources look at. */
interface Switch {
  /** 0 for none. */
  activeMutant: number;
  hitCount: number;
  hitLimit: number;
  /** How often each mutant was reached; counted only while it is measured. */
  readonly reached: Uint32Array;
}

const mutantsAtMost = 100_000;
const mutation: Switch = {
  activeMutant: 0,
  hitCount: 0,
  hitLimit: Number.POSITIVE_INFINITY,
  reached: new Uint32Array(mutantsAtMost),
};
(globalThis as { __stryker__?: Switch }).__stryker__ = mutation;

const files = JSON.parse(process.env['PRUNELLA_TEST_FILES'] ?? '[]') as readonly string[];
const asyncTestAtMostMs = 20_000;
const tellEveryMs = 1_000;

const tell = (answer: Answer): void => {
  process.send?.(answer);
};
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Each test's name with its file, as vitest would print it. */
const nameOf = (file: string, test: CollectedTest) => `${file} > ${test.name}`;

async function load(file: string, generation: number): Promise<Map<string, CollectedTest>> {
  takeCollected();
  const url = new URL(`../${file}`, import.meta.url);
  if (generation > 0) url.searchParams.set('generation', String(generation));
  await import(url.href);
  return new Map(takeCollected().map((test) => [nameOf(file, test), test]));
}

/** Null: passed. */
async function failureOf(test: CollectedTest): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  try {
    const running = test.body();
    if (running instanceof Promise) {
      const tooLong = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error('The test did not end in time.')), asyncTestAtMostMs);
      });
      await Promise.race([running, tooLong]);
    }
    return null;
  } catch (error) {
    return messageOf(error).slice(0, 300) || 'an error without a message';
  } finally {
    clearTimeout(timer);
  }
}

function takeReached(): Record<string, number> {
  const taken: Record<string, number> = {};
  for (const [id, count] of mutation.reached.entries()) if (count > 0) taken[id] = count;
  mutation.reached.fill(0);
  return taken;
}

const fileOfTest = new Map<string, string>();
const loaded = new Map<string, CollectedTest>();

async function loadAll(): Promise<void> {
  for (const file of files) {
    for (const [name, test] of await load(file, 0)) {
      loaded.set(name, test);
      fileOfTest.set(name, file);
    }
  }
}

async function measure(): Promise<void> {
  const atLoad = Object.keys(takeReached());
  const tests: MeasuredTest[] = [];
  for (const [name, test] of loaded) {
    if (whyLeftOut(name) !== null) continue;
    const begun = performance.now();
    const failure = await failureOf(test);
    const durationMs = performance.now() - begun;
    tests.push({ name, file: fileOfTest.get(name) ?? '', durationMs, failure, reached: takeReached() });
  }
  tell({ kind: 'measured', tests, atLoad });
}

async function tryOne(trial: Trial): Promise<void> {
  mutation.activeMutant = Number(trial.id);
  mutation.hitLimit = trial.hitsAtMost;
  const generation = trial.atLoad ? beginGeneration() : 0;
  const renewed = new Map<string, Map<string, CollectedTest>>();
  let toldAt = Date.now();
  for (const name of trial.tests) {
    if (Date.now() - toldAt > tellEveryMs) {
      tell({ kind: 'working' });
      toldAt = Date.now();
    }
    let test = loaded.get(name);
    mutation.hitCount = 0;
    if (trial.atLoad) {
      const file = fileOfTest.get(name) ?? '';
      try {
        let fresh = renewed.get(file);
        if (fresh === undefined) {
          fresh = await load(file, generation);
          renewed.set(file, fresh);
        }
        test = fresh.get(name);
      } catch (error) {
        return tell({ kind: 'tried', id: trial.id, killedBy: name, failure: `at load: ${messageOf(error)}` });
      }
    }
    if (test === undefined) continue;
    const failure = await failureOf(test);
    if (failure !== null) return tell({ kind: 'tried', id: trial.id, killedBy: name, failure });
  }
  tell({ kind: 'tried', id: trial.id, killedBy: null, failure: null });
}

/** A mutant must leave nothing behind that makes a test fail without it. */
async function insanity(quickTests: readonly string[]): Promise<string | null> {
  mutation.activeMutant = 0;
  for (const name of quickTests) {
    const test = loaded.get(name);
    const failure = test === undefined ? null : await failureOf(test);
    if (failure !== null) return `${name}: ${failure}`;
  }
  return null;
}

async function obey(order: Order): Promise<void> {
  if (order.kind === 'measure') return measure();
  for (const trial of order.trials) await tryOne(trial);
  const insane = await insanity(order.quickTests);
  tell({ kind: 'done', sane: insane === null, insane });
}

process.on('message', (order: Order) => void obey(order));
// A Ctrl-C at the terminal reaches this process, too; its parent ends it.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));
await loadAll();
tell({ kind: 'ready' });
