import type { Command } from '@prunella/core';
import type { AttemptRunner } from './attempt-runner.ts';
import type { OutgoingCommand } from './changes.ts';
import type { LoopItem } from './commit-loop.ts';
import type { DirectiveBoard } from './directive-board.ts';
import type { Notification } from './options.ts';
import type { Prober } from './prober.ts';
import type { Direct } from './step.ts';
import type { ResolveTargets, TargetResolver } from './target-resolver.ts';

export interface OutboxOptions {
  readonly prober: Prober;
  readonly runner: AttemptRunner;
  readonly board: DirectiveBoard;
  readonly targets: TargetResolver;
  readonly recipientsOf: (command: Direct) => readonly string[];
  readonly onNotify: (notification: Notification) => void | Promise<void>;
  readonly onFault: (error: unknown, doing: string) => void;
  /** What a command led to goes back to the loop. */
  readonly add: (item: LoopItem) => void;
  readonly done: (outboxId: number) => void;
}

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
    const resolution = await this.#options.targets.ask(command);
    const input = { type: 'targets', attempt, resolution } as const;
    this.#options.add({ input: { for: 'resource', resource, input }, outboxDone: outboxId });
  }
}
