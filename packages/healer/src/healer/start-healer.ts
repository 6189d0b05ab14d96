import { setTimeout as delay } from 'node:timers/promises';
import { configureReporting, type ReportingOptions } from '@prunella/guard';
import { type Environment, SecretError, type SecretReference } from '../configuration/secret.ts';
import type { ConfigurationStanding } from '../server/routes/health.ts';
import { acquireStoreLock, StoreHeldError, type StoreLock } from '../store/store-lock.ts';
import type { BackendReport, Healer, HealerEvent, HealerOptions, HealerRole } from './healer.ts';
import { type Holder, startHolder } from './holder.ts';
import { localSocketPath } from './local-socket.ts';
import { type Plan, type PlanSource, readPlan } from './plan.ts';
import { presenceEnds } from './presence.ts';
import { refuseWhatNeedsRestart } from './restart-needed.ts';
import { HealerStartError } from './start-error.ts';

/** After the holder's end, so that those who stand by do not all try in one moment. */
const takeOverJitterMs = 250;
/** Where the holder cannot be reached although it holds the store: it is starting, or it hangs. */
const againLeastMs = 1_000;
const againJitterMs = 1_000;
/** How long a start waits for a holder that is just starting, so that the first report finds it. */
const firstPresenceMs = 1_000;

/**
 * Starts a healer: in a process of its own (`prunella up`), or inside an application. Any number of processes
 * on one host may start one on the same store: one of them heals, the others report to it and take over when
 * it is gone.
 *
 * ```ts
 * const healer = await startHealer({ server: false, reporting: { service: 'actioner' } });
 * const database = attach(pgPool(pool), { resource: 'postgres/main' });
 * ```
 *
 * Rejects with a `HealerStartError` that lists every problem of the configuration and the playbooks, with a
 * `SecretError`, with a `StoreError`, and with a `StoreHeldError` where `whenHeld` is `refuse`. Nothing is then
 * left open. Once it has started, nothing but an open TCP port keeps the process alive.
 */
export async function startHealer(options: HealerOptions = {}): Promise<Healer> {
  const environment = options.environment ?? process.env;
  const plan = await readPlan(planSource(options, environment));
  const remote = plan.configuration.healer?.address;
  if (remote !== undefined) {
    report(options, plan, remote);
    return remoteHealer(plan, remote);
  }
  const healer = new LocalHealer(options, plan);
  await healer.start();
  report(options, plan, healer.socket);
  return healer;
}

function planSource(options: HealerOptions, environment: Environment): PlanSource {
  const { backends = [], configuration, configurationFile } = options;
  return {
    environment,
    backends,
    ...(configuration === undefined ? {} : { configuration }),
    ...(configurationFile === undefined ? {} : { configurationFile }),
  };
}

/** Where the guards of this process report to from now on, if asked for. */
function report(options: HealerOptions, { configuration }: Plan, healer: string): void {
  if (options.reporting === undefined) return;
  configureReporting({
    heartbeatSickMs: configuration.timing.reportHeartbeatMs,
    heartbeatOkMs: configuration.timing.reportHeartbeatOkMs,
    ...options.reporting,
    healer,
    ...tokenOption(configuration.tokens.reporter, options.environment ?? process.env),
  });
}

function tokenOption(
  reference: SecretReference | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Pick<ReportingOptions, 'token' | 'tokenFile'> {
  if (reference === undefined) return {};
  if ('file' in reference) return { tokenFile: reference.file };
  const token = environment[reference.environment];
  return token === undefined ? {} : { token };
}

/** On a host that does not heal: the configuration names the one that does. */
function remoteHealer(plan: Plan, address: string): Healer {
  return {
    role: 'reporter',
    address,
    socket: null,
    engine: undefined,
    plan,
    tokenPlaces: null,
    makeFirstAdmin: () => null,
    backendHealth: async () => [],
    silentTargets: async () => [],
    remaining: async () => [],
    reload: async () => {
      throw new HealerStartError(
        'restart-needed',
        `this host reports to ${address} and has nothing to reload: restart it after a change`,
      );
    },
    stop: async () => {},
  };
}

class LocalHealer implements Healer {
  readonly #options: HealerOptions;
  plan: Plan;
  readonly #socketPath: string;
  readonly #stopping = new AbortController();
  #holder: Holder | null = null;
  /** From the taking of the store on. */
  #holding: Promise<Holder> | null = null;
  #stopped: Promise<void> | null = null;
  #standingBy: Promise<void> = Promise.resolve();
  #reloading: Promise<void> = Promise.resolve();
  #standing: ConfigurationStanding;

  constructor(options: HealerOptions, plan: Plan) {
    this.#options = options;
    this.plan = plan;
    this.#standing = { since: this.#now(), refused: null };
    this.#socketPath = localSocketPath(plan.configuration.store.folder);
  }

  get role(): HealerRole {
    return this.#holder === null ? 'reporter' : 'holder';
  }

  get address(): string | null {
    return this.#holder?.address ?? null;
  }

  get socket(): string {
    return `unix:${this.#socketPath}`;
  }

  get engine() {
    return this.#holder?.engine;
  }

  get tokenPlaces() {
    return this.#holder?.tokenPlaces ?? null;
  }

  makeFirstAdmin(): string | null {
    return this.#holder?.makeFirstAdmin() ?? null;
  }

  async backendHealth(signal: AbortSignal): Promise<readonly BackendReport[]> {
    return (await this.#holder?.backendHealth(signal)) ?? [];
  }

  async silentTargets(signal: AbortSignal): Promise<readonly string[]> {
    return (await this.#holder?.silentTargets(signal)) ?? [];
  }

  async remaining(signal: AbortSignal): Promise<readonly string[]> {
    return (await this.#holder?.remaining(signal)) ?? [];
  }

  async start(): Promise<void> {
    const lock = await this.#tryLock(this.#options.whenHeld === 'refuse');
    if (lock !== null) {
      await this.#hold(lock);
      return;
    }
    const seen = new AbortController();
    this.#standingBy = this.#standBy(() => seen.abort());
    await delay(firstPresenceMs, undefined, { signal: seen.signal }).catch(() => {});
  }

  /** One after the other: the last of them reads what was written last. */
  reload(): Promise<void> {
    const reloading = this.#reloading.catch(() => {}).then(() => this.#reload());
    this.#reloading = reloading;
    return reloading;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    await this.#standingBy;
    await this.#reloading.catch(() => {});
    const holder = this.#holder;
    this.#holder = null;
    await holder?.stop();
  }

  async #reload(): Promise<void> {
    const { environment = process.env } = this.#options;
    if (this.#stopping.signal.aborted) {
      throw new HealerStartError(
        'restart-needed',
        'the healer is stopping, and its next start reads what is written: start it again',
      );
    }
    try {
      const plan = await readPlan(planSource(this.#options, environment));
      // One that is just starting goes by what was read before.
      await this.#holding?.catch(() => {});
      refuseWhatNeedsRestart(this.plan.configuration, plan.configuration);
      if (this.#holder !== null) await this.#holder.reload(plan);
      this.plan = plan;
      this.#standing = { since: this.#now(), refused: null };
      this.#tell({ type: 'reloaded', plan });
    } catch (error) {
      const code = error instanceof HealerStartError || error instanceof SecretError ? error.code : 'failed';
      const reason = error instanceof Error ? error.message : String(error);
      this.#standing = { ...this.#standing, refused: { at: this.#now(), code, reason } };
      this.#tell({ type: 'reload-refused', error });
      throw error;
    }
  }

  #now(): number {
    return this.#options.clock?.now() ?? Date.now();
  }

  async #standBy(onPresent: () => void): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted && this.#holder === null) {
      const seen = await presenceEnds(this.#socketPath, signal, onPresent);
      const pauseMs =
        seen === 'ended' ? Math.random() * takeOverJitterMs : againLeastMs + Math.random() * againJitterMs;
      await delay(pauseMs, undefined, { signal, ref: false }).catch(() => {});
      if (!signal.aborted) await this.#tryToTakeOver();
    }
  }

  /** A failure is told and tried again: another process may be able to, and gets its turn meanwhile. */
  async #tryToTakeOver(): Promise<void> {
    try {
      const lock = await this.#tryLock(false);
      if (lock === null) return;
      await this.#hold(lock);
      this.#tell({ type: 'role', role: 'holder' });
    } catch (error) {
      this.#tell({ type: 'fault', error, doing: 'taking over the store' });
      const { signal } = this.#stopping;
      await delay(againLeastMs, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  async #tryLock(refuse: boolean): Promise<StoreLock | null> {
    try {
      return await acquireStoreLock(this.plan.configuration.store.folder);
    } catch (error) {
      if (error instanceof StoreHeldError && !refuse) return null;
      throw error;
    }
  }

  async #hold(lock: StoreLock): Promise<void> {
    this.#holding = this.#startHolder(lock);
    this.#holder = await this.#holding;
  }

  #startHolder(lock: StoreLock): Promise<Holder> {
    const { backends = [], server = true, clock, environment = process.env } = this.#options;
    return startHolder({
      plan: this.plan,
      lock,
      environment,
      backends,
      server,
      clock,
      onNotify: (notification) => this.#tell({ type: 'notification', notification }),
      onFault: (error, doing) => this.#tell({ type: 'fault', error, doing }),
      reload: () => this.reload(),
      standing: () => this.#standing,
    });
  }

  #tell(event: HealerEvent): void {
    const { onEvent } = this.#options;
    if (onEvent !== undefined) {
      try {
        onEvent(event);
      } catch (error) {
        // It belongs to the application; what it throws must undo no reload and end no process.
        process.emitWarning(`a listener of ${event.type} threw: ${String(error)}`, {
          code: 'PRUNELLA_FAULT',
        });
      }
    } else if (event.type === 'fault') {
      process.emitWarning(`${event.doing}: ${String(event.error)}`, { code: 'PRUNELLA_FAULT' });
    }
  }
}
