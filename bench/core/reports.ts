import { protocolVersion, type Report } from '@prunella/protocol';

/** What one process says of one resource; each on a host of its own, which is the costliest case. */
export function reportOf(instance: string, resource: string, sequence: number, isSick: boolean): Report {
  return {
    protocol: protocolVersion,
    service: 'actioner',
    host: `host-${instance}`,
    instance: `actioner/host-${instance}/${instance}`,
    epoch: 'e',
    sequence,
    // Nobody falls silent while it is measured.
    heartbeatMs: 3_600_000,
    conditions: [
      {
        resource,
        condition: isSick ? 'down' : 'ok',
        sinceMs: 0,
        successes: sequence,
        faults: {},
        lastSuccessAgeMs: 0,
        ...(isSick ? { lastFaultKind: 'unreachable', firstFaultAgeMs: 100 } : {}),
      },
    ],
  };
}
