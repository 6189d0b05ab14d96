import { setTimeout as delay } from 'node:timers/promises';
import type { Environment } from '../../configuration/secret.ts';
import { readSecret } from '../../configuration/secret.ts';
import { type RethinkdbSession, withRethinkdb } from '../../rethinkdb/session.ts';
import type { RethinkdbConfiguration } from './configuration.ts';

/** How the backend reaches members and time; another one stands in for a cluster in tests. */
export interface ClusterAccess {
  /** Talks with one member, by its name in the configuration. Rejects where it does not answer. */
  talk<Answer>(
    member: string,
    signal: AbortSignal,
    talk: (session: RethinkdbSession) => Promise<Answer>,
  ): Promise<Answer>;
  /** Waits; ends early, rejecting, at the signal's abort. */
  wait(durationMs: number, signal: AbortSignal): Promise<void>;
}

export function networkAccess(
  configuration: RethinkdbConfiguration,
  environment: Environment,
): ClusterAccess {
  return {
    async talk(member, signal, talk) {
      const place = configuration.members[member];
      if (place === undefined) throw new Error(`${member} is no member of the rethinkdb backend`);
      const { user, tls } = configuration;
      const password =
        configuration.password === undefined ? '' : await readSecret(configuration.password, environment);
      return withRethinkdb({ host: place.host, port: place.port, user, password, tls }, signal, talk);
    },
    wait: (durationMs, signal) => delay(durationMs, undefined, { signal }),
  };
}
