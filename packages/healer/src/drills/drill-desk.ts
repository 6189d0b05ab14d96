import type { Environment } from '../configuration/secret.ts';
import type { Outgoing } from '../outgoing/outgoing.ts';
import type { DrillsConfiguration } from './configuration.ts';
import { type DrillOutcome, runDrill } from './run-drill.ts';

export interface DrillView {
  readonly name: string;
  readonly title: string;
  readonly resource: string;
  /** It is at work now. */
  readonly running: boolean;
}

/** The drills of the configuration in force, one of each at a time. */
export class DrillDesk {
  readonly #configuration: () => DrillsConfiguration;
  readonly #outgoing: () => Outgoing;
  readonly #environment: Environment;
  readonly #running = new Set<string>();

  /** Both are asked at each use, since a reload may bring others. */
  constructor(configuration: () => DrillsConfiguration, outgoing: () => Outgoing, environment: Environment) {
    this.#configuration = configuration;
    this.#outgoing = outgoing;
    this.#environment = environment;
  }

  list(): readonly DrillView[] {
    return Object.entries(this.#configuration()).map(([name, { title, resource }]) => ({
      name,
      title,
      resource,
      running: this.#running.has(name),
    }));
  }

  /** Announces it by `announce`, whose rejection ends it, then runs it. */
  async begin(
    name: string,
    announce: (resource: string) => Promise<unknown>,
  ): Promise<DrillOutcome | 'unknown' | 'running'> {
    const drills = this.#configuration();
    const drill = Object.hasOwn(drills, name) ? drills[name] : undefined;
    if (drill === undefined) return 'unknown';
    if (this.#running.has(name)) return 'running';
    this.#running.add(name);
    try {
      await announce(drill.resource);
      return await runDrill(drill, this.#outgoing(), this.#environment);
    } finally {
      this.#running.delete(name);
    }
  }
}
