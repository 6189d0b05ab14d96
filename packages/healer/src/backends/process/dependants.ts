import type { AttemptOrder } from '@prunella/core';
import { type Cause, type Dependencies, dependantsOf } from './dependencies.ts';
import { partMark, type RunnerStatus, type RunnerVerb } from './messages.ts';
import { askStatus, type RunnerClient, statusWithinMs } from './runner-client.ts';
import { findOrder, type OrderContext, type ServiceAnswer, sendOrder } from './send-order.ts';

/** An order to start a dependant again may come this late: until then it is held for nothing. */
const startValidMs = 60_000;

/** What depends on an order's targets, for as long as these are repaired. */
export interface Dependants {
  /** Holds those that run, the last to start first. */
  hold(): Promise<void>;
  /** After a crash of the healer: which of them this attempt has held. What was still on its way is void then. */
  recall(): Promise<void>;
  /** Starts those that wait and whose dependencies run; a sentence for each that did not come back. */
  release(): Promise<readonly string[]>;
  /** Starts those that this attempt held, whatever runs: nothing became of what they were held for. */
  giveBack(): Promise<readonly string[]>;
  /** Whether anything was done to any of them. */
  touched(): boolean;
  /** What was done to them, for the attempt's summary. */
  told(): string;
}

type State = RunnerStatus['state'];

const heldStates: ReadonlySet<State> = new Set(['starting', 'running', 'waiting']);
/** Where a newer attempt or a person has brought a dependant that refuses to be started by this one. */
const takenOver: ReadonlySet<State | null> = new Set(['starting', 'running', 'stopped']);

export async function dependantsOfOrder(
  order: AttemptOrder,
  verb: RunnerVerb,
  clients: ReadonlyMap<string, RunnerClient>,
  dependencies: Dependencies,
  context: OrderContext,
): Promise<Dependants> {
  // Who waits is started again whatever it was held for: the fault is gone by then, and with it the cause.
  const all = dependantsOf(dependencies, order.targets, 'error');
  const targetStates = all.length > 0 ? await Promise.all(order.targets.map(stateOf)) : [];
  const services = isVain(verb, targetStates)
    ? []
    : dependantsOf(dependencies, order.targets, causeOf(verb, targetStates));
  const held = new Set<string>();
  const back: string[] = [];
  const notHeld: string[] = [];
  const leftAlone = new Set<string>();
  const quiet = { ...context, onTaken: () => {} };

  /** Null where its runner does not say; one that is stuck holds up nobody. */
  async function stateOf(service: string): Promise<State | null> {
    const client = clients.get(service);
    if (client === undefined) return null;
    const limit = AbortSignal.any([context.signal, AbortSignal.timeout(statusWithinMs)]);
    const status = await askStatus(client, limit).catch(() => null);
    return status?.state ?? null;
  }

  function partOf(part: 'hold' | 'start'): AttemptOrder {
    const attempt = `${order.attempt}${partMark}${part}`;
    if (part === 'hold') return { ...order, attempt };
    const notAfter = context.now() + startValidMs;
    return { ...order, attempt, notAfter, deadlineAt: Math.max(order.deadlineAt, notAfter) };
  }

  async function canStart(service: string): Promise<boolean> {
    const uses = Object.entries(dependencies.get(service) ?? {});
    const needed = uses.filter(([other, restartOn]) => restartOn !== 'none' && clients.has(other));
    const states = await Promise.all(needed.map(([other]) => stateOf(other)));
    return states.every((state) => state === 'running' || state === 'starting');
  }

  /** A sentence where it did not come back. */
  async function startAgain(service: string, client: RunnerClient): Promise<readonly string[]> {
    const { outcome }: ServiceAnswer = await sendOrder(client, 'start', partOf('start'), quiet);
    if (outcome.outcome === 'succeeded') {
      back.push(service);
      return [];
    }
    if (outcome.outcome === 'refused' && takenOver.has(await stateOf(service))) {
      leftAlone.add(service);
      return [];
    }
    return [`${service}, which depends on it, did not start again: ${outcome.detail}`];
  }

  return {
    async hold() {
      for (const service of services.toReversed()) {
        const client = clients.get(service);
        if (client === undefined) continue;
        const state = await stateOf(service);
        if (state === null || !heldStates.has(state)) continue;
        const { outcome } = await sendOrder(client, 'hold', partOf('hold'), quiet);
        if (outcome.outcome === 'succeeded') held.add(service);
        else notHeld.push(`${service} (${outcome.detail})`);
      }
    },
    async recall() {
      for (const service of all) {
        const client = clients.get(service);
        if (client === undefined) continue;
        const found = await findOrder(client, partOf('hold'), quiet);
        if (found.found !== 'ended' && found.found !== 'running') continue;
        if ((await found.answer).outcome.outcome === 'succeeded') held.add(service);
      }
    },
    async release() {
      const failures: string[] = [];
      for (const service of all) {
        const client = clients.get(service);
        if (client === undefined) continue;
        if (!held.has(service) && (await stateOf(service)) !== 'waiting') continue;
        if (await canStart(service)) failures.push(...(await startAgain(service, client)));
      }
      return failures;
    },
    async giveBack() {
      const failures: string[] = [];
      for (const service of all) {
        const client = clients.get(service);
        if (client !== undefined && held.has(service)) failures.push(...(await startAgain(service, client)));
      }
      return failures;
    },
    touched: () => held.size > 0 || back.length > 0,
    told() {
      const parts = notHeld.length === 0 ? [] : [`not held: ${notHeld.join(', ')}`];
      if (held.size > 0 || back.length > 0) {
        parts.push(`held and started again with it: ${back.join(', ') || 'none'}`);
        const waiting = [...held].filter((service) => !back.includes(service) && !leftAlone.has(service));
        if (leftAlone.size > 0) parts.push(`taken over by a newer order: ${[...leftAlone].join(', ')}`);
        if (waiting.length > 0) parts.push(`still waiting: ${waiting.join(', ')}`);
      }
      return parts.map((part) => `; ${part}`).join('');
    },
  };
}

/** No order starts what is in maintenance: nobody goes down for it. */
function isVain(verb: RunnerVerb, states: readonly (State | null)[]): boolean {
  return (verb === 'start' || verb === 'restart') && states.every((state) => state === 'maintenance');
}

/** A start of what exited repairs a fault; a start of what a person stopped is no more than a restart. */
function causeOf(verb: RunnerVerb, states: readonly (State | null)[]): Cause {
  if (verb === 'apply') return 'refresh';
  if (verb !== 'start' && verb !== 'restart') return 'restart';
  return states.includes('exited') ? 'error' : 'restart';
}
