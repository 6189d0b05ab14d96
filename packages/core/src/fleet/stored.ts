import type { Standing } from '../decide/input.ts';
import type { Lease, Opening, Start, Waiting } from './rows.ts';
import type { FleetState } from './state.ts';
import type { Numbered, Table, TableChanges } from './table.ts';
import { leasesOf, openingsOf, standingsOf, startsOf, waitingOf } from './tables.ts';

/** A fleet as one JSON value. */
export interface FleetJson
  extends Omit<FleetState, 'leases' | 'waiting' | 'starts' | 'standings' | 'openings'> {
  readonly leases: readonly Lease[];
  readonly waiting?: readonly Waiting[];
  readonly starts: readonly Start[];
  readonly standings?: Readonly<Record<string, Standing>>;
  readonly openings?: readonly Opening[];
}

/** What `JSON.stringify` made of a fleet, as a fleet again. */
export function fleetStateFrom(json: FleetJson): FleetState {
  const { leases, waiting, starts, standings, openings } = json;
  return {
    ...(json as Head),
    leases: leasesOf(inOrder(leases)),
    starts: startsOf(inOrder(starts)),
    ...(waiting === undefined ? {} : { waiting: waitingOf(inOrder(waiting)) }),
    ...(standings === undefined ? {} : { standings: standingsOf(inOrder(Object.values(standings))) }),
    ...(openings === undefined ? {} : { openings: openingsOf(inOrder(openings)) }),
  };
}

/** Its values are never changed in place. */
function sameHead(left: Head, right: Head): boolean {
  const names = new Set([...Object.keys(left), ...Object.keys(right)]) as Set<keyof Head>;
  return [...names].every((name) => left[name] === right[name]);
}

function inOrder<Row>(rows: readonly Row[]): readonly Numbered<Row>[] {
  return rows.map((row, number) => ({ number, row }));
}

/** A fleet in parts, each a JSON value under a key of its own: `''`, and one a row such as `leases/12`. */
export interface FleetParts {
  readonly set: ReadonlyMap<string, unknown>;
  readonly gone: readonly string[];
}

const tableNames = ['leases', 'waiting', 'starts', 'standings', 'openings'] as const;

/**
 * The parts that are otherwise than in an earlier state of the same fleet, so that a change costs no more where much is
 * kept; all of them where there is none.
 */
export function fleetParts(state: FleetState, earlier: FleetState | null): FleetParts {
  const head = headOf(state);
  const set = new Map<string, unknown>();
  if (earlier === null || !sameHead(head, headOf(earlier))) set.set('', head);
  const gone: string[] = [];
  const changes: Record<(typeof tableNames)[number], TableChanges<unknown>> = {
    leases: changesOf(state.leases, earlier?.leases),
    waiting: changesOf(state.waiting, earlier?.waiting),
    starts: changesOf(state.starts, earlier?.starts),
    standings: changesOf(state.standings, earlier?.standings),
    openings: changesOf(state.openings, earlier?.openings),
  };
  for (const name of tableNames) {
    for (const { number, row } of changes[name].set) set.set(`${name}/${number}`, row);
    for (const number of changes[name].gone) gone.push(`${name}/${number}`);
  }
  return { set, gone };
}

function changesOf<Row, Name extends string>(
  now: Table<Row, Name> | undefined,
  earlier: Table<Row, Name> | undefined,
): TableChanges<Row> {
  if (now !== undefined) return now.changesSince(earlier ?? null);
  return { set: [], gone: earlier?.numbered().map(({ number }) => number) ?? [] };
}

/** Parts as `fleetParts` gave them; null where there is no `''` among them. */
export function fleetStateFromParts(
  parts: Iterable<readonly [key: string, part: unknown]>,
): FleetState | null {
  let head: Head | null = null;
  const rows = new Map<string, Numbered<unknown>[]>(tableNames.map((name) => [name, []]));
  for (const [key, part] of parts) {
    const [name = '', number = ''] = key.split('/');
    if (key === '') head = part as Head;
    else rows.get(name)?.push({ number: Number(number), row: part });
  }
  if (head === null) return null;
  const of = <Row>(name: (typeof tableNames)[number]) => (rows.get(name) ?? []) as Numbered<Row>[];
  const waiting = of<Waiting>('waiting');
  return {
    ...head,
    leases: leasesOf(of<Lease>('leases')),
    starts: startsOf(of<Start>('starts')),
    standings: standingsOf(of<Standing>('standings')),
    openings: openingsOf(of<Opening>('openings')),
    ...(waiting.length === 0 ? {} : { waiting: waitingOf(waiting) }),
  };
}

type Head = Omit<FleetState, (typeof tableNames)[number]>;

function headOf(state: FleetState): Head {
  const { leases: _leases, waiting: _waiting, starts: _starts, standings: _standings, ...rest } = state;
  const { openings: _openings, ...head } = rest;
  return head;
}
