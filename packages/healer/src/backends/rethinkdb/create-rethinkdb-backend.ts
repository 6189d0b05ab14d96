import type { TargetResolution } from '@prunella/core';
import type { Environment } from '../../configuration/secret.ts';
import { viewCluster } from '../../rethinkdb/cluster.ts';
import type { Backend, TargetRequest } from '../backend.ts';
import { nameTargets } from '../name-targets.ts';
import { emergencyRepairAction, rethinkdbActions } from './actions.ts';
import { type ClusterAccess, networkAccess } from './cluster-access.ts';
import type { RethinkdbConfiguration } from './configuration.ts';
import { repairCluster } from './emergency-repair.ts';

export interface RethinkdbBackendDependencies {
  readonly environment: Environment;
  readonly access?: ClusterAccess;
}

/**
 * Declares dead members of a RethinkDB cluster dead, through one that lives. RethinkDB keeps no id of who asked, so
 * an order is not found again after a crash, and nothing refuses an overtaken one: what protects is that each order
 * looks at the cluster first, and that a person approves it.
 */
export function createRethinkdbBackend(
  configuration: RethinkdbConfiguration,
  dependencies: RethinkdbBackendDependencies,
): Backend {
  const access = dependencies.access ?? networkAccess(configuration, dependencies.environment);
  const members = Object.keys(configuration.members);
  return {
    name: 'rethinkdb',
    promises: { finds: false, fences: false, cancels: true, dryRuns: false },
    actions: rethinkdbActions,
    resolve: async (request) => resolveMembers(request, members),
    resolveAtOnce: (request) => resolveMembers(request, members),
    async dispatch(order, context) {
      if (order.action === emergencyRepairAction)
        return repairCluster(order, context, { configuration, access });
      throw new Error(`the rethinkdb backend has no action ${order.action}`);
    },
    find: async (order) => ({
      found: 'not-found',
      why: `RethinkDB keeps no record of who asked for a repair; see table_status for what became of ${order.resource}`,
    }),
    cancel: async () => {},
    async check(signal) {
      const asked = members.map(async (member) => {
        const { connected } = await access.talk(member, signal, viewCluster);
        return `${member} is connected with ${connected.length} server(s)`;
      });
      const answers = await Promise.allSettled(asked);
      const well = answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      const silent = members.filter((_member, index) => answers[index]?.status === 'rejected');
      if (well.length > 0 || members.length === 0) {
        const rest = silent.length === 0 ? '' : `; no answer from ${silent.join(', ')}`;
        return { ok: true, detail: `${well.join('; ') || 'no member is declared'}${rest}` };
      }
      return {
        ok: false,
        problem: `no member answers (${silent.join(', ')})`,
        remedy:
          'correct backends.rethinkdb.members, user and password; a cluster that is down must be brought up first',
      };
    },
    close: async () => {},
  };
}

/** A dead member cannot be pinged: that it is gone is what the repair looks at before anything else. */
function resolveMembers(request: TargetRequest, members: readonly string[]): TargetResolution {
  const resolution = nameTargets(request, 'rethinkdb', 'a dead member is named, never guessed');
  const unknown = resolution.targets.map(({ id }) => id).filter((id) => !members.includes(id));
  if (unknown.length === 0) return resolution;
  const error =
    `${unknown.join(', ')} is no member of the rethinkdb backend (declared: ${members.join(', ') || 'none'}); ` +
    "declare it, or correct the node's target";
  return { resolved: true, targets: [], error };
}
