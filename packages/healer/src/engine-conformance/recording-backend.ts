import type { ActionFacts, ActionResult, AttemptOrder, TargetResolution } from '@prunella/core';
import type {
  Backend,
  BackendHealth,
  DispatchContext,
  FoundAttempt,
  TargetRequest,
} from '../backends/backend.ts';

export const actionName = 'conformance.repair';

interface Dispatched {
  readonly order: AttemptOrder;
  readonly context: DispatchContext;
  readonly end: (result: ActionResult) => void;
}

/** Remembers every order over all starts; each goes on until a check ends it. */
export class RecordingBackend implements Backend {
  readonly name = 'conformance';
  readonly promises = { finds: true, fences: false, cancels: false, dryRuns: false };
  readonly actions: ReadonlyMap<string, ActionFacts> = new Map([
    [actionName, { action: actionName, effect: 'repairs', highestAutonomy: 'auto' }],
  ]);
  readonly dispatched: Dispatched[] = [];
  readonly looked: { readonly attempt: string; readonly reference: string | null }[] = [];
  /** Orders in flight now, by resource, and the most that there ever were. */
  readonly inFlight = new Map<string, number>();
  mostInFlight = 0;
  onDispatch: (order: AttemptOrder) => void = () => undefined;
  onResolve: (request: TargetRequest) => Promise<void> = async () => undefined;
  finding: FoundAttempt = { found: 'not-found', why: 'nobody remembers' };

  async resolve(request: TargetRequest): Promise<TargetResolution> {
    await this.onResolve(request);
    const targets = request.failing.map(({ node, target }) => ({ id: target, node, responding: true }));
    return { resolved: true, targets };
  }

  dispatch(order: AttemptOrder, context: DispatchContext): Promise<ActionResult> {
    const count = (this.inFlight.get(order.resource) ?? 0) + 1;
    this.inFlight.set(order.resource, count);
    this.mostInFlight = Math.max(this.mostInFlight, count);
    return new Promise((resolve) => {
      const end = (result: ActionResult) => {
        this.inFlight.set(order.resource, (this.inFlight.get(order.resource) ?? 1) - 1);
        resolve(result);
      };
      this.dispatched.push({ order, context, end });
      this.onDispatch(order);
    });
  }

  async find(order: AttemptOrder, reference: string | null): Promise<FoundAttempt> {
    this.looked.push({ attempt: order.attempt, reference });
    return this.finding;
  }

  async check(): Promise<BackendHealth> {
    return { ok: true, detail: 'a part of the checks' };
  }

  async close(): Promise<void> {}
}
