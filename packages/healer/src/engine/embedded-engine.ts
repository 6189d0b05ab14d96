import {
  type ActingElsewhere,
  autonomyReport,
  type Effect,
  type Explanation,
  explain,
  type FleetFacts,
  factsUnder,
  fleetFacts,
  forLabels,
  type LogEntry,
  matchesPattern,
  type OperatorCommand,
  type Playbook,
  playbookFor,
  type ResourceFacts,
  type ResourceState,
  type Signal,
  type StepAutonomy,
  type WhyNot,
  whyNot,
} from '@prunella/core';
import type { DirectiveResponse, Report, ReportRefusal } from '@prunella/protocol';
import type { SignalReceipt } from '../sources/source.ts';
import type { IncidentQuery, LogQuery } from '../store/store.ts';
import { Changes } from './changes.ts';
import { StoppingError } from './commit-loop.ts';
import type {
  CommandReceipt,
  Engine,
  IncidentView,
  PageQuery,
  ResourcePage,
  ResourceQuery,
} from './engine.ts';
import type { Ledger } from './ledger.ts';
import { Machinery } from './machinery.ts';
import { type EngineMeasures, type EngineWaiting, effectOf, ledgerOf, measure } from './measures.ts';
import type { EmbeddedEngineOptions, EngineSetup } from './options.ts';
import { Ownership } from './ownership.ts';
import { type ResourceDetail, resourceView, stepViews, type ViewParts } from './resource-view.ts';
import { formerKeysRemain, formerSignalKey, signalKey } from './signal-keys.ts';

export interface EmbeddedEngine extends Engine {
  /** What became of every trigger so far, over all starts. */
  ledger(): Ledger;
  /** What is before it now, as numbers. */
  measures(): EngineMeasures;
  /** What waits for its turn. */
  waiting(): EngineWaiting;
  /** What an attempt's action does to its target; null where the resource does not remember it. */
  effectOf(resource: string, attempt: string): Effect | null;
  /** Resolves when all that waits by now is decided: the engine runs. Rejects while it cannot write. */
  turn(): Promise<void>;
  /**
   * What others do to a resource now, as one source sees it; replaces what that source said before. Not taken
   * where no playbook owns the resource. It holds attempts until it ends, by its own time or by an empty list.
   */
  acting(source: string, resource: string, acting: readonly ActingElsewhere[]): void;
  /**
   * Goes on under other playbooks, resources and backends, from one decision to the next. An open incident keeps
   * the playbook that it was opened under. Resolves when the backends that are left out may be closed.
   */
  reload(setup: EngineSetup): Promise<void>;
}

/**
 * Runs the core in this process on a store. Resolves when every machine has been told of the start and that is on
 * disk; attempts without a result are then being looked for. Rejects with a `StoreError`.
 */
export async function startEmbeddedEngine(options: EmbeddedEngineOptions): Promise<EmbeddedEngine> {
  const stored = await options.store.load();
  const machinery = new Machinery(options, stored);
  try {
    await machinery.begin(stored);
  } catch (error) {
    await machinery.stop();
    throw error;
  }
  return new SingleThreadedEngine(machinery);
}

class SingleThreadedEngine implements EmbeddedEngine {
  readonly #machinery: Machinery;
  /** Signals that are being written, so that two at once are seen as one. */
  readonly #signals = new Map<string, Promise<SignalReceipt>>();
  readonly #startedAt: number;
  #ownership: Ownership;
  #stopped = false;

  constructor(machinery: Machinery) {
    this.#machinery = machinery;
    this.#startedAt = machinery.clock.now();
    this.#ownership = new Ownership(machinery.playbooks);
  }

  report(report: Report): ReportRefusal | null {
    if (this.#stopped) {
      const reason = 'the healer is stopping: report again later';
      return { instance: report.instance, code: 'not-allowed', reason };
    }
    const refusal = this.#machinery.desk.report(report);
    this.#machinery.options.onIntake?.({ what: 'report', result: refusal?.code ?? 'taken' });
    return refusal;
  }

  async signal(signal: Signal): Promise<SignalReceipt> {
    const receipt = await this.#takeOnce(signal);
    const taken = receipt.accepted && receipt.duplicate ? 'duplicate' : 'taken';
    this.#machinery.options.onIntake?.({ what: 'signal', result: receipt.accepted ? taken : 'refused' });
    return receipt;
  }

  async #takeOnce(signal: Signal): Promise<SignalReceipt> {
    const refusal = this.#refusal(signal.resource);
    if (refusal !== null) {
      return refusal;
    }
    const key = signalKey(signal);
    const underWay = this.#signals.get(key);
    if (underWay !== undefined) {
      const first = await underWay;
      return first.accepted ? { accepted: true, duplicate: true } : first;
    }
    const receipt = this.#takeSignal(signal, key)
      .catch(unlessStopping)
      .finally(() => this.#signals.delete(key));
    this.#signals.set(key, receipt);
    return receipt;
  }

  async command(resource: string, command: OperatorCommand): Promise<CommandReceipt> {
    const refusal = this.#refusal(resource);
    if (refusal !== null) {
      return refusal;
    }
    const input = { type: 'operator', command } as const;
    const changes = await this.#machinery.feedAndWait(resource, input).catch(unlessStopping);
    if (!(changes instanceof Changes)) {
      return changes;
    }
    const { events } = changes;
    for (const { event } of events) {
      if (event.type === 'operator-commanded' && event.command.id === command.id) {
        const { trigger, note } = event;
        return trigger.fate === 'rejected'
          ? { accepted: false, reason: trigger.why }
          : { accepted: true, note };
      }
    }
    return {
      accepted: false,
      reason: `${resource} knows nothing that ${command.command.type} could mean now`,
    };
  }

  async pause(by: string, reason: string): Promise<void> {
    await this.#machinery.addAndWait({ input: { for: 'fleet', input: { type: 'pause', by, reason } } });
  }

  async resume(by: string): Promise<void> {
    await this.#machinery.addAndWait({ input: { for: 'fleet', input: { type: 'resume', by } } });
  }

  pauseInForce(): FleetFacts['paused'] {
    return fleetFacts(this.#machinery.world.fleet).paused;
  }

  directives(instance: string, cursor: string | null, signal: AbortSignal): Promise<DirectiveResponse> {
    return this.#machinery.board.poll(instance, cursor, this.#stopped ? AbortSignal.abort() : signal);
  }

  explain(resource?: string): readonly Explanation[] {
    const { world, clock } = this.#machinery;
    const now = clock.now();
    const fleet = fleetFacts(world.fleet);
    const known = resource === undefined ? world.resources() : [resource];
    return known
      .flatMap((name) => this.#view(name) ?? [])
      .map(({ state, playbook, facts }) => explain(state, playbook, facts, fleet, now))
      .sort(sickFirst);
  }

  whyNot(resource: string, action: string): WhyNot | null {
    const view = this.#view(resource);
    if (view === null) return null;
    return whyNot(view.state, view.playbook, view.facts, action, this.#machinery.clock.now());
  }

  autonomy(): readonly StepAutonomy[] {
    const { world, clock } = this.#machinery;
    const subjects = world.resources().flatMap((name) => {
      const view = this.#view(name);
      return view === null || view.playbook === null ? [] : [{ ...view, playbook: view.playbook }];
    });
    return autonomyReport(subjects, clock.now(), this.#machinery.actions());
  }

  resources({ match, after, limit }: ResourceQuery): ResourcePage {
    const { names } = this.#owners();
    const first = after === null ? 0 : firstAfter(names, after);
    const items: ResourcePage['items'][number][] = [];
    for (const name of names.slice(first)) {
      if (match !== undefined && !matchesPattern(match, name)) continue;
      if (items.length === limit) return { items, next: items.at(-1)?.resource ?? null };
      const parts = this.#parts(name);
      if (parts !== null) items.push(resourceView(parts));
    }
    return { items, next: null };
  }

  resource(name: string, instances: PageQuery): ResourceDetail | null {
    const parts = this.#parts(name);
    if (parts === null) return null;
    const { desk, clock } = this.#machinery;
    const { observers, next } = desk.observersOf(name, instances);
    const dependants = this.#owners().dependantsOf(name);
    return {
      ...resourceView(parts),
      dependants: { names: dependants.slice(0, dependantsShown), count: dependants.length },
      steps: stepViews(parts, clock.now()),
      instances: observers,
      nextInstances: next,
    };
  }

  resourcesUnder(playbook: string): readonly string[] {
    return this.#owners().ownedBy(playbook);
  }

  async incidents(query: IncidentQuery): Promise<readonly IncidentView[]> {
    const stored = await this.#machinery.options.store.incidents(query);
    return stored.map(({ story }) => story);
  }

  log(query: LogQuery): Promise<readonly LogEntry[]> {
    return this.#machinery.options.store.read(query);
  }

  onLog(listener: (entry: LogEntry) => void): () => void {
    const { listeners } = this.#machinery;
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }

  ledger(): Ledger {
    return ledgerOf(this.#machinery.world);
  }

  measures(): EngineMeasures {
    return measure(this.#machinery.world);
  }

  waiting(): EngineWaiting {
    return this.#machinery.waiting();
  }

  effectOf(resource: string, attempt: string): Effect | null {
    return effectOf(this.#machinery.world.record(resource)?.machine, attempt);
  }

  async turn(): Promise<void> {
    if (this.#stopped) throw new StoppingError();
    await this.#machinery.addAndWait({ input: { for: 'fleet', input: { type: 'tick' } } });
  }

  acting(source: string, resource: string, acting: readonly ActingElsewhere[]): void {
    if (this.#refusal(resource) !== null) return;
    const input = { type: 'acting', source, acting } as const;
    this.#machinery.loop.add({ input: { for: 'resource', resource, input } });
  }

  reload(setup: EngineSetup): Promise<void> {
    return this.#machinery.reload(setup);
  }

  async stop(): Promise<void> {
    if (!this.#stopped) {
      this.#stopped = true;
      await this.#machinery.stop();
    }
  }

  /** A resource with the playbook that is in force for it; null where it is not known. */
  #view(resource: string): ResourceView | null {
    const record = this.#machinery.world.record(resource);
    if (record === undefined) return null;
    const declared = this.#machinery.factsOf(resource);
    const owner = this.#owners().ownerOf(resource);
    const playbook = record.playbook ?? (owner === null ? null : forLabels(owner, declared.labels));
    const facts = playbook === null ? declared : factsUnder(playbook, declared);
    return { state: record.machine, playbook, facts };
  }

  #parts(resource: string): ViewParts | null {
    const view = this.#view(resource);
    if (view === null) return null;
    const { world, clock } = this.#machinery;
    const { state, playbook, facts } = view;
    const explanation = explain(state, playbook, facts, fleetFacts(world.fleet), clock.now());
    return { ...view, explanation, probed: this.#machinery.probedNodes(resource) };
  }

  #owners(): Ownership {
    const { world, playbooks } = this.#machinery;
    if (this.#ownership.playbooks !== playbooks) this.#ownership = new Ownership(playbooks);
    this.#ownership.know(world);
    return this.#ownership;
  }

  async #takeSignal(signal: Signal, key: string): Promise<SignalReceipt> {
    const { clock } = this.#machinery;
    if (await this.#isKnown(signal, key)) {
      return { accepted: true, duplicate: true };
    }
    await this.#machinery.addAndWait({
      input: { for: 'resource', resource: signal.resource, input: { type: 'signal', signal } },
      signal: { key, at: clock.now() },
    });
    return { accepted: true, duplicate: false };
  }

  async #isKnown(signal: Signal, key: string): Promise<boolean> {
    const { options, clock } = this.#machinery;
    if (await options.store.hasSignal(key)) return true;
    if (!formerKeysRemain(this.#startedAt, clock.now())) return false;
    return options.store.hasSignal(formerSignalKey(signal));
  }

  /** Why nothing can be taken for a resource now; null where it can. */
  #refusal(resource: string): Refusal | null {
    const { loop, settings, world, playbooks } = this.#machinery;
    if (this.#stopped) {
      return unlessStopping(new StoppingError());
    }
    if (loop.waiting >= settings.waitingLimit) {
      const reason = `${loop.waiting} inputs wait to be decided: send it again later`;
      return { accepted: false, reason, later: 'busy' };
    }
    const opened = world.record(resource)?.playbook ?? null;
    if (opened === null && playbookFor(resource, playbooks) === undefined) {
      const reason = `no playbook owns ${resource}: check its name, or write a playbook that is for it`;
      return { accepted: false, reason };
    }
    if (!this.#machinery.hasRoom(resource)) {
      const reason = `${resource} is not configured, and ${settings.heardOfLimit} such resources are known already: configure it`;
      return { accepted: false, reason };
    }
    return null;
  }
}

type Refusal = Extract<SignalReceipt, { readonly accepted: false }>;

/** What waited when the healer stopped was not taken, and is no fault. */
function unlessStopping(error: unknown): Refusal {
  if (error instanceof StoppingError) {
    return { accepted: false, reason: error.message, later: 'stopping' };
  }
  throw error;
}

interface ResourceView {
  readonly state: ResourceState;
  readonly playbook: Playbook | null;
  readonly facts: ResourceFacts;
}

const dependantsShown = 100;

/** The place of the first name after this one, in a list that is in order. */
function firstAfter(names: readonly string[], name: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((names[middle] ?? '') <= name) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sickFirst(left: Explanation, right: Explanation): number {
  const bySickness = Number(left.state === 'ok') - Number(right.state === 'ok');
  return bySickness !== 0 ? bySickness : left.resource < right.resource ? -1 : 1;
}
