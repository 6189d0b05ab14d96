import type { AcceptSignal } from '../sources/source.ts';
import type { SourceCounts } from '../sources/source-counts.ts';
import type { Check, CheckOutcome } from './check.ts';
import type { MonitorConfiguration } from './configuration.ts';
import { type Course, follow, freshCourse } from './course.ts';
import type { FiringFile } from './firing-file.ts';
import { signalOf } from './signals.ts';
import type { Turns } from './turns.ts';

/** What a monitor shares with the others. */
export interface MonitorSurroundings {
  readonly accept: AcceptSignal;
  readonly firing: FiringFile;
  readonly turns: Turns;
  readonly counts: SourceCounts;
  /** What a person should know, once. */
  readonly onProblem: (text: string) => void;
  /** 0 to 1. */
  readonly random: () => number;
  /** Ms since the Unix epoch. */
  readonly now: () => number;
}

/** How a monitor stands, for people. Times in ms since the Unix epoch. */
export interface MonitorView {
  readonly name: string;
  readonly type: string;
  readonly resource: string;
  readonly node: string | null;
  /** `waiting`: no check has ended yet. `failing`: it has not failed often enough to fire. */
  readonly state: 'waiting' | 'ok' | 'failing' | 'firing' | 'unknown';
  /** Since when it fires or fails; null where it does neither. */
  readonly since: number | null;
  /** Since the healer's start, or since the monitor was changed. */
  readonly checks: number;
  readonly checkedAt: number | null;
  /** What the newest check saw. */
  readonly detail: string | null;
}

/** After a start, so that many monitors do not begin in one moment. */
const longestFirstWaitMs = 10_000;
const jitter = 0.1;
/** A check that does not listen to its abort is given up. */
const patienceMs = 5_000;

/** Asks one question again and again, and tells when the answer turns. */
export class Monitor {
  readonly name: string;
  readonly configuration: MonitorConfiguration;
  readonly #check: Check;
  readonly #around: MonitorSurroundings;
  readonly #stopping = new AbortController();
  #course: Course = freshCourse;
  #checks = 0;
  #newest: { readonly outcome: CheckOutcome; readonly at: number } | null = null;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();

  constructor(name: string, configuration: MonitorConfiguration, check: Check, around: MonitorSurroundings) {
    this.name = name;
    this.configuration = configuration;
    this.#check = check;
    this.#around = around;
    around.counts.declare(this.#counted);
  }

  /** Goes on where a former healer, or the same monitor under another configuration, left off. */
  start(): void {
    const { firing, random } = this.#around;
    const left = firing.get(this.name);
    if (left !== undefined && left.resolved === null) {
      const { failures } = this.configuration;
      this.#course = { failures, passes: 0, failingSince: left.since, firingSince: left.since };
    }
    this.#schedule(random() * Math.min(this.configuration.everyMs, longestFirstWaitMs));
  }

  /** Ends a check that runs. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#running;
  }

  view(): MonitorView {
    const { type, resource, node = null } = this.configuration;
    const { firingSince, failingSince } = this.#course;
    const since = firingSince ?? failingSince;
    const { outcome, at } = this.#newest ?? { outcome: null, at: null };
    return {
      name: this.name,
      type,
      resource,
      node,
      state: stateOf(outcome, this.#course),
      since,
      checks: this.#checks,
      checkedAt: at,
      detail: outcome?.detail ?? null,
    };
  }

  get #counted(): string {
    return `monitor.${this.name}`;
  }

  #schedule(delayMs: number): void {
    if (this.#stopping.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#around.turns.take(() => this.#once(), this.#stopping.signal);
    }, delayMs);
    // It keeps no process alive.
    this.#timer.unref();
  }

  /** Ticks that were missed while it waited or ran are one. */
  async #once(): Promise<void> {
    const { everyMs } = this.configuration;
    const begun = performance.now();
    if (!this.#stopping.signal.aborted) await this.#checkAndTell();
    const { random } = this.#around;
    const periodMs = everyMs * (1 - jitter + 2 * jitter * random());
    this.#schedule(Math.max(0, periodMs - (performance.now() - begun)));
  }

  async #checkAndTell(): Promise<void> {
    const beganAt = this.#around.now();
    const outcome = await this.#ask();
    if (this.#stopping.signal.aborted) return;
    this.#checks += 1;
    const was = this.#newest?.outcome.state;
    this.#newest = { outcome, at: this.#around.now() };
    if (outcome.state === 'unknown' && was !== 'unknown') {
      this.#around.onProblem(`the monitor ${this.name} cannot tell: ${outcome.detail}`);
    }
    const { course, turn } = follow(this.#course, outcome, beganAt, this.configuration);
    try {
      // What was not told before goes first; as long as it cannot, this turn waits for a later check.
      if (turn !== null && !(await this.#tell())) return;
      if (turn !== null) await this.#note(turn, course, outcome);
      this.#course = course;
      await this.#tell();
    } catch (error) {
      // The next check finds what is not told yet.
      this.#around.onProblem(`the monitor ${this.name} could not be written down: ${String(error)}`);
    }
  }

  async #ask(): Promise<CheckOutcome> {
    const { timeoutMs } = this.configuration;
    const { signal: stopping } = this.#stopping;
    // Not `AbortSignal.any`: of a signal that lives for months it would keep something of every check.
    const limit = new AbortController();
    const end = () => limit.abort();
    stopping.addEventListener('abort', end, { once: true });
    const timers = [setTimeout(end, timeoutMs)];
    const givenUp = new Promise<CheckOutcome>((resolve) => {
      const detail = `did not end within ${timeoutMs + patienceMs} ms`;
      timers.push(setTimeout(() => resolve({ state: 'unknown', detail }), timeoutMs + patienceMs));
    });
    for (const timer of timers) timer.unref();
    try {
      return await Promise.race([this.#check.run(limit.signal), givenUp]);
    } catch (error) {
      return { state: 'unknown', detail: error instanceof Error ? error.message : String(error) };
    } finally {
      for (const timer of timers) clearTimeout(timer);
      stopping.removeEventListener('abort', end);
    }
  }

  /** On disk before it is told. */
  async #note(turn: 'fires' | 'resolved', course: Course, outcome: CheckOutcome): Promise<void> {
    const { firing, now } = this.#around;
    const { resource, node = null } = this.configuration;
    const { detail, output } = outcome;
    const said = { at: now(), detail, ...(output === undefined ? {} : { output }) };
    const present = firing.get(this.name);
    if (turn === 'fires') {
      const since = course.firingSince ?? now();
      await firing.set(this.name, { resource, node, since, firing: said, told: false, resolved: null });
    } else if (present !== undefined) {
      await firing.set(this.name, { ...present, resolved: said });
    }
  }

  /** What the store does not have yet, in order. False where something is left. */
  async #tell(): Promise<boolean> {
    const { firing } = this.#around;
    let entry = firing.get(this.name);
    if (entry !== undefined && !entry.told) {
      if (!(await this.#send(entry, 'firing'))) return false;
      entry = { ...entry, told: true };
      await firing.set(this.name, entry);
    }
    if (entry === undefined || entry.resolved === null) return true;
    if (!(await this.#send(entry, 'resolved'))) return false;
    await firing.set(this.name, null);
    return true;
  }

  /** False where it is to be sent again. */
  async #send(
    entry: NonNullable<ReturnType<FiringFile['get']>>,
    status: 'firing' | 'resolved',
  ): Promise<boolean> {
    const { accept, counts, onProblem } = this.#around;
    const receipt = await accept(signalOf(this.name, this.configuration.type, entry, status));
    if (receipt.accepted) counts.count(this.#counted, receipt.duplicate ? 'duplicate' : 'taken');
    else if (receipt.later !== undefined) return false;
    else {
      counts.count(this.#counted, 'refused');
      onProblem(`what the monitor ${this.name} told was not taken: ${receipt.reason}`);
    }
    return true;
  }
}

function stateOf(outcome: CheckOutcome | null, { firingSince, failingSince }: Course): MonitorView['state'] {
  if (outcome?.state === 'unknown') return 'unknown';
  if (firingSince !== null) return 'firing';
  if (failingSince !== null) return 'failing';
  return outcome === null ? 'waiting' : 'ok';
}
