import type { RefusalFigures } from '../access/refused-credentials.ts';
import type { Configuration } from '../configuration/configuration.ts';
import type { Environment } from '../configuration/secret.ts';
import { type Clock, systemClock } from '../engine/clock.ts';
import type { EmbeddedEngine } from '../engine/embedded-engine.ts';
import type { IntakeResult } from '../engine/options.ts';
import { cycleMsOf } from '../heartbeat/configuration.ts';
import { Heartbeat } from '../heartbeat/heartbeat.ts';
import { Pulse } from '../heartbeat/pulse.ts';
import { BackendWatch } from '../metrics/backend-watch.ts';
import { type Counters, countEntry, countProbe, makeCounters } from '../metrics/counters.ts';
import { makeGauges } from '../metrics/gauges.ts';
import { exposition } from '../metrics/metric.ts';
import { RequestCounts } from '../metrics/request-counts.ts';
import type { ChannelStatus } from '../notify/delivery/health.ts';
import { createOutgoing } from '../outgoing/outgoing.ts';
import type { ProbeOutcome } from '../probes/probe.ts';
import type { ConfigurationStanding, HealthStanding } from '../server/routes/health.ts';
import { emptyTransaction, type Store, type Transaction } from '../store/store.ts';
import type { LiveSetup } from './live-setup.ts';
import { packageVersion } from './version.ts';

export interface WatchOptions {
  /** What is in force; a reload changes it. */
  readonly plan: () => { readonly configuration: Pick<Configuration, 'heartbeat' | 'outgoing'> };
  readonly environment: Environment;
  readonly clock: Clock | undefined;
  readonly standing: () => ConfigurationStanding;
  /** How people are told. Default: by nothing. */
  readonly channels?: () => readonly ChannelStatus[];
  readonly onFault: (error: unknown, doing: string) => void;
}

/** Under this key the store keeps the time of the newest idle write. Nobody reads it: that it was written is all. */
const pulseKey = 'pulse';

/** What watches the healer itself: its figures, whether it works, and who is told of that. */
export class Watch {
  readonly counters: Counters = makeCounters();
  readonly requests = new RequestCounts();
  readonly #options: WatchOptions;
  readonly #clock: Clock;
  #pulse: Pulse | null = null;
  #heartbeat: Heartbeat | null = null;
  #text: () => Promise<string> = async () => '';

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** For a store: a write that failed is looked into at once. */
  readonly store = {
    onCommit: (durationS: number) => this.counters.commitDuration.observe(durationS),
    onFailure: () => {
      this.counters.commitFailures.add({});
      this.#pulse?.doubt();
    },
  };

  readonly onFault = (error: unknown, doing: string): void => {
    this.counters.faults.add({});
    this.#options.onFault(error, doing);
  };

  readonly onProbe = (outcome: ProbeOutcome): void => countProbe(this.counters, outcome);

  readonly onIntake = (intake: IntakeResult): void => {
    if (intake.what === 'report') this.counters.reports.add({ result: intake.result });
    else this.counters.signals.add({ result: intake.result });
  };

  readonly refusals: RefusalFigures = {
    credentialRefused: (kind) => this.counters.credentialsRefused.add({ kind }),
    proxyHeaderIgnored: () => this.counters.proxyHeadersIgnored.add({}),
  };

  get isHealthy(): boolean {
    return this.#pulse?.isHealthy ?? false;
  }

  get lastHealthyAt(): number | null {
    return this.#pulse?.lastHealthyAt ?? null;
  }

  /** What `/v1/healer` says of it. */
  standing(): HealthStanding {
    return {
      healthy: this.isHealthy,
      lastHealthyAt: this.lastHealthyAt,
      heartbeat: this.#heartbeat?.standing() ?? { configured: false, lastSentAt: null, failure: null },
    };
  }

  /** The page of `/metrics`. */
  text(): Promise<string> {
    return this.#text();
  }

  /** Resolves after the first cycle, so that a healer is ready when it says so. */
  async start(
    engine: EmbeddedEngine,
    store: Pick<Store, 'commit'>,
    live: Pick<LiveSetup, 'backends' | 'desk'>,
  ): Promise<void> {
    const { counters } = this;
    engine.onLog((entry) => countEntry(counters, entry, (...of) => engine.effectOf(...of)));
    const heartbeat = this.#makeHeartbeat();
    const pulse = this.#makePulse(engine, store, heartbeat);
    this.#heartbeat = heartbeat;
    this.#pulse = pulse;
    const watched = new BackendWatch(live.backends, () => this.#clock.now());
    const gauges = makeGauges({
      version: packageVersion(),
      engine,
      standing: this.#options.standing,
      pulse,
      heartbeat,
      backends: watched,
      sources: () => live.desk.counts(),
      channels: this.#options.channels ?? (() => []),
      requests: this.requests,
    });
    this.#text = async () => {
      await watched.refresh();
      return exposition([...Object.values(counters), ...gauges]);
    };
    await pulse.start();
  }

  stop(): void {
    this.#pulse?.stop();
    this.#heartbeat?.stop();
  }

  #makePulse(engine: EmbeddedEngine, store: Pick<Store, 'commit'>, heartbeat: Heartbeat): Pulse {
    const { plan } = this.#options;
    const { onFault } = this;
    return new Pulse({
      clock: this.#clock,
      everyMs: () => cycleMsOf(plan().configuration.heartbeat),
      cycle: async () => {
        await engine.turn();
        await store.commit(idleWrite(this.#clock.now()));
      },
      onHealthy: () => heartbeat.beat(),
      onUnhealthy: (error) => onFault(error, 'decide and write, as each cycle must'),
    });
  }

  #makeHeartbeat(): Heartbeat {
    const { plan, environment } = this.#options;
    const { onFault } = this;
    return new Heartbeat({
      settings: () => plan().configuration.heartbeat,
      send: () => createOutgoing(plan().configuration.outgoing),
      environment,
      version: packageVersion(),
      now: () => this.#clock.now(),
      onResult: (result) => this.counters.heartbeats.add({ result }),
      onFailure: (error) => onFault(error, 'send its heartbeat'),
    });
  }
}

function idleWrite(at: number): Transaction {
  return {
    ...emptyTransaction,
    states: new Map([[pulseKey, { version: 1, at }]]),
  };
}
