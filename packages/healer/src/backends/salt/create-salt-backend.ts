import { type Environment, readSecret } from '../../configuration/secret.ts';
import type { Backend } from '../backend.ts';
import { SaltApiBackend } from './api-backend.ts';
import { SaltClient } from './client.ts';
import type { SaltConfiguration } from './configuration.ts';
import { SaltHookBackend } from './hook-backend.ts';
import { Limits } from './limits.ts';
import { SaltSession } from './session.ts';

export interface SaltDependencies {
  /** Where secrets that are named by environment variables come from. */
  readonly environment: Environment;
}

/** The backend `salt`, in API mode or in hook mode. Nothing is sent before the first use. */
export function createSaltBackend(configuration: SaltConfiguration, dependencies: SaltDependencies): Backend {
  const { requestTimeoutMs, loginTimeoutMs, limits } = configuration;
  const url = new URL(configuration.url.endsWith('/') ? configuration.url : `${configuration.url}/`);
  const read = (reference: Parameters<typeof readSecret>[0]) => () =>
    readSecret(reference, dependencies.environment);
  const connect = (login: {
    username: string;
    eauth: string;
    password: Parameters<typeof readSecret>[0];
  }) => {
    const session = new SaltSession(url, { ...login, password: read(login.password) }, loginTimeoutMs);
    return new SaltClient(url, session, requestTimeoutMs);
  };
  if (configuration.mode === 'api') {
    return new SaltApiBackend({
      client: connect(configuration),
      limits: new Limits(limits.perMaster, limits.perMinion),
      fences: configuration.fences === 'module',
      perJob: limits.perJob,
      allowed: { commands: new Set(configuration.commands) },
    });
  }
  return new SaltHookBackend({
    url,
    hookPath: configuration.hookPath,
    secret: read(configuration.secret),
    timeoutMs: requestTimeoutMs,
    limits: new Limits(1, 1),
    client: configuration.api ? connect(configuration.api) : null,
  });
}
