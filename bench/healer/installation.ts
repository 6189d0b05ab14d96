import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Installation {
  readonly folder: string;
  readonly configurationFile: string;
  remove(): Promise<void>;
}

interface Written {
  readonly action: string;
  /** Lines of `prunella.yaml`. */
  readonly backends: string;
}

/** Everything opens by a signal alone and at once; no limit of the fleet is in the way of the figures. */
const playbookOf = (action: string) => `
playbook: bench
for: bench/*
open: { confirm: none, signals: [process.exit], graceAfterStart: 0s, quorum: { hosts: 1 } }
ladder:
  - { action: ${action}, autonomy: auto, every: 1h, max: 1, deadline: 10s, window: 20s, soak: 1s }
`;

const fleet = `
fleet:
  concurrency: 100000
  disruptedDomains: 100000
  storm: { incidents: 100000, share: 1, leastResources: 100000 }
  isolation: { share: 1, leastResources: 100000 }
`;

/** A folder with a configuration of so many resources of one node each, without probes. */
export async function install(
  resources: number,
  written: Written = { action: 'bench.repair', backends: '' },
): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'prunella-bench-'));
  const lines = Array.from({ length: resources }, (_, index) => {
    const name = resourceName(index);
    return `  ${name}: { nodes: { one: { target: target-${index} } } }`;
  });
  const configurationFile = join(folder, 'prunella.yaml');
  await writeFile(
    configurationFile,
    `server: { port: 0 }\nresources:\n${lines.join('\n')}\n${fleet}${written.backends}`,
  );
  await mkdir(join(folder, 'playbooks'));
  await writeFile(join(folder, 'playbooks', 'bench.yaml'), playbookOf(written.action));
  return { folder, configurationFile, remove: () => rm(folder, { recursive: true, force: true }) };
}

export function resourceName(index: number): string {
  return `bench/r${index}`;
}
