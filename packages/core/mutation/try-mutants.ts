import { type Instrumented, instrument, type Mutant } from './instrument.ts';
import type { MeasuredTest, Trial } from './messages.ts';
import { testFiles } from './tests.ts';
import { temporarySources, type WorkerSetting, Workshop } from './workshop.ts';

export interface Outcome {
  /**
   * `timeout`: the tests ended no more, or the process died of the mutant; it counts as killed. `invalid`: the
   * compiler refuses it; it does not count.
   */
  readonly status: 'killed' | 'timeout' | 'survived' | 'not-reached' | 'invalid';
  readonly killedBy: string | null;
  readonly failure: string | null;
}

export interface Measured {
  readonly tests: readonly MeasuredTest[];
  readonly atLoad: ReadonlySet<string>;
  /** The folder of each mutant, by id. */
  readonly rooms: ReadonlyMap<string, string>;
}

export interface Progress {
  readonly onOutcome: (mutant: Mutant, outcome: Outcome) => void;
  readonly onNote: (note: string) => void;
  readonly isStopped: () => boolean;
}

const measureAtMostMs = 1_800_000;
/** Of one test, which takes a second at most; generous, since the machine may be busy. */
const testAtMostMs = 90_000;
const quickTestMs = 3;
const inOneOrder = 15;
/** Modules that were loaded anew are never freed. */
const loadTrialsOfOneWorker = 120;

/** Runs all tests once without a mutant: which pass here, how long they take, and what each reaches. */
export async function measure(isStopped: () => boolean): Promise<Measured | null> {
  const { sources, mutants } = await instrument({ coverage: true });
  const workshop = await Workshop.start({ folder: temporarySources(sources), testFiles: testFiles() });
  try {
    const answer = await workshop.give({ kind: 'measure' }, 'measured', measureAtMostMs, () => {}, isStopped);
    if (isStopped()) return null;
    if (answer === null) throw new Error(`The tests could not be run without a mutant: ${workshop.errors}`);
    const rooms = new Map(mutants.map(({ id, file }) => [id, roomOf(file)]));
    return { tests: answer.tests, atLoad: new Set(answer.atLoad), rooms };
  } finally {
    await workshop.end();
  }
}

/** Their schemas, environments and compiled conditions are made once and kept: a mutant needs them made anew. */
const keepsAnswers = /^src\/(condition\/|document\/schema|playbook\/(text|windows-text)|scenario\/text)/;

/** For each mutant the tests that it is held to. */
function planTrials(
  mutants: readonly Mutant[],
  { tests, atLoad, rooms: roomsById }: Measured,
): ReadonlyMap<Mutant, Trial> {
  const usable = tests.filter(({ failure }) => failure === null);
  const reachRoom = testsByRoom(usable, roomsById);
  return new Map(
    mutants.map((mutant) => {
      const { id } = mutant;
      const renewed = atLoad.has(id) || keepsAnswers.test(mutant.file);
      const reach = usable.filter(({ reached }) => reached[id] !== undefined);
      const chosen = renewed ? (reachRoom.get(roomOf(mutant.file)) ?? []) : reach;
      const hits = Math.max(0, ...chosen.map(({ reached }) => reached[id] ?? 0));
      return [
        mutant,
        {
          id,
          atLoad: renewed,
          tests: chosen.map(({ name }) => name),
          hitsAtMost: Math.max(10_000, hits * 100),
        },
      ];
    }),
  );
}

/** Tries them in one worker, which is replaced where a mutant ended or spoilt it. */
export async function tryMutants(
  given: readonly Mutant[],
  measured: Measured,
  { sources }: Instrumented,
  progress: Progress,
): Promise<void> {
  const setting: WorkerSetting = { folder: temporarySources(sources), testFiles: testFiles() };
  const quickTests = measured.tests
    .filter(({ durationMs, failure }) => failure === null && durationMs <= quickTestMs)
    .map(({ name }) => name);
  const plan = planTrials(given, measured);
  const likeliest = new Likeliest(measured.tests);
  const waiting = [...given];
  const alone = new Set<Mutant>();
  let workshop: Workshop | null = null;
  let loadTrials = 0;
  const replace = async () => {
    await workshop?.end();
    workshop = null;
    loadTrials = 0;
  };
  try {
    while (waiting.length > 0 && !progress.isStopped()) {
      const size = waiting.findIndex((mutant) => alone.has(mutant));
      const order = waiting.splice(0, size === 0 ? 1 : size > 0 ? Math.min(size, inOneOrder) : inOneOrder);
      const trials = order.flatMap((mutant) => {
        const trial = plan.get(mutant);
        return trial === undefined ? [] : [{ ...trial, tests: likeliest.inOrder(trial.tests) }];
      });
      const outcomes = new Map<string, Outcome>();
      workshop ??= await Workshop.start(setting);
      const done = await workshop.give(
        { kind: 'try', trials, quickTests },
        'done',
        testAtMostMs,
        (answer) => {
          if (answer.kind !== 'tried') return;
          outcomes.set(answer.id, outcomeOf(answer, plan, order));
          if (answer.killedBy !== null) likeliest.noteKill(answer.killedBy);
        },
        progress.isStopped,
      );
      if (progress.isStopped()) break;
      loadTrials += trials.filter(({ atLoad }) => atLoad).length;
      if (done?.sane === false && order.length > 1) {
        progress.onNote(`a mutant among ${order.length} left something behind (${done.insane}): each alone`);
        for (const mutant of order) alone.add(mutant);
        waiting.unshift(...order);
        await replace();
        continue;
      }
      if (done === null) {
        const untried = order.filter(({ id }) => !outcomes.has(id));
        const [ended, ...others] = untried;
        if (ended !== undefined) {
          const failure = workshop.errors.split('\n').find((line) => /error/i.test(line)) ?? 'no end in time';
          outcomes.set(ended.id, { status: 'timeout', killedBy: null, failure });
        }
        waiting.unshift(...others);
      }
      for (const mutant of order) {
        const outcome = outcomes.get(mutant.id);
        if (outcome !== undefined) progress.onOutcome(mutant, outcome);
      }
      if (done?.sane !== true || loadTrials >= loadTrialsOfOneWorker) await replace();
    }
  } finally {
    await replace();
  }
}

const roomOf = (file: string) => file.split('/').slice(0, 2).join('/');

/** For what is done once while a module is loaded: the tests that reach anything in its folder. */
function testsByRoom(
  usable: readonly MeasuredTest[],
  roomsById: ReadonlyMap<string, string>,
): ReadonlyMap<string, readonly MeasuredTest[]> {
  const rooms = new Map<string, MeasuredTest[]>();
  for (const test of usable) {
    const reached = new Set(Object.keys(test.reached).flatMap((id) => roomsById.get(id) ?? []));
    for (const room of new Set([...reached, roomOf(test.file)]))
      rooms.set(room, [...(rooms.get(room) ?? []), test]);
  }
  return rooms;
}

function outcomeOf(
  answer: { readonly id: string; readonly killedBy: string | null; readonly failure: string | null },
  plan: ReadonlyMap<Mutant, Trial>,
  order: readonly Mutant[],
): Outcome {
  const { killedBy, failure } = answer;
  if (killedBy !== null) return { status: 'killed', killedBy, failure };
  const mutant = order.find(({ id }) => id === answer.id);
  const reached = mutant !== undefined && (plan.get(mutant)?.tests.length ?? 0) > 0;
  return { status: reached ? 'survived' : 'not-reached', killedBy, failure };
}

/** Puts the tests first that kill much for the time that they take, so that most mutants die early. */
class Likeliest {
  readonly #durations: ReadonlyMap<string, number>;
  readonly #kills = new Map<string, number>();

  constructor(tests: readonly MeasuredTest[]) {
    this.#durations = new Map(tests.map(({ name, durationMs }) => [name, durationMs]));
  }

  noteKill(test: string): void {
    this.#kills.set(test, (this.#kills.get(test) ?? 0) + 1);
  }

  inOrder(tests: readonly string[]): readonly string[] {
    const worth = (test: string) =>
      ((this.#kills.get(test) ?? 0) + 0.1) / ((this.#durations.get(test) ?? 0) + 1);
    return [...tests].sort((left, right) => worth(right) - worth(left));
  }
}
