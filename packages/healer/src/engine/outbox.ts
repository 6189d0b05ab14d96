import type { Command, ResourceFacts, TargetResolution } from '@prunella/core';
import type { Backend } from '../backends/backend.ts';
import type { AttemptRunner } from './attempt-runner.ts';
import { bounded } from './bounded.ts';
import type { OutgoingCommand } from './changes.ts';
import type { Clock } from './clock.ts';
import type { LoopItem } from './commit-loop.ts';
import type { DirectiveBoard } from './directive-board.ts';
import type { Notification } from './options.ts';
import type { Prober } from './prober.ts';
import type { Direct } from './step.ts';

export interface OutboxOptions {
  readonly clock: Clock;
  readonly prober: Prober;
  readonly runner: AttemptRunner;
  readonly board: DirectiveBoard;
  readonly backendOf: (action: string) => Backend | undefined;
  readonly factsOf: (resource: string) => ResourceFacts;
  readonly recipientsOf: (command: Direct) => readonly string[];
  readonly resolveTimeoutMs: number;
  readonly onNotify: (notification: Notification) => void | Promise<void>;
  readonly onFault: (error: unknown, doing: string) => void;
  /** What a command led to goes back to the loop. */
  readonly add: (item: LoopItem) => void;
  readonly done: (outboxId: number) => void;
}

type ResolveTargets = Extract<Command, { type: 'resolve-targets' }>;

/** Carries out commands that are on disk. Each may come twice, after a crash; `dispatch` is kept from it. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #dispatches = new Map<string, number>();

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Left over from before a crash. A dispatch is not done here: its attempt is looked for. */
  carryOutAgain(command: Command, outboxId: number): void {
    if (command.type === 'dispatch') {
      this.#dispatches.set(command.order.attempt, outboxId);
    } else {
      const recipients = command.type === 'direct' ? this.#options.recipientsOf(command) : [];
      this.carryOut({ command, recipients }, outboxId);
    }
  }

  carryOut({ command, recipients }: OutgoingCommand, outboxId: number): void {
    const { runner, board, done } = this.#options;
    switch (command.type) {
      case 'probe':
        this.#settle(this.#options.prober.probe(command.resource, command.timeoutMs), outboxId);
        return;
      case 'resolve-targets':
        void this.#resolve(command, outboxId);
        return;
      case 'dispatch':
        this.#dispatches.set(command.order.attempt, outboxId);
        runner.dispatch(command.order);
        return;
      case 'cancel':
        this.#settle(runner.cancel(command.attempt), outboxId);
        return;
      case 'direct':
        board.push(recipients, command.directive);
        done(outboxId);
        return;
      case 'notify':
        void this.#notify(command, outboxId);
        return;
      case 'wake':
      case 'request-permit':
      case 'release-permit':
      case 'follow-cohort':
      case 'follow-witnesses':
        // Settled within the transaction that decided them.
        done(outboxId);
        return;
    }
  }

  /** The dispatch of an attempt, to be crossed off with its result. */
  takeDispatch(attempt: string): number | undefined {
    const outboxId = this.#dispatches.get(attempt);
    this.#dispatches.delete(attempt);
    return outboxId;
  }

  async #notify(command: Notification, outboxId: number): Promise<void> {
    const { onNotify, onFault, done } = this.#options;
    try {
      await onNotify(command);
    } catch (error) {
      onFault(error, `notify of ${command.resource}`);
    }
    done(outboxId);
  }

  #settle(work: Promise<void>, outboxId: number): void {
    const { done, onFault } = this.#options;
    work.catch((error) => onFault(error, 'carry out a command')).finally(() => done(outboxId));
  }

  async #resolve(command: ResolveTargets, outboxId: number): Promise<void> {
    const { resource, attempt } = command;
    const resolution = await this.#resolution(command);
    const input = { type: 'targets', attempt, resolution } as const;
    this.#options.add({ input: { for: 'resource', resource, input }, outboxDone: outboxId });
  }

  async #resolution(command: ResolveTargets): Promise<TargetResolution> {
    const { clock, resolveTimeoutMs, backendOf, factsOf } = this.#options;
    const { resource, action, target, failing, dryRun } = command;
    const withinMs = resolveTimeoutMs + (dryRun?.withinMs ?? 0);
    const request = { resource, action, target, failing, ...(dryRun === undefined ? {} : { dryRun }) };
    const backend = backendOf(action);
    if (backend === undefined) {
      return unresolved(`no backend performs ${action}: is it still configured?`);
    }
    const declared = factsOf(resource).nodes.flatMap((node) =>
      node.target === undefined ? [] : [{ node: node.name, target: node.target }],
    );
    try {
      return await bounded(
        clock,
        withinMs,
        (signal) => backend.resolve({ ...request, declared }, signal),
        () => unresolved(`${backend.name} did not name the targets within ${withinMs} ms`),
      );
    } catch (error) {
      return unresolved(error instanceof Error ? error.message : String(error));
    }
  }
}

function unresolved(error: string): TargetResolution {
  return { resolved: false, targets: [], error };
}
