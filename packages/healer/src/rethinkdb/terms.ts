/**
 * A term of ReQL as JSON on the wire: its number in RethinkDB's `ql2.proto`, its arguments, its options. A plain
 * text or number is itself.
 */
export type Term =
  | string
  | number
  | boolean
  | readonly [number, readonly Term[]]
  | readonly [number, readonly Term[], Readonly<Record<string, string | number | boolean>>];

const db = 14;
const table = 15;
const coerceTo = 51;
const dbList = 59;
const reconfigureTerm = 176;

/** `r.dbList()`: the cheapest query that needs the cluster's metadata. */
export const listDatabases: Term = [dbList, []];

/** All rows of a system table, as one array. */
export function systemTable(name: 'table_status' | 'server_status' | 'current_issues'): Term {
  return [coerceTo, [[table, [[db, ['rethinkdb']], name]], 'array']];
}

/**
 * `r.db(...).table(...).reconfigure({ emergencyRepair: 'unsafe_rollback' })`: the table goes on with the replicas that
 * are left; what only the lost ones had is lost. RethinkDB refuses it where no replica is left.
 */
export function emergencyRepair(
  where: { readonly db: string; readonly name: string },
  dryRun: boolean,
): Term {
  const options = { emergency_repair: 'unsafe_rollback', dry_run: dryRun };
  return [reconfigureTerm, [[table, [[db, [where.db]], where.name]]], options];
}
