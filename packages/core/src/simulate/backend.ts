import type { AttemptOrder } from '../decide/command.ts';
import type { ActionResult, TargetOutcome } from '../decide/input.ts';
import type { Agenda } from './agenda.ts';
import type { OrderFate } from './history/fates.ts';
import type { Targets } from './targets.ts';

export interface OrderAnswers {
  readonly onReference: (reference: string) => void;
  readonly onResult: (result: ActionResult) => void;
}

export type Found =
  | { readonly found: 'never-sent' }
  | { readonly found: 'not-found' }
  | { readonly found: 'running'; readonly reference: string }
  | { readonly found: 'ended'; readonly result: ActionResult };

interface Job {
  readonly reference: string;
  result: ActionResult | null;
  answers: OrderAnswers;
}

export interface BackendOptions {
  readonly agenda: Agenda;
  readonly targets: Targets;
  readonly fateOf: (order: AttemptOrder) => OrderFate;
  /** How long an action takes, and how long a late one waits first. */
  readonly tookMs: (order: AttemptOrder) => number;
  readonly lateByMs: (order: AttemptOrder) => number;
}

/** Carries orders to targets, as well and as badly as real ones do. It outlives the healer. */
export class Backend {
  readonly #options: BackendOptions;
  readonly #jobs = new Map<string, Job>();

  constructor(options: BackendOptions) {
    this.#options = options;
  }

  send(order: AttemptOrder, answers: OrderAnswers): void {
    const { agenda, fateOf, tookMs, lateByMs } = this.#options;
    const fate = fateOf(order);
    if (fate === 'unsent') {
      answers.onResult({ outcome: 'failed', summary: 'connection refused', targets: [], neverSent: true });
      return;
    }
    const job: Job = { reference: `job-${order.attempt}`, result: null, answers };
    this.#jobs.set(order.attempt, job);
    agenda.after(5, 'backend', () => job.answers.onReference(job.reference));
    const took = tookMs(order);
    const doesAt = fate === 'late' ? lateByMs(order) : took;
    if (fate !== 'lost' && fate !== 'lies' && fate !== 'fails') {
      agenda.after(doesAt, 'backend', () => this.#carryOut(order, fate, job));
    } else if (fate !== 'lost') {
      agenda.after(took, 'backend', () => this.#answer(job, whole(order, fate === 'lies')));
    }
  }

  /** After a crash the healer asks what became of an order that it may have sent. */
  find(order: AttemptOrder, answers: OrderAnswers): Found {
    const job = this.#jobs.get(order.attempt);
    if (job === undefined) return { found: 'never-sent' };
    job.answers = answers;
    if (job.result !== null) return { found: 'ended', result: job.result };
    return { found: 'running', reference: job.reference };
  }

  #carryOut(order: AttemptOrder, fate: OrderFate, job: Job): void {
    const { targets, agenda } = this.#options;
    const reached =
      fate === 'half' ? order.targets.slice(0, Math.ceil(order.targets.length / 2)) : order.targets;
    const outcomes = reached.map((target) => targets.apply(target, order));
    if (fate === 'twice') {
      agenda.after(50, 'backend', () => {
        for (const target of order.targets) targets.apply(target, order);
      });
    }
    if (fate === 'hangs' || fate === 'late') return;
    const silent = order.targets
      .filter((target) => !reached.includes(target))
      .map((id): TargetOutcome => ({ id, outcome: 'silent', detail: 'no return', fenced: false }));
    const all = [...outcomes, ...silent];
    const isDone = fate !== 'half' && all.every(({ outcome }) => outcome === 'succeeded');
    this.#answer(job, {
      outcome: isDone ? 'succeeded' : fate === 'half' ? 'unknown' : 'failed',
      summary: isDone ? 'done' : 'not done everywhere',
      targets: all,
    });
  }

  #answer(job: Job, result: ActionResult): void {
    job.result = result;
    job.answers.onResult(result);
  }
}

function whole(order: AttemptOrder, succeeded: boolean): ActionResult {
  const outcome = succeeded ? 'succeeded' : 'failed';
  const targets = order.targets.map((id): TargetOutcome => ({ id, outcome, detail: outcome, fenced: false }));
  return { outcome, summary: outcome, targets };
}
