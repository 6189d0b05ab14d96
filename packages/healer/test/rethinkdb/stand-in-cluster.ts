import type { ClusterAccess } from '../../src/backends/rethinkdb/cluster-access.ts';
import { ProbeFailure } from '../../src/probes/failure.ts';
import { RethinkdbRefusal, type RethinkdbSession } from '../../src/rethinkdb/session.ts';
import { emergencyRepair, systemTable, type Term } from '../../src/rethinkdb/terms.ts';

export interface StandInTable {
  readonly db: string;
  readonly name: string;
  replicas: string[];
}

/**
 * Stands in for a cluster of RethinkDB servers, which no package registry has: its system tables and its emergency
 * repair, as RethinkDB 2.4.4 was seen to answer. Everything happens at once but what `readyAfterMs` says; time is what
 * `wait` adds.
 */
export class StandInCluster implements ClusterAccess {
  readonly members: string[];
  readonly tables: StandInTable[];
  readonly down = new Set<string>();
  /** Tables whose failover is still under way, whatever their replicas. */
  readonly choosing = new Set<string>();
  /** What was asked to change, in order: `dry app.monitors`, `repair app.monitors`. */
  readonly asked: string[] = [];
  now = 1_000_000;
  /** From the repair of a table until it takes writes. */
  readyAfterMs = 0;
  readonly #readyAt = new Map<StandInTable, number>();
  /** Called before each change with its name; may throw as a connection that breaks would. */
  beforeChange: (change: string) => void = () => {};
  onWait: () => void = () => {};

  constructor(members: string[], tables: StandInTable[]) {
    this.members = members;
    this.tables = tables;
  }

  async talk<Answer>(
    member: string,
    signal: AbortSignal,
    talk: (session: RethinkdbSession) => Promise<Answer>,
  ): Promise<Answer> {
    signal.throwIfAborted();
    if (this.down.has(member)) throw new ProbeFailure('unreachable', `connect ECONNREFUSED ${member}`);
    return talk({ version: '2.4.4', ask: async (term) => this.#answer(term) });
  }

  async wait(durationMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.now += durationMs;
    this.onWait();
    signal.throwIfAborted();
  }

  isWritable(table: StandInTable): boolean {
    const { replicas, db, name } = table;
    if (this.now < (this.#readyAt.get(table) ?? 0)) return false;
    const alive = replicas.filter((server) => !this.down.has(server));
    return alive.length * 2 > replicas.length && !this.choosing.has(`${db}.${name}`);
  }

  #answer(term: Term): unknown {
    const asked = JSON.stringify(term);
    if (asked === JSON.stringify(systemTable('server_status'))) {
      return this.members.filter((name) => !this.down.has(name)).map((name) => ({ name, id: name }));
    }
    if (asked === JSON.stringify(systemTable('table_status')))
      return this.tables.map((table) => this.#status(table));
    if (asked === JSON.stringify(systemTable('current_issues'))) {
      return this.tables
        .filter((table) => !this.isWritable(table))
        .map(({ db, name }) => ({ type: 'table_availability', critical: true, info: { db, table: name } }));
    }
    for (const table of this.tables) {
      if (asked === JSON.stringify(emergencyRepair(table, true))) return this.#repair(table, 'dry');
      if (asked === JSON.stringify(emergencyRepair(table, false))) return this.#repair(table, 'repair');
    }
    throw new Error(`the stand-in knows no ${asked}`);
  }

  #status(table: StandInTable) {
    const writable = this.isWritable(table);
    const [primary] = table.replicas.filter((server) => !this.down.has(server));
    return {
      db: table.db,
      name: table.name,
      status: { ready_for_writes: writable, ready_for_reads: writable, all_replicas_ready: writable },
      shards: [
        {
          primary_replicas: writable && primary !== undefined ? [primary] : [],
          replicas: table.replicas.map((server) => ({
            server,
            state: this.down.has(server) ? 'disconnected' : writable ? 'ready' : 'waiting_for_quorum',
          })),
        },
      ],
    };
  }

  #repair(table: StandInTable, how: 'dry' | 'repair'): unknown {
    const change = `${how} ${table.db}.${table.name}`;
    this.asked.push(change);
    this.beforeChange(change);
    const left = table.replicas.filter((server) => !this.down.has(server));
    if (left.length === 0) {
      throw new RethinkdbRefusal("At least one of a table's replicas must be accessible", false);
    }
    if (how === 'repair') {
      table.replicas = left;
      this.#readyAt.set(table, this.now + this.readyAfterMs);
    }
    return { repaired: how === 'repair' ? 1 : 0 };
  }
}
