import { decide, initialResourceState, parsePlaybook, type ResourceInput } from '@prunella/core';
import { World } from '@prunella/core/simulate';
import { median } from '../measure.ts';
import { judged, type Row } from '../row.ts';

const passes = 40;
const minuteMs = 60_000;

const playbookText = `
playbook: bench
for: postgres/main
open: { quorum: { hosts: 1 } }
ladder:
  - { action: salt.state.highstate, after: 5m, every: 5m, autonomy: auto, deadline: 90s, window: 2m, soak: 30s }
  - { action: salt.service.restart, after: 10m, every: 10m, autonomy: auto, deadline: 90s, window: 2m, soak: 30s }
`;

/** Every input of an hour with an outage of 25 minutes in it, decided again and again on one core. */
export function measureDecisions(rounds: number): { readonly rows: Row[]; readonly condition: string } {
  const world = hourWithOutage();
  const { inputs, playbook, facts, resource } = world;
  const figures: number[] = [];
  for (let round = -2; round < rounds; round += 1) {
    const begunAt = process.threadCpuUsage();
    for (let pass = 0; pass < passes; pass += 1) {
      let state = initialResourceState(resource);
      for (const { at, input } of inputs) state = decide(state, input, playbook, facts, at).state;
    }
    const { user, system } = process.threadCpuUsage(begunAt);
    if (round >= 0) figures.push((inputs.length * passes) / ((user + system) / 1e6));
  }
  const row = judged({
    figure: 'decisions a second on one core',
    ours: median(figures),
    peer: null,
    peerName: 'none',
    bar: { rule: 'at least', value: 200_000, from: 'fixed' },
    unit: '1/s',
  });
  const condition = `Decisions: ${inputs.length} inputs of one simulated hour (${countsOf(inputs.map(({ input }) => input))}), ${passes} times in each of ${rounds} rounds.`;
  return { rows: [row], condition };
}

function hourWithOutage(): World {
  const [playbook] = parsePlaybook(playbookText, 'bench.yaml').playbooks;
  if (playbook === undefined) throw new Error('the playbook of the bench has an error');
  const world = new World({ playbook });
  for (const host of ['a', 'b', 'c', 'd', 'e']) world.start(host);
  world.at(5 * minuteMs, () => world.breaks());
  world.at(30 * minuteMs, () => world.heals());
  world.runUntil(60 * minuteMs);
  return world;
}

function countsOf(inputs: readonly ResourceInput[]): string {
  const counts = new Map<string, number>();
  for (const { type } of inputs) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts]
    .sort(([, left], [, right]) => right - left)
    .slice(0, 4)
    .map(([type, count]) => `${count} ${type}`)
    .join(', ');
}
