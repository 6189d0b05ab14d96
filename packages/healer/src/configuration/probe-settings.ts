import { durationText } from '@prunella/core';
import { z } from 'zod';
import { type ProbeConfiguration, probeConfigurationSchema } from '../probes/configuration.ts';
import type { PathBase } from './file-path.ts';
import { type Environment, readSecret, type SecretReference, secretReference } from './secret.ts';

/** What is asked of a server, without how often: with references where `createProbe` takes secrets. */
export function probeQuestions(base: PathBase) {
  const [tcp, http, redis, postgres, rethinkdb] = probeConfigurationSchema.options;
  const password = secretReference(base).optional().describe('Where the password is.');
  const header = z.union([z.string(), secretReference(base)]);
  const failover = durationText({ mostMs: 600_000 })
    .optional()
    .describe('How long the cluster may take to choose a primary by itself, `10s` where left out.');
  const postgresServer = {
    url: postgres.shape.url.optional().describe('Instead of host, port, user, password and database.'),
    host: z.string().min(1).max(253).optional().describe('127.0.0.1 where left out.'),
    port: z.int().min(1).max(65_535).optional().describe('5432 where left out.'),
    user: z.string().min(1).max(200).optional().describe('postgres where left out.'),
    database: z.string().min(1).max(200).optional().describe('postgres where left out.'),
  };
  return {
    tcp,
    http: http.extend({ headers: z.record(z.string(), header).optional() }),
    redis: redis.extend({ password }),
    postgres: postgres.extend({ ...postgresServer, password }),
    rethinkdb: rethinkdb.omit({ failoverMs: true }).extend({ password, failover }),
  };
}

/** A probe as people write it, with its times. */
export function probeSettings(base: PathBase) {
  const { tcp, http, redis, postgres, rethinkdb } = probeQuestions(base);
  const times = {
    interval: durationText({ leastMs: 100 }).prefault('5s').describe('From one check to the next.'),
    timeout: durationText({ leastMs: 10 }).prefault('2s').describe('A check that takes longer has failed.'),
  };
  return z
    .discriminatedUnion('type', [
      tcp.extend(times),
      http.extend(times),
      redis.extend(times),
      postgres.extend(times),
      rethinkdb.extend(times),
    ])
    .transform(({ interval, timeout, ...check }) => ({ intervalMs: interval, timeoutMs: timeout, check }));
}

export type ProbeSettings = z.output<ReturnType<typeof probeSettings>>;

/** What `createProbe` takes, with the secrets read. Rejects with a `SecretError`. */
export async function readProbeConfiguration(
  settings: Pick<ProbeSettings, 'check'>,
  environment: Environment,
): Promise<ProbeConfiguration> {
  const { check } = settings;
  const read = (reference: SecretReference) => readSecret(reference, environment);
  switch (check.type) {
    case 'tcp':
      return check;
    case 'http': {
      const { headers = {}, ...rest } = check;
      const entries = Object.entries(headers).map(async ([name, value]) => {
        return [name, typeof value === 'string' ? value : await read(value)] as const;
      });
      return { ...rest, headers: Object.fromEntries(await Promise.all(entries)) };
    }
    case 'redis': {
      const { password, ...rest } = check;
      return password === undefined ? rest : { ...rest, password: await read(password) };
    }
    case 'rethinkdb': {
      const { password, failover, ...rest } = check;
      return {
        ...rest,
        password: password === undefined ? '' : await read(password),
        ...(failover === undefined ? {} : { failoverMs: failover }),
      };
    }
    case 'postgres': {
      const password = check.password === undefined ? '' : await read(check.password);
      return { type: 'postgres', url: check.url ?? postgresUrl(check, password), expect: check.expect };
    }
  }
}

function postgresUrl(check: Extract<ProbeSettings['check'], { type: 'postgres' }>, password: string): string {
  const { host = '127.0.0.1', port = 5432, user = 'postgres', database = 'postgres' } = check;
  const secret = password === '' ? '' : `:${encodeURIComponent(password)}`;
  const address = host.includes(':') ? `[${host}]` : host;
  return `postgres://${encodeURIComponent(user)}${secret}@${address}:${port}/${encodeURIComponent(database)}`;
}
