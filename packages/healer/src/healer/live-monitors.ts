import type { Configuration } from '../configuration/configuration.ts';
import type { Environment } from '../configuration/secret.ts';
import type { MonitorView } from '../monitors/monitor.ts';
import type { Monitors } from '../monitors/monitors.ts';
import { createOutgoing, type Outgoing } from '../outgoing/outgoing.ts';
import type { AcceptSignal } from '../sources/source.ts';
import type { SourceCounts } from '../sources/source-counts.ts';

export interface LiveMonitorsOptions {
  readonly environment: Environment;
  readonly counts: SourceCounts;
  readonly onFault: (error: unknown, doing: string) => void;
}

/** The monitors of the configuration in force; their code is loaded with the first of them. */
export class LiveMonitors {
  readonly #options: LiveMonitorsOptions;
  #monitors: Monitors | null = null;
  #send: Outgoing = createOutgoing();

  constructor(options: LiveMonitorsOptions) {
    this.#options = options;
  }

  /** Goes over to what is written. */
  async follow(configuration: Configuration, accept: AcceptSignal): Promise<void> {
    const { monitors, outgoing, store } = configuration;
    this.#send = createOutgoing({ allow: outgoing.allow });
    if (this.#monitors !== null) {
      await this.#monitors.replace(monitors);
    } else if (Object.keys(monitors).length > 0) {
      this.#monitors = await this.#make(store.folder);
      await this.#monitors.start(monitors, accept);
    }
  }

  async stop(): Promise<void> {
    await this.#monitors?.stop();
  }

  view(): readonly MonitorView[] {
    return this.#monitors?.view() ?? [];
  }

  async #make(folder: string): Promise<Monitors> {
    const { Monitors: Loaded } = await import('../monitors/monitors.ts');
    const { environment, counts, onFault } = this.#options;
    return new Loaded({
      folder,
      environment,
      counts,
      send: (request) => this.#send(request),
      onProblem: (text) => onFault(new Error(text), 'monitoring'),
    });
  }
}
