import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Installation {
  readonly folder: string;
  readonly configurationFile: string;
  remove(): Promise<void>;
}

interface Written {
  /** Default `bench.repair`. */
  readonly action?: string;
  /** Lines of `prunella.yaml`; default none. */
  readonly backends?: string;
  /** Attempts that may run at one time; default all. */
  readonly concurrency?: number;
  /** How long an attempt is looked at after its end; default 20 s. */
  readonly window?: string;
}

/** Everything opens by a signal alone and at once; no limit of the fleet is in the way of the figures. */
const playbookOf = (action: string, window: string) => `
playbook: bench
for: bench/*
open: { confirm: none, signals: [process.exit], graceAfterStart: 0s, quorum: { hosts: 1 } }
ladder:
  - { action: ${action}, autonomy: auto, every: 1h, max: 1, deadline: 10s, window: ${window}, soak: 1s }
`;

/** The keys of `fleet` by which as good as nothing holds anybody. */
export const unboundedFleet = (concurrency = 100_000) => `
fleet:
  concurrency: ${concurrency}
  disruptedDomains: 100000
  storm: { incidents: 100000, share: 1, leastResources: 100000 }
  isolation: { share: 1, leastResources: 100000 }
`;

/** A folder with a configuration of so many resources of one node each, without probes. */
export async function install(
  resources: number,
  { action = 'bench.repair', backends = '', concurrency, window = '20s' }: Written = {},
): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'prunella-bench-'));
  const lines = Array.from({ length: resources }, (_, index) => {
    const name = resourceName(index);
    return `  ${name}: { nodes: { one: { target: target-${index} } } }`;
  });
  const configurationFile = join(folder, 'prunella.yaml');
  await writeFile(
    configurationFile,
    `server: { port: 0 }\nresources:\n${lines.join('\n')}\n${unboundedFleet(concurrency)}${backends}`,
  );
  await mkdir(join(folder, 'playbooks'));
  await writeFile(join(folder, 'playbooks', 'bench.yaml'), playbookOf(action, window));
  return { folder, configurationFile, remove: () => rm(folder, { recursive: true, force: true }) };
}

export function resourceName(index: number): string {
  return `bench/r${index}`;
}
