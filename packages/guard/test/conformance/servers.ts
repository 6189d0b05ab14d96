import { type AdapterHarness, adapterChecks, type ServerControl } from '@prunella/guard/conformance';
import type { FaultProxy, LabService } from '@prunella/labs';
import { describe, it } from 'vitest';
import { restartAfterKill } from '../adapters/call.ts';

/** A real process, killed and stopped. */
export function processServer(service: () => LabService): ServerControl {
  return {
    start: async () => {
      if (!service().running) await restartAfterKill(service());
    },
    stop: async () => {
      service().kill('SIGKILL');
      await service().exited();
    },
    stall: async () => service().kill('SIGSTOP'),
    resume: async () => service().kill('SIGCONT'),
  };
}

/** A real server behind a proxy: for one of several processes, or one that lives in this process. */
export function proxiedServer(proxy: () => FaultProxy): ServerControl {
  return {
    start: () => proxy().normal(),
    stop: async () => {
      await proxy().refuse();
      proxy().fault({ kind: 'reset' });
    },
    stall: async () => proxy().fault({ kind: 'black-hole' }),
    resume: async () => proxy().fault(null),
  };
}

export function describeConformance<Handle, Lent>(what: string, harness: AdapterHarness<Handle, Lent>): void {
  describe(`conformance of ${what}`, () => {
    for (const check of adapterChecks(harness)) it(check.name, () => check.run());
  });
}
