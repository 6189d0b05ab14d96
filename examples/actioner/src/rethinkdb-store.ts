import { connect } from '@prunella/guard';
import { type RethinkdbHandle, rethinkdbConnection } from '@prunella/guard/rethinkdb-ts';
import { type RDatum, r } from 'rethinkdb-ts';
import type { Monitor, MonitorResult, Reaction } from './model.ts';
import type { Store } from './store.ts';

interface StoredMonitor extends Monitor {
  /** Ids of the newest results: one that is replayed after an unknown outcome counts once. */
  readonly counted: readonly string[];
}

const resultsRemembered = 1_000;

/** `rethinkdb://host:port/database` */
export function openRethinkdbStore(url: string, name: string): Store<RethinkdbHandle> {
  const { hostname: host, port, pathname } = new URL(url);
  const db = pathname.slice(1) || 'runbook';
  // The driver writes a connection's default database into the query itself, which then keeps it: so name it.
  const monitors = r.db(db).table<StoredMonitor>('monitors');
  const reactions = r.db(db).table<Reaction>('reactions');
  // A table's primary can be lost while the server is well, so the ping asks a table.
  const ping = monitors.get('');
  const connection = { host, port: Number(port || 28_015), db, ping };
  const resource = `rethinkdb/${name}`;
  return {
    resource,
    guard: (options) => connect(rethinkdbConnection(connection, r), { ...options, resource }),
    getMonitor: async (database, id) => {
      const stored = await database.run<StoredMonitor | null>(monitors.get(id));
      if (stored === null) return null;
      const { counted: _, ...monitor } = stored;
      return monitor;
    },
    getReaction: (database, id) => database.run<Reaction | null>(reactions.get(id)),
    recordResult: async (database, result) => {
      const update = monitors.get(result.cid).update(countedOnce(result), { returnChanges: 'always' });
      const { changes } = await database.run(update);
      return changes?.[0]?.new_val?.failcount ?? 0;
    },
    recordRun: async (database, { reaction, at }) => {
      const later = (stored: RDatum) => ({
        lastrun: r.branch(stored('lastrun').lt(at), at, stored('lastrun')),
      });
      await database.run(reactions.get(reaction).update(later));
    },
    prepare: async (database, newMonitors, newReactions) => {
      await database.run(r.branch(r.dbList().contains(db), null, r.dbCreate(db)));
      for (const table of ['monitors', 'reactions']) {
        await database.run(r.branch(r.db(db).tableList().contains(table), null, r.db(db).tableCreate(table)));
      }
      const stored = newMonitors.map((monitor) => ({ ...monitor, counted: [] }));
      // One that is there already stays: it is counted as an error in the answer, and is none here.
      await database.run(monitors.insert(stored));
      await database.run(reactions.insert([...newReactions]));
    },
    close: async () => {},
  };
}

/** One change of one document, so that no other actioner comes in between. */
function countedOnce({ id, status, at }: MonitorResult) {
  return (monitor: RDatum) => {
    const repeated = monitor('status').eq(status);
    return r.branch(
      monitor('counted').contains(id),
      {},
      {
        status,
        failcount: r.branch(repeated, monitor('failcount').add(1), 0),
        since: r.branch(repeated, monitor('since'), at),
        counted: monitor('counted').append(id).slice(-resultsRemembered),
      },
    );
  };
}
