import type { ActionResult, AttemptOrder, Effect, TargetResolution } from '@prunella/core';
import type {
  Backend,
  BackendHealth,
  DispatchContext,
  FoundAttempt,
  TargetRequest,
} from '../src/backends/backend.ts';
import type { Defect } from './defects.ts';
import type { FoundAnswer, Question } from './messages.ts';

/** Orders go to targets in the process that watches; only the connection is here. The one with fences need not be asked whom it means. */
export class TortureBackend implements Backend {
  readonly name: string;
  readonly promises;
  readonly actions;
  readonly #ask: (question: Question) => Promise<unknown>;
  readonly #defect: Defect | null;
  /** Sent already by the defect that does not wait for the disk. */
  readonly #early = new Map<string, Promise<ActionResult>>();

  constructor(
    name: 'fenced' | 'plain',
    effect: Effect,
    ask: (question: Question) => Promise<unknown>,
    defect: Defect | null,
  ) {
    this.name = name;
    this.promises = { finds: true, fences: name === 'fenced', cancels: false, dryRuns: false };
    const action = `${name}.repair`;
    this.actions = new Map([[action, { action, effect, highestAutonomy: 'auto' } as const]]);
    this.#ask = ask;
    this.#defect = defect;
  }

  async resolve(request: TargetRequest): Promise<TargetResolution> {
    return named(request);
  }

  resolveAtOnce(request: TargetRequest): TargetResolution | null {
    return this.name === 'fenced' ? named(request) : null;
  }

  sendEarly(order: AttemptOrder): void {
    this.#early.set(order.attempt, this.#ask({ dispatch: order }) as Promise<ActionResult>);
  }

  async dispatch(order: AttemptOrder, context: DispatchContext): Promise<ActionResult> {
    const result = this.#early.get(order.attempt) ?? this.#ask({ dispatch: order });
    // Not in the same turn: a crash can fall between the order being taken and its reference being known.
    await new Promise((resolve) => setImmediate(resolve));
    context.onReference(`order ${order.attempt}`);
    return (await result) as ActionResult;
  }

  async find(order: AttemptOrder): Promise<FoundAttempt> {
    if (this.#defect === 'sends-again') {
      return { found: 'ended', result: (await this.#ask({ dispatch: order })) as ActionResult };
    }
    const found = (await this.#ask({ find: order })) as FoundAnswer;
    if (found.found !== 'running') return found;
    const result = this.#ask({ await: order }) as Promise<ActionResult>;
    return { found: 'running', reference: `order ${order.attempt}`, result };
  }

  async check(): Promise<BackendHealth> {
    return { ok: true, detail: 'there' };
  }

  async close(): Promise<void> {}
}

function named({ failing }: TargetRequest): TargetResolution {
  return {
    resolved: true,
    targets: failing.map(({ node, target }) => ({ id: target, node, responding: true })),
  };
}
