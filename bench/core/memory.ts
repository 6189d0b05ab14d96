import {
  decide,
  initialObserveState,
  initialResourceState,
  observe,
  parsePlaybook,
  type ResourceState,
} from '@prunella/core';
import { garbageCollector } from '../garbage.ts';
import { judged, type Row } from '../row.ts';
import { reportOf } from './reports.ts';

const began = 1_800_000_000_000;
const instancesEach = 10;
const gigabyte = 2 ** 30;

/** Every resource with its machine and ten processes of its own that observe it. */
export function measureMemory(resources: number): Row[] {
  const playbook = parsePlaybook(
    'playbook: bench\nfor: "*"\nladder: [{ action: salt.service.restart }]\n',
    'bench.yaml',
  ).playbooks[0];
  if (playbook === undefined) throw new Error('the playbook of the bench has an error');
  const collect = garbageCollector();
  collect();
  const before = process.memoryUsage().heapUsed;
  const seen = initialObserveState({
    instanceLimit: resources * instancesEach,
    resourceLimit: resources,
  });
  const machines = new Map<string, ResourceState>();
  for (let index = 0; index < resources; index += 1) {
    const resource = `postgres/r${index}`;
    let state = initialResourceState(resource);
    const facts = { resource, nodes: [{ name: 'db1', target: `minion-${index}` }], labels: {} };
    for (let each = 0; each < instancesEach; each += 1) {
      const report = reportOf(`${index}-${each}`, resource, 1, false);
      for (const summary of observe(seen, { type: 'report', report }, began).changed) {
        state = decide(state, { type: 'summary', summary }, playbook, facts, began).state;
      }
    }
    machines.set(resource, state);
  }
  collect();
  const used = process.memoryUsage().heapUsed - before;
  // Both must live until here.
  const alive = machines.size === resources && seen.instanceCount === resources * instancesEach;
  return [
    judged({
      figure: `${resources.toLocaleString('en')} resources with ${instancesEach} instances each`,
      ours: alive ? used / gigabyte : Number.NaN,
      peer: null,
      peerName: 'none',
      bar: { rule: 'at most', value: 1, from: 'fixed' },
      unit: 'GB',
    }),
  ];
}
