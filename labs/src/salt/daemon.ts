import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { signalGroup, spawnKept } from '../children.ts';

const killPatienceMs = 5_000;
const logTailLines = 15;

export interface DaemonDefinition {
  readonly name: string;
  readonly command: string;
  readonly parameters: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  /** What it prints itself is appended here; Salt's daemons log here too. */
  readonly logFile: string;
  /** How long an orderly end may take before SIGKILL. */
  readonly stopPatienceMs: number;
}

/** One long-running program with its whole process group. */
export class Daemon {
  readonly name: string;
  readonly #definition: DaemonDefinition;
  #child: ChildProcess | null = null;

  constructor(definition: DaemonDefinition) {
    this.name = definition.name;
    this.#definition = definition;
  }

  get pid(): number | null {
    return this.running ? (this.#child?.pid ?? null) : null;
  }

  get running(): boolean {
    const child = this.#child;
    return child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
  }

  start(): void {
    if (this.running) return;
    const { command, parameters, environment, folder, logFile } = this.#definition;
    const log = openSync(logFile, 'a');
    try {
      this.#child = spawnKept(command, parameters, {
        cwd: folder,
        env: { ...process.env, ...environment },
        stdio: ['ignore', log, log],
      });
      // Without a listener a missing program would end this process; waiting tells what happened instead.
      this.#child.once('error', () => {});
    } finally {
      closeSync(log);
    }
  }

  signal(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid;
    if (pid !== undefined) signalGroup(pid, signal);
  }

  /** SIGTERM, and SIGKILL to what is left of the group after its patience. Resolves when the process is gone. */
  async stop(): Promise<void> {
    if (this.running) {
      this.signal('SIGTERM');
      // A group that was stopped with SIGSTOP handles SIGTERM only when it goes on.
      this.signal('SIGCONT');
      await this.#gone(this.#definition.stopPatienceMs);
    }
    await this.kill();
  }

  /** SIGKILL to the whole group. Resolves when all of it is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#gone(killPatienceMs);
    this.#child = null;
  }

  logTail(): string {
    const { logFile } = this.#definition;
    if (!existsSync(logFile)) return '';
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-logTailLines).join('\n');
  }

  async #gone(patienceMs: number): Promise<void> {
    const endsAt = performance.now() + patienceMs;
    while (performance.now() < endsAt) {
      if (!this.running && !this.#groupLives()) return;
      await delay(20);
    }
  }

  #groupLives(): boolean {
    const pid = this.#child?.pid;
    if (pid === undefined) return false;
    try {
      process.kill(-pid, 0);
      return true;
    } catch {
      return false;
    }
  }
}
