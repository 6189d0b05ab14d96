import type { Explanation } from '@prunella/core';
import { HealerProblem } from '../../api/problem.ts';
import { askResource, type ResourceDetail } from '../../api/resources.ts';
import { useAnswer } from '../../components/use-answer.ts';
import { fleet } from '../../live/fleet.ts';
import { box, type MapNode, mapOf, place, type ResourceMap, type Upstream } from './map-layout.ts';

/** Of the resources that are needed, and of those that these need. */
const askedMost = 8;
const nobody: Upstream = new Map();
/** Of the texts in a box; the whole ones are told by its title. */
const lettersMost = { label: 22, words: 29 } as const;
const margin = 8;

type State = Explanation['state'];

/** Who needs what, as a picture and as lists. */
export function Connections({ detail, state }: { readonly detail: ResourceDetail; readonly state: State }) {
  const asked = useAnswer(detail.dependsOn.join(' '), (signal) => askUpstream(detail.dependsOn, signal));
  const known = fleet.value;
  const upstream = asked ?? nobody;
  const stateOf = (resource: string): State | null => {
    const told = upstream.get(resource);
    if (told === null) return null;
    // What the stream does not name is ok, unless it cannot name all.
    return known?.notOk.get(resource)?.state ?? (known?.more === 0 ? 'ok' : null);
  };
  const map = mapOf({ detail, state, upstream, stateOf });
  return (
    <section aria-labelledby="connections">
      <h2 id="connections">Who needs what</h2>
      {map.nodes.length === 1 ? (
        <p class="hint-above">No application reports it, no resource needs it, and it needs none.</p>
      ) : (
        <>
          <Picture map={map} resource={detail.resource} />
          <Lists map={map} />
        </>
      )}
    </section>
  );
}

async function askUpstream(names: readonly string[], signal: AbortSignal): Promise<Upstream> {
  const told = new Map<string, ResourceDetail | null>();
  const askAll = (some: readonly string[]) =>
    Promise.all(
      some.slice(0, askedMost).map(async (name) => {
        const answer = await askResource(name, 1, signal).catch((error: unknown) => {
          if (error instanceof HealerProblem && error.status === 404) return null;
          throw error;
        });
        told.set(name, answer);
        return answer;
      }),
    );
  const needed = await askAll(names);
  const further = new Set(needed.flatMap((each) => each?.dependsOn ?? []));
  await askAll([...further].filter((name) => !told.has(name)));
  return told;
}

function Picture({ map, resource }: { readonly map: ResourceMap; readonly resource: string }) {
  const { width, height, places } = place(map.nodes);
  const at = (key: string) => places.get(key) ?? { x: 0, y: 0 };
  return (
    <figure
      class="map"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls by keys
      tabIndex={0}
      aria-label={`Map of ${resource}`}
    >
      <svg
        width={width + 2 * margin}
        height={height + 2 * margin}
        viewBox={`${-margin} ${-margin} ${width + 2 * margin} ${height + 2 * margin}`}
      >
        <title>From left to right: who uses it, itself, what it needs</title>
        <g>
          {map.edges.map(({ from, to }) => (
            <Edge key={`${from} ${to}`} from={at(from)} to={at(to)} />
          ))}
        </g>
        {map.nodes.map((node) => (
          <Box key={node.key} node={node} {...at(node.key)} />
        ))}
      </svg>
    </figure>
  );
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function Edge({ from, to }: { readonly from: Point; readonly to: Point }) {
  const middle = box.height / 2;
  const isForward = to.x > from.x;
  const begin = { x: from.x + box.width, y: from.y + middle };
  // Within a column the line goes round on the right.
  const end = { x: isForward ? to.x - 7 : to.x + box.width + 7, y: to.y + middle };
  const bend = 28;
  const back = isForward ? end.x - bend : end.x + bend;
  const head = isForward ? 7 : -7;
  return (
    <g class="map-edge">
      <path d={`M${begin.x} ${begin.y}C${begin.x + bend} ${begin.y} ${back} ${end.y} ${end.x} ${end.y}`} />
      <path class="map-head" d={`M${end.x + head} ${end.y}l${-head} -4v8z`} />
    </g>
  );
}

function Box({ node, x, y }: { readonly node: MapNode } & Point) {
  const { label, words, tone, href, kind } = node;
  const inside = (
    <>
      <title>{textOf(node)}</title>
      <rect width={box.width} height={box.height} rx="9" />
      <text class="map-label" x="12" y={words === '' ? 28 : 20}>
        {short(label, lettersMost.label)}
      </text>
      <text class="map-words" x="12" y="36">
        {short(words, lettersMost.words)}
      </text>
    </>
  );
  return (
    <g class={`map-box map-${kind} tone-${tone}`} transform={`translate(${x} ${y})`}>
      {href === null ? inside : <a href={href}>{inside}</a>}
    </g>
  );
}

function textOf({ label, words }: MapNode): string {
  return words === '' ? label : `${label}: ${words}`;
}

function short(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

const lists: readonly { readonly title: string; readonly isIn: (node: MapNode) => boolean }[] = [
  { title: 'Used by', isIn: ({ column }) => column === 0 },
  { title: 'Needs', isIn: ({ column }) => column === 2 },
  { title: 'These need', isIn: ({ column }) => column === 3 },
];

/** The same in words. */
function Lists({ map }: { readonly map: ResourceMap }) {
  return (
    <details class="map-lists">
      <summary>As a list</summary>
      <dl class="facts">
        {lists.map(({ title, isIn }) => (
          <div class="fact" key={title}>
            <dt>{title}</dt>
            <dd>
              <Names nodes={map.nodes.filter(isIn)} />
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function Names({ nodes }: { readonly nodes: readonly MapNode[] }) {
  if (nodes.length === 0) return <>nothing</>;
  return (
    <ul>
      {nodes.map(({ key, href, label, words, kind }) => (
        <li key={key}>
          {kind === 'service' ? 'service ' : ''}
          {href === null ? label : <a href={href}>{label}</a>}
          {words === '' ? '' : `: ${words}`}
        </li>
      ))}
    </ul>
  );
}
