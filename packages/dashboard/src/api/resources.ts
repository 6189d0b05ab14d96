import type { Explanation, ObserverView, StepStanding } from '@prunella/core';
import { fieldsOf, listOf, one, textsOf } from './read.ts';
import { ask } from './request.ts';

/** The healer's own check. `none`: none is declared; `waiting`: it has not run since the healer's start. */
interface Probe {
  readonly status: 'none' | 'waiting' | 'passes' | 'fails';
  readonly since: number | null;
  readonly at: number | null;
  readonly failure: string | null;
}

interface Node {
  readonly name: string;
  readonly target: string | null;
  readonly domain: string | null;
  readonly probe: Probe;
}

export type Observers = Readonly<Record<ObserverView['condition'], number>>;

/** One of many resources. */
export interface ResourceRow
  extends Pick<
    Explanation,
    'resource' | 'state' | 'since' | 'firstFaultAt' | 'incident' | 'reason' | 'impact'
  > {
  readonly labels: Readonly<Record<string, string>>;
  readonly playbook: string | null;
  readonly dependsOn: readonly string[];
  readonly probe: Probe;
  readonly nodes: readonly Node[];
  readonly observers: Observers;
}

export interface ResourceStep
  extends Pick<StepStanding, 'step' | 'action' | 'written' | 'inForce' | 'record'> {
  readonly effect: 'restores' | 'repairs' | 'disrupts';
  readonly afterMs: number;
  readonly everyMs: number;
  readonly max: number;
}

export interface ResourceDetail extends ResourceRow {
  /** Some of the resources that need this one, and how many do. */
  readonly dependants: { readonly names: readonly string[]; readonly count: number };
  readonly steps: readonly ResourceStep[];
  /** The sick first. */
  readonly instances: readonly ObserverView[];
}

interface ResourcePage {
  /** By name. */
  readonly rows: readonly ResourceRow[];
  /** Of the next page; null on the last. */
  readonly next: string | null;
}

const rowTexts = ['resource', 'state', 'reason', 'impact'] as const;

/** The address of its view. */
export function resourceHref(resource: string): string {
  return `/resources/${partsOf(resource)}`;
}

function partsOf(resource: string): string {
  const [kind = '', ...name] = resource.split('/');
  return `${encodeURIComponent(kind)}/${encodeURIComponent(name.join('/'))}`;
}

/** Those whose name holds the text; `*` stands for any run of characters. */
export async function askResources(
  query: { readonly part: string; readonly cursor: string | null; readonly limit: number },
  signal: AbortSignal,
): Promise<ResourcePage> {
  const words = new URLSearchParams({ limit: String(query.limit) });
  if (query.part !== '') words.set('match', `*${query.part}*`);
  if (query.cursor !== null) words.set('cursor', query.cursor);
  const { items, next } = fieldsOf(await ask(`/v1/resources?${words}`, { signal }), 'resources');
  const rows = listOf<ResourceRow>(items, 'resources.items', rowTexts);
  for (const row of rows) readRow(row);
  return { rows, next: typeof next === 'string' ? next : null };
}

/** With at most so many of its instances. */
export async function askResource(
  resource: string,
  limit: number,
  signal: AbortSignal,
): Promise<ResourceDetail> {
  const answer = await ask(`/v1/resources/${partsOf(resource)}?limit=${limit}`, { signal });
  const detail = one<ResourceDetail>(answer, 'resource', rowTexts);
  readRow(detail);
  textsOf(fieldsOf(detail.dependants, 'resource.dependants')['names'], 'resource.dependants.names');
  for (const { record } of listOf<ResourceStep>(detail.steps, 'resource.steps', ['step', 'action'])) {
    fieldsOf(record, 'resource.steps.record');
  }
  listOf<ObserverView>(detail.instances, 'resource.instances', ['instance', 'service', 'condition']);
  return detail;
}

function readRow({ dependsOn, nodes, observers, probe }: ResourceRow): void {
  textsOf(dependsOn, 'resource.dependsOn');
  for (const node of listOf<Node>(nodes, 'resource.nodes', ['name']))
    fieldsOf(node.probe, 'resource.nodes.probe');
  fieldsOf(observers, 'resource.observers');
  fieldsOf(probe, 'resource.probe');
}

/** What the healer says of it, also where it is ok; null where it knows no such resource. */
export async function askExplanation(resource: string, signal: AbortSignal): Promise<Explanation | null> {
  const answer = await ask(`/v1/explanations?${new URLSearchParams({ resource })}`, { signal });
  const { explanations } = fieldsOf(answer, 'explanations');
  return listOf<Explanation>(explanations, 'explanations', rowTexts)[0] ?? null;
}
