import { type ActionFacts, type Playbook, readPlaybooks } from '@prunella/core';
import { fencedPrefix } from './world.ts';

/** Everything in hundredths of a second, and no limit that a day of outages within a minute would reach. */
const playbookText = (kind: string, prefix: string) => `
playbook: ${kind}
for: ${prefix}*
open:
  after: 20ms
  quorum: { hosts: 1 }
  confirm: { failures: 1, every: 20ms, timeout: 2s }
  signals: [process.exit]
  graceAfterStart: 0s
  graceAfterDeploy: 0s
ladder:
  - action: ${kind}.repair
    autonomy: auto
    every: 100ms
    max: 1000
    deadline: 500ms
    window: 300ms
    soak: 10ms
limits:
  attemptsPerDay: 1000000
  disruptivePerFleetHour: 1000000
  flappingOpenings: 1000000
  ineffectiveInARow: 1000000
  afterOwnAttempt: 0s
  relapse: 0s
`;

const actions = new Map<string, ActionFacts>([
  ['fenced.repair', { action: 'fenced.repair', effect: 'repairs', highestAutonomy: 'auto' }],
  ['plain.repair', { action: 'plain.repair', effect: 'disrupts', highestAutonomy: 'auto' }],
]);

export const resources = ['a', 'b', 'c'].flatMap((name) => [`${fencedPrefix}${name}`, `redis/${name}`]);

export function torturePlaybooks(): readonly Playbook[] {
  const text = `${playbookText('fenced', fencedPrefix)}---${playbookText('plain', 'redis/')}`;
  const { placed, problems } = readPlaybooks([{ file: 'torture.yaml', text: Buffer.from(text) }], {
    actions,
  });
  const error = problems.find(({ severity }) => severity === 'error');
  if (error !== undefined) throw new Error(`the playbooks of the torture: ${error.message}`);
  return placed.map(({ playbook }) => playbook);
}
