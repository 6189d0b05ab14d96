import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Random } from '@prunella/core/simulate';
import { crashPoints } from '../src/engine/crash-point.ts';
import { databaseFileName } from '../src/store/sqlite-store.ts';
import type { Defect } from './defects.ts';
import type { HealerProcess } from './healer-process.ts';
import { Load } from './load.ts';
import type { FromHealer, Orders } from './messages.ts';
import { resources, torturePlaybooks } from './playbooks.ts';
import { type Promised, Rules } from './rules.ts';
import { StoredTruth } from './stored.ts';
import { World } from './world.ts';

export interface StoreUnderTortureOptions {
  readonly folder: string;
  readonly seed: number;
  readonly defect: Defect | null;
  readonly start: () => HealerProcess;
  readonly interrupted: AbortSignal;
  readonly onKill: (moment: string) => void;
}

const moments = [...crashPoints, 'inside-commit'];

/** Where a crash point is not passed within this, the kill comes at that moment. */
const pointPatienceMs = 800;
/** A start that takes longer is one that hangs. */
const startPatienceMs = 30_000;
/** In which everything that was begun must have come to its end; less where it is known that it will not. */
const calmPatienceMs = 60_000;
const hopelessPatienceMs = 15_000;
/** Then a person looks at what is still open, and again and again. */
const personAfterMs = 1_500;

/** One store with its world: a row of healers live on it, and each is killed. */
export class StoreUnderTorture {
  readonly #options: StoreUnderTortureOptions;
  readonly #random: Random;
  readonly #world: World;
  readonly #load: Load;
  readonly #promised: Promised = { acknowledged: new Set(), published: 0 };
  readonly #rules: Rules;
  readonly #faults: string[] = [];
  readonly #playbooks = torturePlaybooks();
  #spare: HealerProcess;
  #current: HealerProcess | null = null;
  #nextPoint: number;
  /** What the healer before did not come to in its time, as on a machine that has other work. */
  #missed: string | null = null;
  #isAgain = false;

  constructor(options: StoreUnderTortureOptions) {
    this.#options = options;
    const seed = new Random(options.seed);
    const fork = () => new Random(Math.floor(seed.next() * 2 ** 32));
    this.#random = fork();
    this.#world = new World(resources, fork(), options.defect === 'ignores-fences');
    this.#load = new Load(this.#world, resources, fork());
    this.#rules = new Rules(this.#world, this.#promised);
    this.#spare = options.start();
    // Of the seed, so that it repeats the same moments; stores of one run begin at different ones.
    this.#nextPoint = options.seed * 11;
  }

  get acknowledged(): number {
    return this.#promised.acknowledged.size;
  }

  get attempts(): number {
    return this.#rules.attempts;
  }

  get outcomes(): Readonly<Record<string, number>> {
    return this.#rules.outcomes;
  }

  /** The promises that were broken; none where all is well. */
  async live(kills: number): Promise<readonly string[]> {
    const { interrupted } = this.#options;
    interrupted.addEventListener('abort', () => this.#current?.kill(), { once: true });
    for (let kill = 0; kill < kills && !interrupted.aborted && this.#rules.broken.length === 0; kill += 1) {
      await this.#lifeUntilKilled();
    }
    if (!interrupted.aborted && this.#rules.broken.length === 0) await this.#calmLife();
    this.#spare.kill();
    await this.#spare.ended;
    return interrupted.aborted ? [] : [...this.#rules.broken, ...new Set(this.#faults)];
  }

  async #lifeUntilKilled(): Promise<void> {
    const random = this.#random;
    const point = random.chance(0.6) ? this.#point() : null;
    const healer = this.#nextHealer();
    let crashed: string | null = null;
    const ready = this.#listen(healer, (message) => {
      if ('crashing' in message) crashed = message.crashing;
    });
    await healer.loaded();
    const over = new AbortController();
    void healer.ended.then(() => over.abort());
    const { pass, lifeMs, inStart } = this.#draw(point);
    healer.tell({ go: this.#orders(point, pass) });
    // A part of the random moments falls into the start.
    if (!inStart) await within(startPatienceMs, Promise.race([ready, healer.ended]));
    const pressing = this.#load.press(healer, over.signal, false);
    if (point?.endsWith('-stop-commit') === true) {
      await pause(lifeMs, over.signal);
      healer.tell({ stop: true });
    }
    await pause(point === null ? lifeMs : pointPatienceMs, over.signal);
    healer.kill();
    const signal = await healer.ended;
    await pressing;
    if (signal !== 'SIGKILL') {
      this.#faults.push(`the healer ended by itself (${signal}): ${healer.complained}`);
      return;
    }
    this.#options.onKill(crashed ?? 'at random');
    if (crashed === null && point !== null) this.#missed = point;
    this.#look((stored) => this.#rules.look(stored));
  }

  /** In turn; one that was missed once more, so that a slow machine leaves none out, and then the next. */
  #point(): string | null {
    const missed = this.#isAgain ? null : this.#missed;
    this.#missed = null;
    this.#isAgain = missed !== null;
    return missed ?? moments[this.#nextPoint++ % moments.length] ?? null;
  }

  #draw(point: string | null) {
    const random = this.#random;
    const isOncePerLife = point !== null && /-(start|stop)-commit|looking-for/.test(point);
    return {
      pass: isOncePerLife ? 1 : random.whole(1, 3),
      inStart: point === null && random.chance(0.3),
      lifeMs: random.whole(0, point === null ? 150 : 60),
    };
  }

  /** Nobody breaks or kills anything any more: what is in progress goes on to its end. */
  async #calmLife(): Promise<void> {
    const healer = this.#nextHealer();
    let open: readonly string[] | null = null;
    const ready = this.#listen(healer, (message) => {
      if ('status' in message) open = message.open;
    });
    await healer.loaded();
    healer.tell({ go: this.#orders(null, 1) });
    const over = new AbortController();
    void healer.ended.then(() => over.abort());
    await within(startPatienceMs, Promise.race([ready, healer.ended]));
    const pressing = this.#load.press(healer, over.signal, true);
    const begunAt = Date.now();
    let personAt = begunAt + personAfterMs;
    // Several times in a row: what is suspected now may be an incident a moment later.
    const patienceMs = this.#options.defect === 'forgets-attempts' ? hopelessPatienceMs : calmPatienceMs;
    for (let calm = 0; calm < 3 && Date.now() < begunAt + patienceMs && !over.signal.aborted; ) {
      open = null;
      healer.tell({ status: Date.now() });
      await pause(40, over.signal);
      const isCalm = this.#world.allUp && (open as readonly string[] | null)?.length === 0;
      calm = isCalm ? calm + 1 : 0;
      if (Date.now() >= personAt) {
        personAt = Date.now() + personAfterMs;
        for (const resource of open ?? []) this.#load.resume(healer, resource);
      }
    }
    healer.tell({ stop: true });
    const signal = await within(startPatienceMs, healer.ended).catch(() => 'none in time');
    over.abort();
    await pressing;
    if (signal !== null)
      this.#faults.push(`the last healer did not stop in order: ${signal} ${healer.complained}`);
    // What the network still carries.
    await delay(400);
    this.#look((stored) => this.#rules.lookAtEnd(stored));
  }

  #nextHealer(): HealerProcess {
    const healer = this.#spare;
    this.#current = healer;
    this.#spare = this.#options.start();
    return healer;
  }

  #orders(crashAt: string | null, pass: number): Orders {
    const { folder, defect } = this.#options;
    return { folder, playbooks: this.#playbooks, resources, crashAt, pass, defect };
  }

  /** Resolves when it is ready. */
  #listen(healer: HealerProcess, onOther: (message: FromHealer) => void): Promise<void> {
    return new Promise((resolve) => {
      healer.onMessage = (message) => {
        if ('ready' in message) resolve();
        else if ('ask' in message) {
          void this.#world
            .answer(message.question)
            .then((answer) => healer.tell({ answer, to: message.ask }));
        } else if ('signal' in message) {
          if (message.receipt.accepted) this.#promised.acknowledged.add(message.signal);
        } else if ('command' in message) {
          if (message.receipt.accepted) this.#promised.acknowledged.add(message.command);
        } else if ('published' in message) {
          this.#promised.published = Math.max(this.#promised.published, message.published);
        } else if ('fault' in message) {
          this.#faults.push(message.fault);
        } else onOther(message);
      };
    });
  }

  #look(rules: (stored: StoredTruth) => void): void {
    let stored: StoredTruth;
    try {
      stored = new StoredTruth(join(this.#options.folder, databaseFileName));
    } catch {
      return; // It was killed before there was a store.
    }
    try {
      rules(stored);
    } finally {
      stored.close();
    }
  }
}

function pause(ms: number, end: AbortSignal): Promise<void> {
  return delay(ms, undefined, { signal: end }).catch(() => {});
}

async function within<Value>(ms: number, promise: Promise<Value>): Promise<Value> {
  const cancel = new AbortController();
  const late = delay(ms, undefined, { signal: cancel.signal, ref: false }).then(() => {
    throw new Error(`nothing within ${ms} ms`);
  });
  late.catch(() => {});
  return Promise.race([promise, late]).finally(() => cancel.abort());
}
