import type { ActionFacts, ActionResult, AttemptOrder, TargetResolution } from '@prunella/core';
import type {
  Backend,
  BackendHealth,
  DispatchContext,
  FoundAttempt,
  TargetRequest,
} from '../../src/backends/backend.ts';

interface Sent {
  readonly order: AttemptOrder;
  readonly context: DispatchContext;
  readonly end: (result: ActionResult) => void;
  readonly fail: (error: Error) => void;
}

const actions: readonly ActionFacts[] = [
  { action: 'stand-in.apply', effect: 'repairs', highestAutonomy: 'auto' },
  { action: 'stand-in.restart', effect: 'disrupts', highestAutonomy: 'auto' },
];

/** A stand-in for a backend: remembers what it was told and ends it when the test says so. */
export class StandInBackend implements Backend {
  readonly name = 'stand-in';
  readonly promises;
  readonly actions: ReadonlyMap<string, ActionFacts> = new Map(actions.map((each) => [each.action, each]));
  readonly sent: Sent[] = [];
  readonly resolved: TargetRequest[] = [];
  readonly cancelled: string[] = [];

  /** What `find` answers. */
  finding: (
    order: AttemptOrder,
    reference: string | null,
    context: DispatchContext,
  ) => Promise<FoundAttempt> = async () => ({
    found: 'not-found',
    why: 'nobody remembers',
  });
  /** Called within `dispatch`, before anything else. */
  onDispatch: (order: AttemptOrder, context: DispatchContext) => void = () => undefined;

  constructor(promises: { readonly cancels?: boolean } = {}) {
    this.promises = { finds: true, fences: false, cancels: promises.cancels ?? false, dryRuns: false };
  }

  of(attempt: string): Sent {
    const sent = this.sent.find((each) => each.order.attempt === attempt);
    if (sent === undefined) {
      throw new Error(
        `${attempt} was not sent; sent: ${this.sent.map((each) => each.order.attempt).join(', ')}`,
      );
    }
    return sent;
  }

  async resolve(request: TargetRequest): Promise<TargetResolution> {
    this.resolved.push(request);
    return {
      resolved: true,
      targets: request.failing.map(({ node, target }) => ({ id: target, node, responding: true })),
    };
  }

  dispatch(order: AttemptOrder, context: DispatchContext): Promise<ActionResult> {
    this.onDispatch(order, context);
    return new Promise((end, fail) => {
      this.sent.push({ order, context, end, fail });
    });
  }

  find(order: AttemptOrder, reference: string | null, context: DispatchContext): Promise<FoundAttempt> {
    return this.finding(order, reference, context);
  }

  async cancel(order: AttemptOrder): Promise<void> {
    this.cancelled.push(order.attempt);
  }

  async check(): Promise<BackendHealth> {
    return { ok: true, detail: 'a stand-in' };
  }

  async close(): Promise<void> {}
}
