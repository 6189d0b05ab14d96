import type { Playbook, ResourceFacts, Step } from '@prunella/core';

const nodesMost = 12;
const minuteMs = 60_000;
/** After the last step has begun: until its effect is verified and the incident is over. */
const roomAfterLastStepMs = 20 * minuteMs;

/** A world in which a resource of a playbook breaks, and one step mends it: the last that no condition keeps away. */
export function writeScenario(
  playbook: Playbook,
  owned: readonly string[],
  resources: readonly ResourceFacts[],
): string {
  const own = resources.filter(({ resource }) => owned.includes(resource));
  const facts = own.find(({ nodes }) => nodes.some(({ target }) => target !== undefined)) ?? own[0];
  const name = facts?.resource ?? owned[0] ?? playbook.for.replaceAll('*', 'main');
  const runs = playbook.ladder.filter(({ autonomy }) => autonomy !== 'shadow');
  const mends = runs.findLast((step) => step.if === undefined) ?? runs[0] ?? playbook.ladder[0];
  const lastMs = Math.max(...playbook.ladder.map(({ afterMs }) => afterMs));
  const fault = mends.when?.[0] ?? 'unreachable';
  return [
    `scenario: ${quoted(`${name} breaks, and ${mends.id} mends it`)}`,
    'resources:',
    `  ${name}:`,
    ...labelLines(facts, playbook.ladder),
    `    nodes: { ${nodesOf(facts)} }`,
    'services:',
    `  app: { uses: [${name}], hosts: [host1, host2, host3] }`,
    `runs: ${Math.ceil((lastMs + roomAfterLastStepMs) / minuteMs)}m`,
    ...clockLines(playbook),
    'story:',
    `  - { at: 0s, what: breaks, resource: ${name}, fault: ${fault}, mendedBy: [${quoted(mends.id)}] }`,
    ...signalLines(playbook, name),
    '# Whoever is asked says yes, a minute later.',
    'people: [{ says: yes, after: 1m }, { says: yes, after: 1m }, { says: yes, after: 1m }]',
    '# What you expect of it; where it differs, the line is marked.',
    'expect:',
    `  ${name}: { ends: ok }`,
    '',
  ].join('\n');
}

function nodesOf(facts: ResourceFacts | undefined): string {
  const nodes = (facts?.nodes ?? []).slice(0, nodesMost).map(({ name, target, domain }) => {
    const text = quoted(target ?? name);
    return `${quoted(name)}: ${domain === undefined ? text : `{ target: ${text}, domain: ${quoted(domain)} }`}`;
  });
  return nodes.length === 0 ? 'node1: node1' : nodes.join(', ');
}

/** Those that it has, and a stand-in for each that a step's arguments ask for: without it the step is refused. */
function labelLines(facts: ResourceFacts | undefined, ladder: readonly Step[]): readonly string[] {
  const asked = JSON.stringify(ladder.map((step) => step.arguments)).matchAll(
    /\{\{ *labels\.([\w-]{1,60}) *\}\}/g,
  );
  const standIns = Array.from(asked, ([, label = '']) => [label, label] as const);
  const labels = Object.entries({ ...Object.fromEntries(standIns), ...facts?.labels });
  if (labels.length === 0) return [];
  return [
    `    labels: { ${labels.map(([label, value]) => `${quoted(label)}: ${quoted(value)}`).join(', ')} }`,
  ];
}

function clockLines({ windows }: Playbook): readonly string[] {
  if (windows === undefined) return [];
  return [
    '# It runs only in its windows. The time at 0s can be said:',
    "# clock: { shows: '2027-01-16 02:00', timeZone: Europe/Berlin }",
  ];
}

/** What a condition asks of a signal's data nobody knows here. */
function signalLines({ open }: Playbook, resource: string): readonly string[] {
  const [signal] = open.signals;
  if (signal === undefined) return [];
  const type = quoted(signal.type.replaceAll('*', 'any'));
  return [
    '# It also opens by a signal:',
    `# - { at: 0s, what: signal, resource: ${resource}, type: ${type}, data: { key: value } }`,
  ];
}

/** As it is where YAML takes it for this text, else as a JSON text, which is YAML, too. */
function quoted(text: string): string {
  return /^[a-z][\w./-]*$/i.test(text) && !/^(?:true|false|null|yes|no|on|off|[yn])$/i.test(text)
    ? text
    : JSON.stringify(text);
}
