import type { Command, ResourceFacts, TargetResolution } from '@prunella/core';
import type { Backend, TargetRequest } from '../backends/backend.ts';
import { bounded } from './bounded.ts';
import type { Clock } from './clock.ts';

export type ResolveTargets = Extract<Command, { type: 'resolve-targets' }>;

export interface TargetResolverOptions {
  readonly clock: Clock;
  readonly backendOf: (action: string) => Backend | undefined;
  readonly factsOf: (resource: string) => ResourceFacts;
  /** One look at whom an expression means, without the time for its dry run. */
  readonly timeoutMs: () => number;
}

/** Asks the backend of an action whom its target means. Whatever the backend does, there is an answer. */
export class TargetResolver {
  readonly #options: TargetResolverOptions;

  constructor(options: TargetResolverOptions) {
    this.#options = options;
  }

  /** Null where the backend must ask somebody. */
  atOnce(command: ResolveTargets): TargetResolution | null {
    const backend = this.#options.backendOf(command.action);
    if (backend === undefined) return unperformed(command.action);
    if (backend.resolveAtOnce === undefined) return null;
    try {
      const resolution = backend.resolveAtOnce(this.#requestOf(command));
      return resolution === null ? null : asWritten(resolution, backend);
    } catch (error) {
      return unresolved(error);
    }
  }

  async ask(command: ResolveTargets): Promise<TargetResolution> {
    const backend = this.#options.backendOf(command.action);
    if (backend === undefined) return unperformed(command.action);
    const withinMs = this.#options.timeoutMs() + (command.dryRun?.withinMs ?? 0);
    try {
      return await bounded(
        this.#options.clock,
        withinMs,
        (signal) => backend.resolve(this.#requestOf(command), signal),
        () => unresolved(`${backend.name} did not name the targets within ${withinMs} ms`),
      );
    } catch (error) {
      return unresolved(error);
    }
  }

  #requestOf({ resource, action, target, failing, dryRun }: ResolveTargets): TargetRequest {
    const declared = this.#options
      .factsOf(resource)
      .nodes.flatMap((node) => (node.target === undefined ? [] : [{ node: node.name, target: node.target }]));
    return { resource, action, target, failing, declared, ...(dryRun === undefined ? {} : { dryRun }) };
  }
}

/**
 * As it comes back from the disk, or an error: it is decided together with what led to the question, such as a signal,
 * and a backend that answers nonsense must not cost that.
 */
function asWritten(resolution: TargetResolution, { name }: Backend): TargetResolution {
  const written: TargetResolution | null = JSON.parse(JSON.stringify(resolution) ?? 'null');
  if (written === null || !haveIds(written.targets)) {
    throw new Error(`the answer of ${name} is no list of targets, each with its id`);
  }
  const { predictions = [] } = written;
  if (!haveIds(predictions) || !predictions.every(({ changes }) => Array.isArray(changes))) {
    throw new Error(`what ${name} predicts is no list of targets, each with its id and changes`);
  }
  return written;
}

function haveIds(list: readonly { readonly id: string }[]): boolean {
  return Array.isArray(list) && list.every((each) => typeof each?.id === 'string');
}

function unperformed(action: string): TargetResolution {
  return unresolved(`no backend performs ${action}: is it still configured?`);
}

function unresolved(error: unknown): TargetResolution {
  return { resolved: false, targets: [], error: error instanceof Error ? error.message : String(error) };
}
