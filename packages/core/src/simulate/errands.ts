import type { Directive } from '@prunella/protocol';
import type { AttemptOrder, Command } from '../decide/command.ts';
import type { ActionResult, NodeFacts, ProbeResult, TargetResolution } from '../decide/input.ts';
import type { Agenda } from './agenda.ts';
import type { Found, OrderAnswers } from './backend.ts';
import type { HealerClock } from './healer-clock.ts';
import type { WorldEntry } from './record.ts';
import { neverSent, unknownResult } from './store.ts';

type Resolve = Extract<Command, { type: 'resolve-targets' }>;
type Direct = Extract<Command, { type: 'direct' }>;
type Notify = Extract<Command, { type: 'notify' }>;

/** What the healer can reach. Answers come by themselves, late, or never. */
export interface Outside {
  /** Looks at a node (null: at the resource as a whole) and answers within the time with what it saw. */
  readonly probe: (
    resource: string,
    node: string | null,
    timeoutMs: number,
    done: (seen: Pick<ProbeResult, 'passed' | 'detail' | 'kind'>) => void,
  ) => void;
  readonly resolve: (command: Resolve, done: (resolution: TargetResolution) => void) => void;
  readonly send: (order: AttemptOrder, answers: OrderAnswers) => void;
  readonly find: (order: AttemptOrder, answers: OrderAnswers, done: (found: Found) => void) => void;
  readonly cancel: (attempt: string) => void;
  readonly direct: (instances: readonly string[], directive: Directive) => void;
  readonly notify: (command: Notify) => void;
}

export interface ErrandsOptions {
  readonly agenda: Agenda;
  readonly clock: HealerClock;
  readonly outside: Outside;
  readonly onHappened: (entry: WorldEntry) => void;
  readonly nodesOf: (resource: string) => readonly NodeFacts[];
  readonly recipientsOf: (command: Direct) => readonly string[];
  readonly onProbe: (result: ProbeResult) => void;
  readonly onTargets: (resource: string, attempt: string, resolution: TargetResolution, id: number) => void;
  readonly onReference: (order: AttemptOrder, reference: string) => void;
  readonly onResult: (order: AttemptOrder, result: ActionResult, id: number | undefined) => void;
  readonly onDone: (id: number) => void;
}

const answerGraceMs = 5_000;
const resolveTimeoutMs = 10_000;

/** Carries out the commands that are on disk, and brings back what comes of them. */
export class Errands {
  readonly #options: ErrandsOptions;
  /** Nodes under a probe now; true where another was asked for meanwhile. */
  readonly #probing = new Map<string, { again: number | null }>();
  readonly #open = new Set<string>();
  /** Answers to errands of a process that has died reach nobody. */
  #life = 0;

  constructor(options: ErrandsOptions) {
    this.#options = options;
  }

  forget(): void {
    this.#life += 1;
    this.#probing.clear();
    this.#open.clear();
  }

  carryOut(id: number, command: Command): void {
    const { outside, onDone, recipientsOf, onTargets } = this.#options;
    switch (command.type) {
      case 'probe':
        this.#probe(command.resource, command.timeoutMs);
        onDone(id);
        return;
      case 'resolve-targets':
        this.#once(
          (done: (resolution: TargetResolution) => void) =>
            outside.resolve(command, (resolution) => done(predicted(command, resolution))),
          resolveTimeoutMs,
          { resolved: false, targets: [], error: `no answer within ${resolveTimeoutMs} ms` },
          (resolution) => onTargets(command.resource, command.attempt, resolution, id),
        );
        return;
      case 'dispatch':
        this.#dispatch(command.order, id);
        return;
      case 'direct':
        outside.direct(recipientsOf(command), command.directive);
        onDone(id);
        return;
      case 'cancel':
        outside.cancel(command.attempt);
        onDone(id);
        return;
      case 'notify':
        outside.notify(command);
        onDone(id);
        return;
      default:
        // Settled within the transaction that decided them.
        onDone(id);
    }
  }

  /** After a start: an order that may have been sent is looked for, never sent again. */
  lookFor(order: AttemptOrder, reference: string | null, id: number | undefined): void {
    this.#open.add(order.attempt);
    const { clock, outside, onReference } = this.#options;
    const answers = this.#answers(order, id);
    this.#once<Found>(
      (done) => outside.find(order, answers, done),
      120_000,
      { found: 'not-found' },
      (found) => {
        switch (found.found) {
          case 'ended':
            answers.onResult(found.result);
            return;
          case 'never-sent':
            answers.onResult(neverSent('the healer ended before it was sent'));
            return;
          case 'not-found':
            answers.onResult(unknownResult('looked for and not found'));
            return;
          case 'running':
            if (found.reference !== reference) onReference(order, found.reference);
        }
      },
    );
    const patience = Math.max(0, order.deadlineAt - clock.now()) + answerGraceMs;
    this.#giveUpAfter(patience, answers);
  }

  #dispatch(order: AttemptOrder, id: number): void {
    if (this.#open.has(order.attempt)) return;
    this.#open.add(order.attempt);
    const { clock, outside, onHappened } = this.#options;
    const answers = this.#answers(order, id);
    if (clock.now() > order.notAfter) {
      answers.onResult(neverSent('its turn came after its time was over'));
      return;
    }
    onHappened({ type: 'sent', order });
    outside.send(order, answers);
    this.#giveUpAfter(Math.max(0, order.deadlineAt - clock.now()) + answerGraceMs, answers);
  }

  #giveUpAfter(delayMs: number, answers: OrderAnswers): void {
    const giveUp = () => answers.onResult(unknownResult("no result by the action's deadline"));
    this.#options.clock.after(delayMs, 'healer', giveUp);
  }

  /** The first answer counts, and only to the process that asked. */
  #answers(order: AttemptOrder, id: number | undefined): OrderAnswers {
    const life = this.#life;
    const isWaitedFor = () => life === this.#life && this.#open.has(order.attempt);
    return {
      onReference: (reference) => {
        if (isWaitedFor()) this.#options.onReference(order, reference);
      },
      onResult: (result) => {
        if (!isWaitedFor()) return;
        this.#open.delete(order.attempt);
        this.#options.onResult(order, result, id);
      },
    };
  }

  #once<Answer>(
    ask: (done: (answer: Answer) => void) => void,
    timeoutMs: number,
    otherwise: Answer,
    take: (answer: Answer) => void,
  ): void {
    const life = this.#life;
    let open = true;
    const settle = (answer: Answer) => {
      if (!open || life !== this.#life) return;
      open = false;
      take(answer);
    };
    ask(settle);
    this.#options.clock.after(timeoutMs, 'healer', () => settle(otherwise));
  }

  /** One at a time for each node; asked for while one runs, another follows, since that one began too early. */
  #probe(resource: string, timeoutMs: number): void {
    const nodes = this.#options.nodesOf(resource);
    const names = nodes.length === 0 ? [null] : nodes.map(({ name }) => name);
    for (const node of names) this.#probeNode(resource, node, timeoutMs);
  }

  #probeNode(resource: string, node: string | null, timeoutMs: number): void {
    const { clock, outside, onProbe } = this.#options;
    const key = `${resource} ${node ?? ''}`;
    const running = this.#probing.get(key);
    if (running !== undefined) {
      running.again = timeoutMs;
      return;
    }
    this.#probing.set(key, { again: null });
    const beganAt = clock.now();
    const life = this.#life;
    outside.probe(resource, node, timeoutMs, (seen) => {
      if (life !== this.#life) return;
      const again = this.#probing.get(key)?.again ?? null;
      this.#probing.delete(key);
      onProbe({ resource, node, beganAt, endedAt: clock.now(), ...seen });
      if (again !== null) this.#probeNode(resource, node, again);
    });
  }
}

/** Dry runs of the simulated world predict no change, where what stands for the backend says nothing of them. */
function predicted({ dryRun }: Resolve, resolution: TargetResolution): TargetResolution {
  if (dryRun === undefined || resolution.predictions !== undefined) return resolution;
  return { ...resolution, predictions: resolution.targets.map(({ id }) => ({ id, count: 0, changes: [] })) };
}
