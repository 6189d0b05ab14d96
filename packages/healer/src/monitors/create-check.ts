import type { Environment } from '../configuration/secret.ts';
import type { Outgoing } from '../outgoing/outgoing.ts';
import type { Check } from './check.ts';
import { commandCheck } from './checks/command.ts';
import { httpCheck } from './checks/http.ts';
import { postgresCheck } from './checks/postgres.ts';
import { probeCheck } from './checks/probe.ts';
import { tlsCheck } from './checks/tls.ts';
import type { MonitorConfiguration } from './configuration.ts';

export interface CheckParts {
  readonly environment: Environment;
  readonly send: Outgoing;
}

/** Connects to nothing yet. Throws where an expression is wrong, which `prunella check` would have said. */
export function createCheck(monitor: MonitorConfiguration, { environment, send }: CheckParts): Check {
  switch (monitor.type) {
    case 'http':
      return httpCheck(monitor, environment, send);
    case 'tls':
      return tlsCheck(monitor);
    case 'postgres':
      return postgresCheck(monitor, environment);
    case 'command':
      return commandCheck(monitor, environment);
    case 'tcp':
    case 'redis':
    case 'rethinkdb':
      return probeCheck(monitor, environment);
  }
}
