import { z } from 'zod';
import { ProbeFailure } from '../probes/failure.ts';
import type { RethinkdbSession } from './session.ts';
import { systemTable } from './terms.ts';

/** What one member says of the whole cluster, out of RethinkDB's system tables. */
export interface ClusterView {
  /** Names of the servers that are connected to it, itself included. */
  readonly connected: readonly string[];
  readonly tables: readonly TableView[];
  /** Tables of which the cluster itself says, as an issue, that they cannot be used. */
  readonly critical: readonly string[];
}

export interface TableView {
  /** `database.table`. */
  readonly id: string;
  readonly db: string;
  readonly name: string;
  readonly readyForWrites: boolean;
  readonly shards: readonly ShardView[];
}

interface ShardView {
  readonly primaries: readonly string[];
  readonly replicas: readonly { readonly server: string; readonly state: string }[];
}

/** What stands between a table and its writes. */
export type TableState =
  | { readonly state: 'writable' }
  /** More than half of each shard's replicas are there: the cluster chooses a primary by itself. */
  | { readonly state: 'choosing'; readonly detail: string }
  /** Too few replicas are left to choose one, but at least one of each shard. */
  | { readonly state: 'primary-lost'; readonly missing: readonly string[]; readonly left: readonly string[] }
  /** Of some shard no replica is left: only its servers can bring it back. */
  | { readonly state: 'no-replica'; readonly missing: readonly string[] };

const serverRows = z.array(z.object({ name: z.string() }));
const issueRows = z.array(
  z.object({
    type: z.string(),
    critical: z.boolean(),
    info: z.object({ db: z.string().optional(), table: z.string().optional() }).optional(),
  }),
);
const tableRows = z.array(
  z.object({
    db: z.string(),
    name: z.string(),
    // Null where the table's configuration cannot be read at all.
    status: z.object({ ready_for_writes: z.boolean() }).nullish(),
    shards: z
      .array(
        z.object({
          primary_replicas: z.array(z.string()),
          replicas: z.array(z.object({ server: z.string(), state: z.string() })),
        }),
      )
      .nullish(),
  }),
);

/** Asks one member. Rejects with a `ProbeFailure` where it does not answer, or not as RethinkDB does. */
export async function viewCluster(session: RethinkdbSession): Promise<ClusterView> {
  const servers = await rowsOf(session, 'server_status', serverRows);
  const tables = await rowsOf(session, 'table_status', tableRows);
  const issues = await rowsOf(session, 'current_issues', issueRows);
  return {
    connected: servers.map(({ name }) => name),
    tables: tables.map(({ db, name, status, shards }) => ({
      id: `${db}.${name}`,
      db,
      name,
      readyForWrites: status?.ready_for_writes === true,
      shards: (shards ?? []).map(({ primary_replicas, replicas }) => ({
        primaries: primary_replicas,
        replicas,
      })),
    })),
    critical: issues
      .filter(({ type, critical }) => type === 'table_availability' && critical)
      .map(({ info }) => `${info?.db}.${info?.table}`),
  };
}

async function rowsOf<Rows>(
  session: RethinkdbSession,
  name: Parameters<typeof systemTable>[0],
  schema: z.ZodType<Rows>,
): Promise<Rows> {
  const parsed = schema.safeParse(await session.ask(systemTable(name)));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ProbeFailure('unknown', `rethinkdb.${name} is not as RethinkDB 2.4 has it: ${issue?.message}`);
}

/** The tables that patterns mean: `db.table`, or `db.*`. */
export function tablesMeant(view: ClusterView, patterns: readonly string[]): readonly TableView[] {
  return view.tables.filter(({ id, db }) => patterns.some((one) => one === id || one === `${db}.*`));
}

/** Patterns that mean no table at all: written wrongly, or dropped since. */
export function patternsWithoutTable(view: ClusterView, patterns: readonly string[]): readonly string[] {
  return patterns.filter((one) => !view.tables.some(({ id, db }) => one === id || one === `${db}.*`));
}

export function stateOf(table: TableView): TableState {
  if (table.readyForWrites) return { state: 'writable' };
  const missing = new Set<string>();
  const left = new Set<string>();
  let empty = false;
  let outvoted = false;
  for (const { replicas } of table.shards) {
    const gone = replicas.filter(isGone);
    for (const { server } of gone) missing.add(server);
    for (const replica of replicas) if (!isGone(replica)) left.add(replica.server);
    const present = replicas.length - gone.length;
    if (present === 0) empty = true;
    if (present * 2 <= replicas.length) outvoted = true;
  }
  // A table whose whole configuration cannot be read says nothing of its shards.
  if (empty || table.shards.length === 0) return { state: 'no-replica', missing: [...missing].sort() };
  if (outvoted) return { state: 'primary-lost', missing: [...missing].sort(), left: [...left].sort() };
  const states = table.shards.flatMap(({ replicas }) =>
    replicas.map(({ server, state }) => `${server} ${state.replaceAll('_', ' ')}`),
  );
  return { state: 'choosing', detail: states.join(', ') };
}

/** A sentence for people; null for a table that takes writes. */
export function troubleOf(table: TableView): string | null {
  const seen = stateOf(table);
  switch (seen.state) {
    case 'writable':
      return null;
    case 'choosing':
      return `${table.id} has no primary yet (${seen.detail})`;
    case 'primary-lost':
      return `${table.id} lost its primary with ${list(seen.missing)}; replicas are left on ${list(seen.left)}, too few to choose one`;
    case 'no-replica':
      return `${table.id} has no replica left${seen.missing.length === 0 ? '' : `: ${list(seen.missing)} must come back`}`;
  }
}

function isGone({ state }: { readonly state: string }): boolean {
  return state === 'disconnected';
}

export function list(names: readonly string[]): string {
  return names.join(', ') || 'no server';
}
