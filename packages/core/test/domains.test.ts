import { World } from '@prunella/core/simulate';
import { expect, it } from 'vitest';
import { articlePlaybook, highstate, minutes } from './playbooks.ts';

const outageAt = minutes(5);
const expression = { select: 'expression', expression: 'db*', matcher: 'glob' } as const;

/** Two targets of one attempt, of which the backend knows these domains. */
function broken(domains: Readonly<Record<string, string>>, declared?: string): World {
  const playbook = articlePlaybook({
    limits: { blastRadiusNodes: 2, blastRadiusDomains: 1 },
    ladder: [{ ...highstate, target: expression }],
  });
  const world = new World({
    playbook,
    facts: {
      resource: playbook.for,
      labels: {},
      nodes: ['db1', 'db2'].map((name) => ({
        name,
        target: `minion-${name}`,
        ...(declared === undefined ? {} : { domain: declared }),
      })),
    },
    resolve: () => ({
      resolved: true,
      targets: ['minion-db1', 'minion-db2'].map((id) => ({
        id,
        responding: true,
        ...(domains[id] === undefined ? {} : { domain: domains[id] }),
      })),
    }),
  });
  for (const host of ['web1', 'web2', 'web3']) world.start(host);
  world.at(outageAt, () => world.breaks());
  world.runUntil(outageAt + minutes(6));
  return world;
}

const asked = (world: World) =>
  world.commands.flatMap(({ command }) => (command.type === 'notify' ? [command.text] : []));
const permitted = (world: World) =>
  world.commands.flatMap(({ command }) =>
    command.type === 'request-permit' ? [command.request.domains] : [],
  );

it('an attempt that would touch two failure domains of the backend asks a person', () => {
  const world = broken({ 'minion-db1': 'rack-1', 'minion-db2': 'rack-2' });
  expect(world.orders).toEqual([]);
  expect(asked(world).join()).toContain('2 failure domains (rack-1, rack-2)');
});

it('one that stays in a domain is let through, and the fleet counts that domain', () => {
  const world = broken({ 'minion-db1': 'rack-1', 'minion-db2': 'rack-1' });
  expect(world.orders).toHaveLength(1);
  expect(permitted(world)[0]).toEqual(['rack-1']);
});

it('what is declared goes before what the backend knows', () => {
  const world = broken({ 'minion-db1': 'rack-1', 'minion-db2': 'rack-2' }, 'zone-a');
  expect(world.orders).toHaveLength(1);
  expect(permitted(world)[0]).toEqual(['zone-a']);
});
