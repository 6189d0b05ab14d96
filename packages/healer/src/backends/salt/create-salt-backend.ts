import { type Environment, readSecret } from '../../configuration/secret.ts';
import type { Source } from '../../sources/source.ts';
import type { Backend } from '../backend.ts';
import { SaltApiBackend } from './api-backend.ts';
import { SaltClient } from './client.ts';
import type { SaltConfiguration } from './configuration.ts';
import { EventFeed } from './event-feed.ts';
import { SaltHookBackend } from './hook-backend.ts';
import { Transport } from './http.ts';
import { Limits } from './limits.ts';
import { SaltSession } from './session.ts';
import { SeveralMasters } from './several-masters.ts';
import { readTls } from './tls.ts';
import { SaltWatch, type WatchTimes } from './watch/salt-watch.ts';
import type { WatchedNode } from './watch/signals.ts';

export interface SaltDependencies {
  /** Where secrets that are named by environment variables come from. */
  readonly environment: Environment;
  /** The declared nodes with a target: what happens on other minions is not minded. */
  readonly nodes?: readonly WatchedNode[];
  /** What goes wrong beside an order, for people. */
  readonly onProblem?: (text: string) => void;
  /** Default: those of `SaltWatch`. */
  readonly watchTimes?: Partial<WatchTimes>;
}

export interface SaltBackend extends Backend {
  /** What the event bus tells; null where it is not followed. */
  readonly watch: Source | null;
}

/** The backend `salt`, in API mode or in hook mode. Nothing is sent before the first use. */
export function createSaltBackend(
  configuration: SaltConfiguration,
  dependencies: SaltDependencies,
): SaltBackend {
  const { requestTimeoutMs, loginTimeoutMs, limits } = configuration;
  const url = addressOf(configuration.url);
  const transport = new Transport(() => readTls(configuration.tls));
  const read = (reference: Parameters<typeof readSecret>[0]) => () =>
    readSecret(reference, dependencies.environment);
  const connect = (
    login: {
      username: string;
      eauth: string;
      password: Parameters<typeof readSecret>[0];
    },
    at = url,
  ) => {
    const credentials = { ...login, password: read(login.password) };
    const session = new SaltSession(at, credentials, loginTimeoutMs, transport);
    return new SaltClient(at, session, requestTimeoutMs, transport);
  };
  const { nodes = [], onProblem = () => {}, watchTimes = {} } = dependencies;
  const watchOver = (client: SaltClient, feed: EventFeed) =>
    configuration.watch && nodes.length > 0
      ? new SaltWatch({ client, feed, nodes, onProblem, times: watchTimes })
      : null;
  if (configuration.mode === 'api') {
    // One for all: a minion has room for one job, whichever master it comes through.
    const shared = new Limits(limits.perMaster, limits.perMinion);
    const oneMaster = (at: URL) => {
      const client = connect(configuration, at);
      const feed = new EventFeed(client);
      return new SaltApiBackend({
        client,
        feed,
        watch: watchOver(client, feed),
        limits: shared,
        fences: configuration.fences === 'module',
        perJob: limits.perJob,
        questionsAtOnce: limits.perMaster,
        domainGrain: configuration.domainGrain ?? null,
        allowed: { commands: new Set(configuration.commands), runners: new Set(configuration.runners) },
        nodes,
      });
    };
    const first = oneMaster(url);
    const { furtherMasters } = configuration;
    if (furtherMasters.length === 0) return first;
    return new SeveralMasters([first, ...furtherMasters.map((address) => oneMaster(addressOf(address)))]);
  }
  const client = configuration.api ? connect(configuration.api) : null;
  const feed = client && new EventFeed(client);
  return new SaltHookBackend({
    url,
    transport,
    hookPath: configuration.hookPath,
    secret: read(configuration.secret),
    signed: configuration.signed,
    timeoutMs: requestTimeoutMs,
    limits: new Limits(1, 1),
    client,
    feed,
    nodes,
    watch: client && feed && watchOver(client, feed),
  });
}

function addressOf(address: string): URL {
  return new URL(address.endsWith('/') ? address : `${address}/`);
}
