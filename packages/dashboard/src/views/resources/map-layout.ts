import type { Explanation, ObserverView } from '@prunella/core';
import { type ResourceDetail, resourceHref } from '../../api/resources.ts';
import { conditionTones } from '../../components/condition-tones.ts';
import { stateTones, stateWords, type Tone } from '../../components/state-mark.tsx';
import { observersText } from '../../text/observers.ts';

/** Of each kind in one column; the rest is counted. */
const shownMost = 7;

export interface MapNode {
  readonly key: string;
  readonly kind: 'service' | 'dependant' | 'this' | 'upstream' | 'more';
  readonly label: string;
  readonly words: string;
  readonly tone: Tone;
  /** Null where there is no view of it. */
  readonly href: string | null;
  /** 0 is the leftmost. */
  readonly column: number;
}

/** `from` needs `to`. */
interface MapEdge {
  readonly from: string;
  readonly to: string;
}

export interface ResourceMap {
  readonly nodes: readonly MapNode[];
  readonly edges: readonly MapEdge[];
}

/** What was told of a resource upstream; null where the healer knows none of that name. */
export type Upstream = ReadonlyMap<string, Pick<ResourceDetail, 'dependsOn'> | null>;

interface MapParts {
  readonly detail: ResourceDetail;
  readonly state: Explanation['state'];
  readonly upstream: Upstream;
  /** Null where it is not known. */
  readonly stateOf: (resource: string) => Explanation['state'] | null;
}

/** In layers from left to right: who uses the resource, itself, what it needs, and what that needs. */
export function mapOf({ detail, state, upstream, stateOf }: MapParts): ResourceMap {
  const { resource, dependsOn, dependants } = detail;
  const node = (name: string, kind: MapNode['kind'], column: number): MapNode => {
    const present = name === resource ? state : stateOf(name);
    return {
      // A resource may need another and be needed by it: it stands on both sides then.
      key: kind === 'dependant' ? `dependant ${name}` : `resource ${name}`,
      kind,
      label: name,
      words: present === null ? wordsWithout(upstream, name) : stateWords[present],
      tone: present === null ? 'rest' : stateTones[present],
      href: name === resource || upstream.get(name) === null ? null : resourceHref(name),
      column,
    };
  };
  const left = [
    ...bounded(servicesOf(detail), 'services', 0),
    ...bounded(
      dependants.names.filter((name) => name !== resource).map((name) => node(name, 'dependant', 0)),
      'resources',
      0,
      dependants.count,
    ),
  ];
  const needed = bounded(
    dependsOn.map((name) => node(name, 'upstream', 2)),
    'resources',
    2,
  );
  const shown = new Set([resource, ...dependsOn]);
  const further = [...new Set(needed.flatMap(({ label }) => upstream.get(label)?.dependsOn ?? []))];
  const beyond = bounded(
    further.filter((name) => !shown.has(name)).map((name) => node(name, 'upstream', 3)),
    'resources',
    3,
  );
  const self = node(resource, 'this', 1);
  const nodes = [...left, self, ...needed, ...beyond];
  const keys = new Set(nodes.map(({ key }) => key));
  const edges = [
    ...left.map(({ key }) => ({ from: key, to: self.key })),
    ...needed.map(({ key }) => ({ from: self.key, to: key })),
    ...needed.flatMap(({ key, label }) =>
      (upstream.get(label)?.dependsOn ?? []).map((name) => ({ from: key, to: `resource ${name}` })),
    ),
  ];
  return { nodes, edges: edges.filter(({ to }) => keys.has(to)) };
}

function wordsWithout(upstream: Upstream, name: string): string {
  return upstream.get(name) === null ? 'not known to the healer' : '';
}

function bounded(
  nodes: readonly MapNode[],
  what: string,
  column: number,
  count = nodes.length,
): readonly MapNode[] {
  const shown = nodes.length > shownMost ? nodes.slice(0, shownMost) : nodes;
  const rest = Math.max(count, nodes.length) - shown.length;
  if (rest <= 0) return shown;
  const more: MapNode = {
    key: `more ${what} ${column}`,
    kind: 'more',
    label: `and ${rest} more ${what}`,
    words: '',
    tone: 'rest',
    href: null,
    column,
  };
  return [...shown, more];
}

const conditions = ['down', 'degraded', 'unknown', 'ok'] as const;

/** The applications whose instances report it, those that see it worst first. */
function servicesOf({ instances }: ResourceDetail): readonly MapNode[] {
  const counts = new Map<string, Record<ObserverView['condition'], number>>();
  for (const { service, condition } of instances) {
    const own = counts.get(service) ?? { ok: 0, degraded: 0, down: 0, unknown: 0 };
    own[condition] += 1;
    counts.set(service, own);
  }
  const worst = (own: Record<ObserverView['condition'], number>) =>
    conditions.find((condition) => own[condition] > 0) ?? 'unknown';
  return [...counts]
    .map(([service, own]): MapNode & { readonly rank: number } => ({
      key: `service ${service}`,
      kind: 'service',
      label: service,
      words: observersText(own),
      tone: conditionTones[worst(own)],
      href: null,
      column: 0,
      rank: conditions.indexOf(worst(own)),
    }))
    .sort((one, other) => one.rank - other.rank || (one.label < other.label ? -1 : 1));
}

export const box = { width: 212, height: 46 } as const;
const gap = { across: 56, down: 14 } as const;

interface Placed {
  readonly width: number;
  readonly height: number;
  /** The upper left corner of each, by its key. */
  readonly places: ReadonlyMap<string, { readonly x: number; readonly y: number }>;
}

/** Each column in the middle of the height; columns without a node take no place. */
export function place(nodes: readonly MapNode[]): Placed {
  const columns = [...new Set(nodes.map(({ column }) => column))].sort((one, other) => one - other);
  const byColumn = columns.map((column) => nodes.filter((node) => node.column === column));
  const heightOf = (count: number) => count * (box.height + gap.down) - gap.down;
  const height = heightOf(Math.max(1, ...byColumn.map(({ length }) => length)));
  const places = new Map(
    byColumn.flatMap((column, index) =>
      column.map(({ key }, row) => [
        key,
        {
          x: index * (box.width + gap.across),
          y: (height - heightOf(column.length)) / 2 + row * (box.height + gap.down),
        },
      ]),
    ),
  );
  return { width: columns.length * (box.width + gap.across) - gap.across, height, places };
}
