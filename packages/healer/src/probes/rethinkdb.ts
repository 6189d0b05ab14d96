import {
  type ClusterView,
  list,
  patternsWithoutTable,
  stateOf,
  tablesMeant,
  troubleOf,
  viewCluster,
} from '../rethinkdb/cluster.ts';
import { type RethinkdbSession, withRethinkdb } from '../rethinkdb/session.ts';
import { listDatabases } from '../rethinkdb/terms.ts';
import { ProbeFailure, probeFrom } from './failure.ts';
import type { Probe } from './probe.ts';

export interface RethinkdbProbeConfiguration {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly tls?: boolean;
  /** More members, asked one after the other where the first does not answer. */
  readonly members?: readonly { readonly host: string; readonly port: number }[] | undefined;
  /** `db.table` or `db.*`: these must take writes. None: whatever answers passes. */
  readonly tables?: readonly string[] | undefined;
  /** How long the cluster may take to choose a primary by itself, in ms. */
  readonly failoverMs?: number | undefined;
}

/** What a test may put in the place of time and network. */
export interface RethinkdbProbeParts {
  /** Monotonic, in ms. */
  readonly now?: () => number;
  readonly connect?: typeof withRethinkdb;
}

const usualFailoverMs = 10_000;

/**
 * Passes where a member lets the user in and answers a query and, where `tables` are written, these take writes.
 * A table that does not is `starting` until the cluster's own failover has had its time, and `not-primary` from
 * then on; where no member answers, the cluster is down and `unreachable` or `timeout` says why.
 */
export function rethinkdbProbe(
  configuration: RethinkdbProbeConfiguration,
  { now = () => performance.now(), connect = withRethinkdb }: RethinkdbProbeParts = {},
): Probe {
  const { tables = [], failoverMs = usualFailoverMs } = configuration;
  if (tables.length === 0)
    return probeFrom('rethinkdb', (signal) => anyAnswer(configuration, connect, signal));
  const since = new Map<string, number>();
  return probeFrom('rethinkdb', async (signal) => {
    const takesWrites = (view: ClusterView) =>
      tablesMeant(view, tables).every((table) => stateOf(table).state === 'writable');
    const views = await askMembers(configuration, connect, signal, viewCluster, takesWrites);
    // A member that is cut off sees a cluster of its own: the one that sees the most is believed.
    const [widest] = views.toSorted((one, other) => other.connected.length - one.connected.length);
    if (widest === undefined) throw new ProbeFailure('unknown', 'no member was asked');
    return judge(widest, tables, since, failoverMs, now());
  });
}

async function anyAnswer(
  configuration: RethinkdbProbeConfiguration,
  connect: typeof withRethinkdb,
  signal: AbortSignal,
): Promise<string> {
  const talk = async (session: RethinkdbSession) => {
    const databases = await session.ask(listDatabases);
    if (Array.isArray(databases))
      return `answered, ${databases.length} database(s), server ${session.version},`;
    throw new ProbeFailure('unknown', 'the query was not answered with databases');
  };
  const [answer = ''] = await askMembers(configuration, connect, signal, talk, () => true);
  return answer;
}

function judge(
  view: ClusterView,
  patterns: readonly string[],
  since: Map<string, number>,
  failoverMs: number,
  now: number,
): string {
  const unknown = patternsWithoutTable(view, patterns);
  if (unknown.length > 0) {
    throw new ProbeFailure(
      'caller',
      `no table is meant by ${unknown.join(', ')}: correct the probe's tables`,
    );
  }
  const meant = tablesMeant(view, patterns);
  const ailing = meant.filter((table) => stateOf(table).state !== 'writable');
  const names = new Set(ailing.map(({ id }) => id));
  for (const id of since.keys()) if (!names.has(id)) since.delete(id);
  for (const id of names) if (!since.has(id)) since.set(id, now);
  if (ailing.length === 0) {
    return `${meant.length} table(s) take writes, ${view.connected.length} server(s) connected,`;
  }
  const critical = ailing.filter(({ id }) => view.critical.includes(id)).map(({ id }) => id);
  const said = critical.length === 0 ? '' : ` (the cluster itself calls ${list(critical)} critical)`;
  const troubles = `${ailing.map((table) => troubleOf(table)).join('; ')}${said}`;
  const waited = now - Math.min(...since.values());
  // A shard without any replica cannot fail over: there is nothing to wait for.
  const hopeless = ailing.some((table) => stateOf(table).state === 'no-replica');
  if (!hopeless && waited < failoverMs) {
    const left = Math.ceil((failoverMs - waited) / 1_000);
    throw new ProbeFailure('starting', `${troubles}; its own failover has ${left} s more`);
  }
  throw new ProbeFailure('not-primary', troubles);
}

/**
 * Asks every member at once, until one answer is `enough` or none is to come; whatever is still open is then
 * let go. Rejects where nobody answered.
 */
async function askMembers<Answer>(
  configuration: RethinkdbProbeConfiguration,
  connect: typeof withRethinkdb,
  signal: AbortSignal,
  talk: (session: RethinkdbSession) => Promise<Answer>,
  enough: (answer: Answer) => boolean,
): Promise<readonly Answer[]> {
  const { host, port, user, password, tls = false, members = [] } = configuration;
  const places = [{ host, port }, ...members];
  const answers: Answer[] = [];
  const failures = new Map<number, unknown>();
  const done = new AbortController();
  const limit = AbortSignal.any([signal, done.signal]);
  await new Promise<void>((resolve) => {
    let open = places.length;
    for (const [index, place] of places.entries()) {
      connect({ ...place, user, password, tls }, limit, talk)
        .then(
          (answer) => {
            answers.push(answer);
            if (enough(answer)) resolve();
          },
          (error: unknown) => failures.set(index, error),
        )
        .finally(() => {
          open -= 1;
          if (open === 0) resolve();
        });
    }
  });
  done.abort();
  if (answers.length > 0) return answers;
  const first = failures.get(0);
  if (places.length === 1 || !(first instanceof Error)) throw first;
  const kind = first instanceof ProbeFailure ? first.kind : 'unreachable';
  throw new ProbeFailure(
    kind,
    `none of ${places.length} members answers, the cluster is down: ${first.message}`,
  );
}
