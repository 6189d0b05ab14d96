import type { Backend } from '../backends/backend.ts';
import type { Configuration } from '../configuration/configuration.ts';
import type { Environment } from '../configuration/secret.ts';
import type { EmbeddedEngine } from '../engine/embedded-engine.ts';
import type { EngineSetup } from '../engine/options.ts';
import type { ProbeOutcome } from '../probes/probe.ts';
import { SourceCounts } from '../sources/source-counts.ts';
import { SourceDesk } from '../sources/source-desk.ts';
import { type ConfiguredBackends, configuredBackends } from './configured-backends.ts';
import { engineResources, probeTimes } from './engine-resources.ts';
import { LiveMonitors } from './live-monitors.ts';
import type { Plan } from './plan.ts';

export interface LiveSetupOptions {
  readonly environment: Environment;
  /** Beside those of the configuration; they stay. */
  readonly others: readonly Backend[];
  readonly onFault: (error: unknown, doing: string) => void;
  /** Told of every own probe that ended. */
  readonly onProbe: (outcome: ProbeOutcome) => void;
}

/** What a plan became: backends and probes that run, and their successors after a reload. */
export class LiveSetup {
  readonly #options: LiveSetupOptions;
  /** One list for all who look at it: a reload changes what is in it. */
  readonly backends: Backend[] = [];
  /** What comes in over HTTP from other programs; it stays, and a reload changes what it goes by. */
  readonly desk: SourceDesk;
  readonly monitors: LiveMonitors;
  plan: Plan;
  #own: ConfiguredBackends;
  #setup: EngineSetup;

  private constructor(options: LiveSetupOptions, plan: Plan, own: ConfiguredBackends, setup: EngineSetup) {
    this.#options = options;
    this.plan = plan;
    this.#own = own;
    this.#setup = setup;
    const counts = new SourceCounts();
    this.desk = new SourceDesk(options.environment, counts);
    this.desk.configure(plan.configuration.sources);
    this.monitors = new LiveMonitors({ ...options, counts });
    this.backends.push(...setup.backends);
  }

  /** Rejects with a `SecretError`. Connects to nothing yet. */
  static async make(plan: Plan, options: LiveSetupOptions): Promise<LiveSetup> {
    const { environment, onFault, onProbe, others } = options;
    const resources = await engineResources(plan.configuration, environment, onProbe);
    const own = configuredBackends(plan.configuration, environment, onFault);
    return new LiveSetup(options, plan, own, setupOf(plan, resources, [...own.backends, ...others]));
  }

  get setup(): EngineSetup {
    return this.#setup;
  }

  /** Sources and monitors; from now on signals may come. */
  async startHearing(engine: EmbeddedEngine): Promise<void> {
    await this.#startSources(engine);
    await this.monitors.follow(this.plan.configuration, (signal) => engine.signal(signal));
  }

  async stopHearing(): Promise<void> {
    await this.monitors.stop();
    for (const source of this.#own.sources) await source.stop();
  }

  async #startSources(engine: EmbeddedEngine): Promise<void> {
    for (const source of this.#own.sources) {
      await source.start(
        (signal) => engine.signal(signal),
        (resource, acting) => engine.acting(source.name, resource, acting),
      );
    }
  }

  close(): Promise<void> {
    return this.#own.close();
  }

  /**
   * Rejects with a `SecretError` where the new plan cannot be had; nothing has changed then. What goes wrong once
   * it is in force, such as a source that does not start, is a fault.
   */
  async replace(plan: Plan, engine: EmbeddedEngine): Promise<void> {
    const { environment, onFault, onProbe, others } = this.#options;
    const resources = await engineResources(plan.configuration, environment, onProbe);
    const former = this.#own;
    const isSame = backendsKey(plan.configuration) === backendsKey(this.plan.configuration);
    const own = isSame ? former : configuredBackends(plan.configuration, environment, onFault);
    this.desk.configure(plan.configuration.sources);
    this.#own = own;
    this.plan = plan;
    this.#setup = setupOf(plan, resources, [...own.backends, ...others]);
    this.backends.splice(0, this.backends.length, ...this.#setup.backends);
    const fault = (error: unknown) => onFault(error, 'going over to the new configuration');
    await engine.reload(this.#setup).catch(fault);
    await this.monitors.follow(plan.configuration, (signal) => engine.signal(signal)).catch(fault);
    if (isSame) return;
    for (const source of former.sources) await source.stop().catch(fault);
    await former.close().catch(fault);
    await this.#startSources(engine).catch(fault);
  }
}

function setupOf(
  plan: Plan,
  resources: EngineSetup['resources'],
  backends: EngineSetup['backends'],
): EngineSetup {
  const { configuration, playbooks } = plan;
  const settings = { ...probeTimes(configuration), fleet: configuration.fleet };
  return { playbooks, resources, backends, settings };
}

/** All that backends are made of: where it is the same, they stay, with what they are doing. */
function backendsKey({ backends, resources }: Configuration): string {
  const targets = Object.entries(resources).map(([resource, { nodes }]) => [
    resource,
    Object.entries(nodes).map(([node, { target }]) => [node, target]),
  ]);
  return JSON.stringify([
    backends,
    backends.process === undefined && backends.salt === undefined ? null : targets,
  ]);
}
