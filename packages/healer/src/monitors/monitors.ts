import type { AcceptSignal } from '../sources/source.ts';
import type { SourceCounts } from '../sources/source-counts.ts';
import type { MonitorConfiguration, MonitorsConfiguration } from './configuration.ts';
import { type CheckParts, createCheck } from './create-check.ts';
import { FiringFile } from './firing-file.ts';
import { Monitor, type MonitorView } from './monitor.ts';
import { Turns } from './turns.ts';

export interface MonitorsOptions extends CheckParts {
  /** Of the store: what fires is remembered there. */
  readonly folder: string;
  readonly counts: SourceCounts;
  readonly onProblem: (text: string) => void;
  /** 0 to 1. Default: `Math.random`. */
  readonly random?: () => number;
}

/** Checks that run at one moment. */
const atOnce = 10;

/** All monitors of a configuration, and their successors after a reload. */
export class Monitors {
  readonly #options: MonitorsOptions;
  readonly #firing: FiringFile;
  readonly #turns = new Turns(atOnce);
  readonly #running = new Map<string, Monitor>();
  #names: readonly string[] = [];
  #accept: AcceptSignal | null = null;

  constructor(options: MonitorsOptions) {
    this.#options = options;
    this.#firing = new FiringFile(options.folder);
  }

  async start(monitors: MonitorsConfiguration, accept: AcceptSignal): Promise<void> {
    await this.#firing.load().catch((error: unknown) => {
      this.#options.onProblem(
        `what fired before the start cannot be read, and is told anew: ${String(error)}`,
      );
    });
    this.#accept = accept;
    await this.replace(monitors);
  }

  /** Those whose configuration is the same go on as they are. */
  async replace(monitors: MonitorsConfiguration): Promise<void> {
    const over = [...this.#running.values()].filter(
      ({ name, configuration }) => JSON.stringify(monitors[name]) !== JSON.stringify(configuration),
    );
    for (const monitor of over) this.#running.delete(monitor.name);
    await Promise.all(over.map((monitor) => monitor.stop()));
    for (const name of this.#firing.names()) {
      if (!isOfPlace(monitors[name], this.#firing.get(name))) await this.#forget(name);
    }
    this.#names = Object.keys(monitors);
    for (const [name, configuration] of Object.entries(monitors)) {
      if (!this.#running.has(name)) this.#begin(name, configuration);
    }
  }

  async stop(): Promise<void> {
    const monitors = [...this.#running.values()];
    this.#running.clear();
    await Promise.all(monitors.map((monitor) => monitor.stop()));
  }

  /** In the order of the configuration. */
  view(): readonly MonitorView[] {
    return this.#names.flatMap((name) => this.#running.get(name)?.view() ?? []);
  }

  /** Where the disk refuses, the file is written with the next change. */
  async #forget(name: string): Promise<void> {
    await this.#firing.set(name, null).catch((error: unknown) => {
      this.#options.onProblem(`the end of the monitor ${name} could not be written down: ${String(error)}`);
    });
  }

  #begin(name: string, configuration: MonitorConfiguration): void {
    if (this.#accept === null) return;
    const { counts, onProblem, random = Math.random } = this.#options;
    const monitor = new Monitor(name, configuration, createCheck(configuration, this.#options), {
      accept: this.#accept,
      firing: this.#firing,
      turns: this.#turns,
      counts,
      onProblem,
      random,
      now: Date.now,
    });
    this.#running.set(name, monitor);
    monitor.start();
  }
}

/** Whether what fired was said of the same thing. */
function isOfPlace(
  monitor: MonitorConfiguration | undefined,
  firing: ReturnType<FiringFile['get']>,
): boolean {
  return monitor?.resource === firing?.resource && (monitor?.node ?? null) === (firing?.node ?? null);
}
