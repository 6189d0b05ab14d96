import type { ActingElsewhere, ActionResult, AttemptOrder, TargetResolution } from '@prunella/core';
import type { Finding } from '../../doctor/finding.ts';
import type { AcceptSignal, Source, TellActing } from '../../sources/source.ts';
import type { Backend, BackendHealth, DispatchContext, FoundAttempt, TargetRequest } from '../backend.ts';
import type { SaltApiBackend } from './api-backend.ts';
import { SaltError } from './salt-error.ts';

/** What this needs of each master; a stand-in of it is enough for tests. */
export type OneMaster = Pick<
  SaltApiBackend,
  'actions' | 'promises' | 'dispatch' | 'find' | 'findRecorded' | 'check' | 'examine' | 'close'
> & {
  readonly watch: Source | null;
  readonly origin: string;
  whoAnswers(request: TargetRequest, signal: AbortSignal): Promise<TargetResolution>;
  foresee(
    request: TargetRequest,
    resolution: TargetResolution,
    signal: AbortSignal,
  ): Promise<TargetResolution>;
};

/** Masters that have not answered this long after the first did are not waited for. */
const graceMs = 3_000;
const mostHeard = 10_000;

/** Several masters of the same minions: each is asked, and an order goes through one of them. */
export class SeveralMasters implements Backend {
  readonly name = 'salt';
  readonly actions: Backend['actions'];
  readonly promises: Backend['promises'];
  readonly watch: Source | null;
  readonly #masters: readonly [OneMaster, ...OneMaster[]];
  /** Which masters heard a minion when it was asked last. */
  readonly #heard = new Map<string, ReadonlySet<OneMaster>>();

  constructor(masters: readonly [OneMaster, ...OneMaster[]]) {
    this.#masters = masters;
    const [first] = masters;
    this.actions = first.actions;
    this.promises = first.promises;
    const watches = masters.flatMap(({ watch }) => (watch === null ? [] : [watch]));
    this.watch = watches.length === 0 ? null : new AllWatches(watches);
  }

  /** Those whom one of the masters means; answering where one of them hears it. */
  async resolve(request: TargetRequest, signal: AbortSignal): Promise<TargetResolution> {
    const answers = await this.#askAll(request, signal);
    const good = answers.filter(({ resolution }) => resolution.error === undefined && resolution.resolved);
    const [first] = good;
    if (first === undefined) {
      const why = answers.map(
        ({ master, resolution }) => `${master.origin}: ${resolution.error ?? 'no answer'}`,
      );
      return { resolved: false, targets: [], error: why.join('; ') };
    }
    const targets = new Map(first.resolution.targets.map((target) => [target.id, target]));
    for (const { resolution } of good) {
      for (const target of resolution.targets) {
        if (targets.get(target.id)?.responding !== true) targets.set(target.id, target);
      }
    }
    this.#remember(good);
    const ids = [...targets.keys()].sort();
    const resolution = { resolved: true, targets: ids.flatMap((id) => targets.get(id) ?? []) };
    // Through one master only: two dry runs at once would be in each other's way.
    return this.#inOrder(ids)[0].foresee(request, resolution, signal);
  }

  /** Through the master that hears most of the targets; through the next where provably nothing was sent. */
  async dispatch(order: AttemptOrder, context: DispatchContext): Promise<ActionResult> {
    let failure: unknown;
    for (const master of this.#inOrder(order.targets)) {
      if (context.signal.aborted || context.now() > order.notAfter) break;
      try {
        return await master.dispatch(order, context);
      } catch (error) {
        if (!(error instanceof SaltError) || error.code === 'salt-argument') throw error;
        failure = error;
      }
    }
    throw failure ?? new SaltError('salt-busy', 'its time was over before a master could be asked', false);
  }

  /** What the minions have written down goes before what masters remember; and no master is left out. */
  async find(order: AttemptOrder, reference: string | null, context: DispatchContext): Promise<FoundAttempt> {
    const recorded = await this.#recorded(order, context);
    if (recorded !== null && recorded.found !== 'not-found') return recorded;
    const looked = await Promise.allSettled(
      this.#masters.map((master) => master.find(order, reference, context)),
    );
    const found = looked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const known = found.find((one) => one.found === 'running') ?? found.find((one) => one.found === 'ended');
    if (known !== undefined) return known;
    const unasked = looked.find((one) => one.status === 'rejected');
    if (unasked !== undefined) throw unasked.reason;
    const [first] = found;
    return (
      found.find((one) => one.found === 'not-found') ?? first ?? { found: 'not-found', why: 'no master' }
    );
  }

  async check(): Promise<BackendHealth> {
    const seen = await Promise.all(this.#masters.map((master) => master.check()));
    const ailing = seen.flatMap((health) => (health.ok ? [] : [health]));
    const [first] = ailing;
    if (first === undefined)
      return { ok: true, detail: seen.map((one) => (one.ok ? one.detail : '')).join('; ') };
    if (ailing.length === seen.length)
      return { ...first, problem: ailing.map(({ problem }) => problem).join('; ') };
    const well = seen.flatMap((health) => (health.ok ? [health.detail] : []));
    return { ok: true, detail: `${well.join('; ')}; but ${ailing.map(({ problem }) => problem).join('; ')}` };
  }

  async examine(signal: AbortSignal, installation: string | null): Promise<readonly Finding[]> {
    const found = await Promise.all(
      this.#masters.map(async (master) => {
        const findings = await master.examine(signal, installation);
        return findings.map((finding) => ({ ...finding, what: `${master.origin}: ${finding.what}` }));
      }),
    );
    return found.flat();
  }

  async close(): Promise<void> {
    await Promise.all(this.#masters.map((master) => master.close()));
  }

  async #askAll(request: TargetRequest, signal: AbortSignal) {
    const late = new AbortController();
    let grace: NodeJS.Timeout | undefined;
    const asked = this.#masters.map(async (master) => {
      const limit = AbortSignal.any([signal, late.signal]);
      const resolution = await master.whoAnswers(request, limit);
      if (resolution.error === undefined) grace ??= setTimeout(() => late.abort(), graceMs).unref();
      return { master, resolution };
    });
    const waits = asked.map((one) => Promise.race([one, aborted(late.signal)]));
    const answers = await Promise.all(waits);
    clearTimeout(grace);
    return answers.flatMap((answer) => answer ?? []);
  }

  #remember(answers: readonly { readonly master: OneMaster; readonly resolution: TargetResolution }[]): void {
    for (const { resolution } of answers) {
      for (const { id } of resolution.targets) {
        const hearing = answers.filter((one) =>
          one.resolution.targets.some((target) => target.id === id && target.responding === true),
        );
        this.#heard.delete(id);
        this.#heard.set(id, new Set(hearing.map(({ master }) => master)));
      }
    }
    for (const id of this.#heard.keys()) {
      if (this.#heard.size <= mostHeard) return;
      this.#heard.delete(id);
    }
  }

  /** Those that hear more of them first; else as they were written. */
  #inOrder(ids: readonly string[]): readonly [OneMaster, ...OneMaster[]] {
    const hears = (master: OneMaster) => ids.filter((id) => this.#heard.get(id)?.has(master)).length;
    const [first, ...others] = [...this.#masters].sort((left, right) => hears(right) - hears(left));
    return [first ?? this.#masters[0], ...others];
  }

  async #recorded(order: AttemptOrder, context: DispatchContext): Promise<FoundAttempt | null> {
    for (const master of this.#inOrder(order.targets)) {
      try {
        return await master.findRecorded(order, context);
      } catch {
        // The next master may reach the minions; if none does, the masters themselves are asked below.
      }
    }
    return null;
  }
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
}

/** The buses of all masters, as one source. */
class AllWatches implements Source {
  readonly name = 'salt';
  readonly #watches: readonly Source[];

  constructor(watches: readonly Source[]) {
    this.#watches = watches;
  }

  async start(accept: AcceptSignal, tell: TellActing = () => {}): Promise<void> {
    const told = this.#watches.map(() => new Map<string, readonly ActingElsewhere[]>());
    await Promise.all(
      this.#watches.map((watch, index) =>
        watch.start(accept, (resource, acting) => {
          told[index]?.set(resource, acting);
          tell(
            resource,
            told.flatMap((one) => one.get(resource) ?? []),
          );
        }),
      ),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.#watches.map((watch) => watch.stop()));
  }
}
