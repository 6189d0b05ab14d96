import type { ActionResult, AttemptOrder, TargetOutcome } from '@prunella/core';
import {
  type ClusterView,
  list,
  patternsWithoutTable,
  stateOf,
  type TableView,
  tablesMeant,
  viewCluster,
} from '../../rethinkdb/cluster.ts';
import { RethinkdbRefusal } from '../../rethinkdb/session.ts';
import { emergencyRepair } from '../../rethinkdb/terms.ts';
import type { DispatchContext } from '../backend.ts';
import { type RepairArguments, repairArguments } from './actions.ts';
import type { ClusterAccess } from './cluster-access.ts';
import type { RethinkdbConfiguration } from './configuration.ts';

/** How long one member may take to answer, and how often the cluster is looked at while it is waited for. */
const answerLimitMs = 5_000;
const lookAgainMs = 1_000;

export interface RepairParts {
  readonly configuration: RethinkdbConfiguration;
  readonly access: ClusterAccess;
}

/** What is left once a repair ended; `given` is false where the cluster was asked to change nothing. */
interface Ending {
  readonly outcome: TargetOutcome['outcome'];
  readonly detail: string;
  readonly given: boolean;
}

const refused = (detail: string): Ending => ({ outcome: 'refused', detail, given: false });

/**
 * Declares the members in `order.targets` dead: each table that lost its primary with them goes on with the
 * replicas that are left (`emergencyRepair: 'unsafe_rollback'`), given through a member that lives. Refused, and
 * nothing changed, where a target is alive, where the cluster may still choose a primary by itself, where a
 * replica on any other server is missing, where no replica is left, where a lost server comes back within the
 * patience, or where the dry run of any table is refused.
 */
export async function repairCluster(
  order: AttemptOrder,
  context: DispatchContext,
  parts: RepairParts,
): Promise<ActionResult> {
  const given = repairArguments(order.arguments);
  const ending = typeof given === 'string' ? refused(given) : await repair(order, context, parts, given);
  const { outcome, detail } = ending;
  return {
    outcome: outcome === 'succeeded' || outcome === 'unknown' ? outcome : 'failed',
    summary: detail,
    targets: order.targets.map((id) => ({ id, outcome, detail, fenced: false })),
    ...(ending.given ? {} : { neverSent: true }),
  };
}

async function repair(
  order: AttemptOrder,
  context: DispatchContext,
  parts: RepairParts,
  { tables, patienceMs }: RepairArguments,
): Promise<Ending> {
  const until = context.now() + patienceMs;
  let taken = false;
  for (;;) {
    const { seen, answering } = await lookThrough(order, context, parts);
    if (seen === null)
      return (
        whileAnswering(answering) ??
        refused(`no other member answers, so nobody can declare ${list(order.targets)} dead`)
      );
    const judged = judge(order, parts, seen.view, answering, tables);
    if ('outcome' in judged) return judged;
    if (!taken) context.onReference(`via ${seen.via}`);
    taken = true;
    const leftMs = until - context.now();
    if (leftMs <= 0) return carryOut(order, context, parts, seen.via, judged.tables);
    if (context.now() + leftMs >= order.deadlineAt) {
      return refused(
        `the patience of ${seconds(patienceMs)} s ends after the step's deadline: make one of them fit`,
      );
    }
    try {
      await parts.access.wait(Math.min(leftMs, lookAgainMs), context.signal);
    } catch {
      return refused('stopped while the lost servers were waited for; nothing was changed');
    }
  }
}

/**
 * The view of the living member that sees the most servers, and the targets that answer: a member that is cut off
 * calls servers dead which only it does not see.
 */
async function lookThrough(
  order: AttemptOrder,
  context: DispatchContext,
  { configuration, access }: RepairParts,
): Promise<{
  readonly seen: { readonly via: string; readonly view: ClusterView } | null;
  readonly answering: readonly string[];
}> {
  const limit = AbortSignal.any([context.signal, AbortSignal.timeout(answerLimitMs)]);
  const looks = Object.keys(configuration.members).map(async (via) => ({
    via,
    view: await access.talk(via, limit, viewCluster),
  }));
  const answers = (await Promise.allSettled(looks)).flatMap((look) =>
    look.status === 'fulfilled' ? [look.value] : [],
  );
  const answering = answers.map(({ via }) => via).filter((via) => order.targets.includes(via));
  const [widest] = answers
    .filter(({ via }) => !order.targets.includes(via))
    .toSorted((one, other) => other.view.connected.length - one.view.connected.length);
  return { seen: widest ?? null, answering };
}

function whileAnswering(targets: readonly string[]): Ending | null {
  if (targets.length === 0) return null;
  return refused(
    `${list(targets)} answers the healer and is not connected to the others: it is cut off, not dead`,
  );
}

function judge(
  order: AttemptOrder,
  { configuration }: RepairParts,
  view: ClusterView,
  answering: readonly string[],
  patterns: readonly string[] | null,
): Ending | { readonly tables: readonly TableView[] } {
  const serverOf = (target: string) => configuration.members[target]?.server ?? target;
  const dead = order.targets.map(serverOf);
  const alive = dead.filter((server) => view.connected.includes(server));
  if (alive.length > 0) return refused(`${list(alive)} is connected to the cluster: it is not dead`);
  const cutOff = whileAnswering(answering);
  if (cutOff !== null) return cutOff;
  const unknown = patterns === null ? [] : patternsWithoutTable(view, patterns);
  if (unknown.length > 0) return refused(`no table is meant by ${list(unknown)}`);
  const meant = patterns === null ? view.tables : tablesMeant(view, patterns);
  const lost: TableView[] = [];
  for (const table of meant) {
    const seen = stateOf(table);
    switch (seen.state) {
      case 'writable':
        break;
      case 'choosing':
        return refused(
          `${table.id} still has most of its replicas (${seen.detail}): its own failover goes first`,
        );
      case 'no-replica':
        return refused(
          `${table.id} has no replica left: bring ${list(seen.missing)} up; a repair would lose it all`,
        );
      case 'primary-lost': {
        const others = seen.missing.filter((server) => !dead.includes(server));
        if (others.length > 0) {
          return refused(
            `${table.id} misses ${list(others)}, too, which this attempt does not declare dead: allow that many ` +
              'nodes by limits.blastRadiusNodes, or bring it up',
          );
        }
        lost.push(table);
      }
    }
  }
  if (lost.length === 0) return refused('every table takes writes: there is nothing to repair');
  return { tables: lost };
}

/** All dry runs come first: a repair of a half of the tables is worse than none. */
async function carryOut(
  order: AttemptOrder,
  context: DispatchContext,
  { access }: RepairParts,
  via: string,
  tables: readonly TableView[],
): Promise<Ending> {
  const limit = AbortSignal.any([
    context.signal,
    AbortSignal.timeout(Math.max(1, order.deadlineAt - context.now())),
  ]);
  const done: string[] = [];
  let asked = false;
  try {
    return await access.talk(via, limit, async (session) => {
      for (const table of tables) await session.ask(emergencyRepair(table, true));
      for (const table of tables) {
        if (limit.aborted) break;
        asked = true;
        await session.ask(emergencyRepair(table, false));
        done.push(table.id);
      }
      const isOver = () => limit.aborted || context.now() >= order.deadlineAt;
      return await verified(session, access, limit, isOver, via, done, tables);
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (!asked) return refused(`the dry run through ${via} was refused, nothing was changed: ${why}`);
    const before = done.length === 0 ? 'no table was repaired before' : `repaired before: ${list(done)}`;
    const isKnown = error instanceof RethinkdbRefusal && !error.indeterminate;
    const detail = `through ${via}: ${why} (${before})`;
    return { outcome: isKnown ? 'failed' : 'unknown', detail, given: true };
  }
}

/** Waits, within the deadline, until the cluster itself says that the tables take writes. */
async function verified(
  session: Parameters<typeof viewCluster>[0],
  access: ClusterAccess,
  limit: AbortSignal,
  isOver: () => boolean,
  via: string,
  done: readonly string[],
  tables: readonly TableView[],
): Promise<Ending> {
  for (;;) {
    const view = await viewCluster(session).catch(onlyRefusal);
    const waiting = tables.filter(({ id }) => done.includes(id) && !takesWrites(view, id));
    if (waiting.length === 0 && done.length === tables.length) {
      return {
        outcome: 'succeeded',
        detail: `${list(done)} takes writes again, given through ${via}`,
        given: true,
      };
    }
    if (isOver()) {
      const missing = tables.filter(({ id }) => !done.includes(id)).map(({ id }) => id);
      const rest = [
        ...waiting.map(({ id }) => `${id} takes no writes yet`),
        ...missing.map((id) => `${id} was not reached`),
      ];
      return { outcome: 'failed', detail: `through ${via}: ${rest.join('; ')}`, given: true };
    }
    await access.wait(lookAgainMs, limit).catch(() => {});
  }
}

/** While a table is repaired, the server for a moment cannot read its configuration: nothing is seen, and looked again. */
function onlyRefusal(error: unknown): null {
  if (error instanceof RethinkdbRefusal) return null;
  throw error;
}

function takesWrites(view: ClusterView | null, table: string): boolean {
  return view?.tables.some(({ id, readyForWrites }) => id === table && readyForWrites) === true;
}

function seconds(durationMs: number): number {
  return Math.round(durationMs / 1_000);
}
