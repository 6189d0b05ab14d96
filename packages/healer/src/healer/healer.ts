import type { ReportingOptions } from '@prunella/guard';
import type { Backend, BackendHealth } from '../backends/backend.ts';
import type { Configuration } from '../configuration/configuration.ts';
import type { Environment } from '../configuration/secret.ts';
import type { Clock } from '../engine/clock.ts';
import type { EmbeddedEngine } from '../engine/embedded-engine.ts';
import type { Notification } from '../engine/options.ts';
import type { StandingRole } from '../server/tokens.ts';
import type { Plan } from './plan.ts';

export interface HealerOptions {
  /** Path of `prunella.yaml`. Default: `./prunella.yaml`. */
  readonly configurationFile?: string;
  /** Read already, by `parseConfiguration` or `loadConfiguration`; then no file is read. */
  readonly configuration?: Configuration;
  /**
   * False: no TCP port is opened, and the healer is reached through its local socket only; for a healer inside
   * an application. Default: true, listening where the configuration says.
   */
  readonly server?: boolean;
  /**
   * What to do where another process holds the store. `join` (default): report to it and take over when it is
   * gone. `refuse`: reject with a `StoreHeldError`.
   */
  readonly whenHeld?: 'join' | 'refuse';
  /**
   * Lets the guards of this process report to this healer, whichever process holds it: the same as calling
   * `configureReporting` of `@prunella/guard` with its address and with the heartbeats of the configuration.
   * Default: reporting is left as it is.
   */
  readonly reporting?: HealerReporting;
  /** Where secrets are looked for. Default: `process.env`. */
  readonly environment?: Environment;
  /** Beside those of the configuration. They belong to the caller, who closes them after `stop`. */
  readonly backends?: readonly Backend[];
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Told of what nobody asked for. Default: faults become warnings of the process. */
  readonly onEvent?: (event: HealerEvent) => void;
}

/** `service` is the application's name. */
export type HealerReporting = Omit<ReportingOptions, 'healer' | 'token' | 'tokenFile' | 'service'> & {
  readonly service: string;
};

/** `holder`: this process heals. `reporter`: another one does, and this one stands by. */
export type HealerRole = 'holder' | 'reporter';

export type HealerEvent =
  | { readonly type: 'role'; readonly role: HealerRole }
  /** Something that a person should know; `needsPerson` where nothing goes on without one. */
  | { readonly type: 'notification'; readonly notification: Notification }
  /** What is in force from now on. */
  | { readonly type: 'reloaded'; readonly plan: Plan }
  /** What was written cannot be used, or not without a restart: the last good one stays in force. */
  | { readonly type: 'reload-refused'; readonly error: unknown }
  /** Something failed that no incident tells of, and the healer goes on. */
  | { readonly type: 'fault'; readonly error: unknown; readonly doing: string };

export interface Healer {
  /** Changes to `holder` when this process takes over. */
  readonly role: HealerRole;
  /** `http://host:port` of this process's server; the other healer's where the configuration names one. */
  readonly address: string | null;
  /**
   * `unix:/path`: the address that processes of the same user on this host report to. It stays the same when
   * another process takes over. Null where the configuration names a healer on another host.
   */
  readonly socket: string | null;
  /** Of a holder; undefined in a reporter. */
  readonly engine: EmbeddedEngine | undefined;
  /** In force now. */
  readonly plan: Plan;
  /** Where the tokens are, for people; null without a TCP port of its own. */
  readonly tokenPlaces: Readonly<Record<StandingRole, string>> | null;
  /**
   * Makes an admin's token where there has never been one: its secret, which is kept nowhere. Null otherwise, and in a
   * reporter.
   */
  makeFirstAdmin(): string | null;
  /** Asks every backend of a holder whether it can be reached. Empty in a reporter. */
  backendHealth(signal: AbortSignal): Promise<readonly BackendReport[]>;
  /**
   * Asks the backends of a holder for every declared node that a step may touch, and says of which they know
   * nothing or hear nothing; a sentence each. Empty in a reporter, and where a backend cannot be asked.
   */
  silentTargets(signal: AbortSignal): Promise<readonly string[]>;
  /** What goes on running after `stop`, such as local services; a sentence each. Empty in a reporter. */
  remaining(signal: AbortSignal): Promise<readonly string[]>;
  /**
   * Reads the configuration and the playbooks anew and goes over to them, all or nothing. Open incidents keep the
   * playbook that they were opened under. Rejects with a `HealerStartError` or a `SecretError` where they cannot be
   * used; the last good ones then stay in force.
   */
  reload(): Promise<void>;
  /**
   * Ends in order; running attempts are found again by the next holder. The guards of this process go on: to
   * say goodbye for them, call `sayGoodbye` of `@prunella/guard` before.
   */
  stop(): Promise<void>;
}

export interface BackendReport {
  readonly backend: string;
  readonly health: BackendHealth;
}
