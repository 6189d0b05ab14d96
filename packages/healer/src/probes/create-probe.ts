import type { ProbeConfiguration } from './configuration.ts';
import { httpProbe } from './http.ts';
import { postgresProbe } from './postgres.ts';
import type { Probe } from './probe.ts';
import { redisProbe } from './redis.ts';
import { rethinkdbProbe } from './rethinkdb.ts';
import { tcpProbe } from './tcp.ts';

/** The healer's own check of one node. Nothing is connected before `run`. */
export function createProbe(configuration: ProbeConfiguration): Probe {
  switch (configuration.type) {
    case 'tcp':
      return tcpProbe(configuration);
    case 'http':
      return httpProbe(configuration);
    case 'redis':
      return redisProbe(configuration);
    case 'postgres':
      return postgresProbe(configuration);
    case 'rethinkdb':
      return rethinkdbProbe(configuration);
  }
}
