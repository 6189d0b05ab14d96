import { describeDuration } from '@prunella/core';
import { columns } from './columns.ts';
import type { CommandIo } from './command.ts';
import { coloursFor, printable, timeText } from './output.ts';
import type { ResourceAnswer, ResourceRow } from './resource-answers.ts';
import type { DependencyTree, TreeLine } from './resource-tree.ts';

/** A line for each, those that are not ok first. */
export function listResources(resources: readonly ResourceRow[], io: CommandIo, now: number): string {
  const { bold, red, yellow } = coloursFor(io.stdout, io.environment);
  const sick = resources.filter(({ state }) => state !== 'ok');
  const well = resources.filter(({ state }) => state === 'ok');
  const rows = [...sick, ...well].map((each) => [
    each.resource,
    each.state,
    each.since === null ? '-' : describeDuration(now - each.since),
    observersText(each.observers),
    nodesText(each),
    each.playbook ?? 'none',
  ]);
  const [head = '', ...lines] =
    columns([['RESOURCE', 'STATE', 'FOR', 'INSTANCES', 'NODES', 'PLAYBOOK'], ...rows]).match(/.*\n/g) ?? [];
  const painted = lines.map((line, index) => {
    const state = sick[index]?.state;
    if (state === undefined) return line;
    return state === 'undecided' || state === 'suspected' ? yellow(line) : red(line);
  });
  return `${bold(head)}${painted.join('')}`;
}

function observersText({ ok, degraded, down, unknown }: ResourceRow['observers']): string {
  const counts: readonly (readonly [number, string])[] = [
    [down, 'down'],
    [degraded, 'degraded'],
    [unknown, 'unknown'],
    [ok, 'ok'],
  ];
  const parts = counts.flatMap(([count, word]) => (count === 0 ? [] : [`${count} ${word}`]));
  return parts.length === 0 ? 'none' : parts.join(', ');
}

function nodesText({ nodes, probe }: ResourceRow): string {
  const failing = nodes.filter((node) => node.probe.status === 'fails').map(({ name }) => name);
  if (failing.length > 0)
    return `${failing.slice(0, 3).join(', ')}${failing.length > 3 ? ' \u2026' : ''} failing`;
  if (probe.status === 'fails') return 'probe fails';
  return nodes.length === 0 ? '-' : String(nodes.length);
}

/** All that is known of one. */
export function describeResource(
  resource: ResourceAnswer,
  tree: DependencyTree,
  io: CommandIo,
  now: number,
): string {
  const { bold } = coloursFor(io.stdout, io.environment);
  const title = (text: string) => `\n${bold(text)}\n`;
  const { instances, observers } = resource;
  const count = observers.ok + observers.degraded + observers.down + observers.unknown;
  const more = resource.next === undefined ? '' : `  only the first ${instances.length} are shown: --limit\n`;
  return [
    headOf(resource, io, now),
    title('Nodes'),
    columns(nodeRows(resource, now), '  '),
    title(`Instances (${Math.max(count, instances.length)})`),
    instances.length === 0 ? '  none reports it\n' : columns(instanceRows(resource), '  '),
    more,
    title('Steps'),
    resource.steps.length === 0 ? '  none: no playbook is for it\n' : columns(stepRows(resource), '  '),
    title('Needs'),
    treeText(tree.needs),
    title('Needed by'),
    treeText(tree.neededBy),
    tree.cut ? '  and more, which are not shown\n' : '',
  ].join('');
}

function headOf(resource: ResourceAnswer, io: CommandIo, now: number): string {
  const { bold } = coloursFor(io.stdout, io.environment);
  const { state, since, labels } = resource;
  const rows: string[][] = [
    [
      'state',
      since === null ? state : `${state} since ${timeText(since)} (${describeDuration(now - since)})`,
    ],
    ['reason', resource.reason],
    ['impact', resource.impact],
    ...(resource.incident === null ? [] : [['incident', resource.incident]]),
    ['playbook', resource.playbook ?? 'none'],
    ...(Object.keys(labels).length === 0
      ? []
      : [
          [
            'labels',
            Object.entries(labels)
              .map(([name, value]) => `${name}=${value}`)
              .join(', '),
          ],
        ]),
  ];
  return `${bold(printable(resource.resource))}\n${columns(rows, '  ')}`;
}

function nodeRows({ probe, nodes }: ResourceAnswer, now: number): string[][] {
  const whole = nodes.length === 0 || probe.status !== 'none';
  return [
    ...(whole ? [['(as a whole)', '-', probeText(probe, now)]] : []),
    ...nodes.map(({ name, target, probe: own }) => [name, target ?? 'no target', probeText(own, now)]),
  ];
}

function probeText({ status, since, failure }: ResourceAnswer['probe'], now: number): string {
  const forMs = since === null ? '' : ` for ${describeDuration(now - since)}`;
  if (status === 'none') return 'no probe';
  if (status === 'waiting')
    return 'not probed since the healer started: it is probed when something is wrong';
  return `probe ${status}${forMs}${failure === null ? '' : `: ${failure}`}`;
}

function instanceRows({ instances }: ResourceAnswer): string[][] {
  return instances.map(
    ({ instance, host, condition, sinceMs, kinds, lastSuccessAgeMs, cacheAgeMs, silent }) => [
      instance,
      host ?? '-',
      silent ? 'silent' : condition,
      `for ${describeDuration(sinceMs)}`,
      kinds.length === 0 ? '-' : kinds.join(', '),
      lastSuccessAgeMs === null ? 'no success yet' : `last success ${describeDuration(lastSuccessAgeMs)} ago`,
      cacheAgeMs === null ? '' : `answers from cache, ${describeDuration(cacheAgeMs)} old`,
    ],
  );
}

function stepRows({ steps }: ResourceAnswer): string[][] {
  return steps.map(({ step, action, effect, written, inForce, record }) => [
    step === action ? step : `${step} (${action})`,
    effect,
    inForce === written ? written : `${inForce} (written: ${written})`,
    ranText(record),
    record.harmful === 0 ? '' : `${record.harmful} harmful`,
  ]);
}

function ranText({
  runs,
  effective,
  ineffective,
  unverified,
}: ResourceAnswer['steps'][number]['record']): string {
  const judged = effective + ineffective + unverified;
  if (runs === 0) return 'has not run here';
  return judged === 0 ? 'no verdict yet' : `${effective} of ${judged} runs helped`;
}

function treeText(lines: readonly TreeLine[]): string {
  if (lines.length === 0) return '  nothing\n';
  return columns(
    lines.map(({ depth, resource, state }) => [`${'  '.repeat(depth)}${resource}`, state ?? 'not known']),
    '  ',
  );
}
