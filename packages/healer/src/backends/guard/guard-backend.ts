import {
  type ActionResult,
  type AttemptOrder,
  guardActions,
  guardOrder,
  type TargetResolution,
} from '@prunella/core';
import type { Finding } from '../../doctor/finding.ts';
import type { Backend, BackendHealth, FoundAttempt, TargetRequest } from '../backend.ts';
import { nameTargets } from '../name-targets.ts';

/**
 * The guards of applications, asked to spare a resource. Its orders are directives, which are written with the order
 * and go out by themselves; whether a guard obeys its application decides. So all there is to do here is to say so.
 */
export class GuardBackend implements Backend {
  readonly name = 'guard';
  readonly actions = guardActions;
  // What was written is sent again after a crash, so it is always found; a directive bears its own sequence.
  readonly promises = { finds: true, fences: false, cancels: false, dryRuns: false };

  /**
   * A written target stands for all guards of the resource; without one the failing nodes are meant, as elsewhere. Not
   * said at once: whom a directive goes to is fixed with the order, and who complains is followed only when the opening
   * is on disk.
   */
  async resolve(request: TargetRequest): Promise<TargetResolution> {
    if (request.target.select === 'failing-nodes') return nameTargets(request, this.name, '');
    return { resolved: true, targets: [{ id: `guards:${request.resource}`, responding: true }] };
  }

  async dispatch(order: AttemptOrder): Promise<ActionResult> {
    return resultOf(order);
  }

  async find(order: AttemptOrder): Promise<FoundAttempt> {
    return { found: 'ended', result: resultOf(order) };
  }

  async check(): Promise<BackendHealth> {
    return { ok: true, detail: 'guards hear of it when they ask for directives' };
  }

  /** There is nothing that could be set up wrongly here. */
  async examine(): Promise<readonly Finding[]> {
    return [];
  }

  async close(): Promise<void> {}
}

function resultOf({ action, arguments: given, resource, targets }: AttemptOrder): ActionResult {
  const told = guardOrder(action, given);
  if (told === null || typeof told === 'string') {
    return {
      outcome: 'failed',
      summary: told ?? `${action} is no action of guards`,
      targets: [],
      neverSent: true,
    };
  }
  const seconds = Math.round(told.forMs / 1_000);
  const what =
    told.directive === 'serve-cache'
      ? 'to answer reads from the cache'
      : `to refuse ${told.share === undefined ? 'as many calls as it allows' : `${Math.round(told.share * 100)} % of calls, where it allows so many`}`;
  const summary = `every guard of ${resource} was told ${what}, for ${seconds} s`;
  const outcomes = targets.map((id) => ({
    id,
    outcome: 'succeeded' as const,
    detail: 'told',
    fenced: false,
  }));
  return { outcome: 'succeeded', summary, targets: outcomes };
}
