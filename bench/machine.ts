import { availableParallelism, cpus, loadavg } from 'node:os';

/** What a reader needs to place the figures; nothing that tells whose machine it was. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly node: string;
  readonly system: string;
  /** Of the minute before the run: above 0 something else ran, too. */
  readonly loadBefore: number;
}

export function thisMachine(): Machine {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() || 'unknown',
    node: process.versions.node,
    system: `${process.platform} ${process.arch}`,
    loadBefore: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}

/** Null where the machine had time for us alone. */
export function busyRemark({ loadBefore, cores }: Machine): string | null {
  if (loadBefore < cores / 4) return null;
  return (
    `The machine was busy with other work (load average ${loadBefore} on ${cores} cores before the run). Figures by` +
    ' the clock on the wall, those of PostgreSQL, are then uncertain: measure again on an idle machine.'
  );
}
