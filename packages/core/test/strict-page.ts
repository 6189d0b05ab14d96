// Run with --disallow-code-generation-from-strings: what a page with a strict content policy would refuse, throws.
import {
  decide,
  initialResourceState,
  parsePlaybook,
  playbookJsonSchema,
  playbookUnder,
} from '@prunella/core';

const text = `playbook: strict
for: postgres/*
open: { confirm: none, signals: [{ type: alert, if: "signal.data.severity == 'critical'" }] }
ladder: [{ action: a.b, target: '*', if: "labels.tier == 'gold'", with: { some: '{{ node }}' } }]
overrides: [{ labels: { tier: gold }, open: { after: 5s } }]
`;

let isStrict = false;
try {
  new Function('return 1');
} catch {
  isStrict = true;
}
if (!isStrict) throw new Error('code can be generated here: this shows nothing');

const { playbooks, problems } = parsePlaybook(text, 'strict.yaml');
const facts = { resource: 'postgres/main', nodes: [], labels: { tier: 'gold' } };
const playbook = playbookUnder(facts, playbooks);
if (playbook === undefined) throw new Error(JSON.stringify(problems));
playbookJsonSchema();
const signal = {
  id: '1',
  source: 'alerts',
  type: 'alert',
  resource: 'postgres/main',
  status: 'firing',
  summary: '',
  data: { severity: 'critical' },
} as const;
const { events } = decide(
  initialResourceState('postgres/main'),
  { type: 'signal', signal },
  playbook,
  facts,
  1,
);
process.stdout.write(events.map(({ type }) => type).join(' '));
