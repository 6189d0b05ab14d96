import type { AttemptOrder } from '@prunella/core';
import { type Cause, type Dependencies, dependantsOf } from './dependencies.ts';
import { partMark, type RunnerStatus, type RunnerVerb } from './messages.ts';
import { askStatus, type RunnerClient, statusWithinMs } from './runner-client.ts';
import { type OrderContext, type ServiceAnswer, sendOrder } from './send-order.ts';

/** An order to start a dependant again may come this late: until then it is held for nothing. */
const startValidMs = 60_000;

/** What depends on an order's targets, for as long as these are repaired. */
export interface Dependants {
  /** Holds those that run, the last to start first. */
  hold(): Promise<void>;
  /** Starts those that are held; a sentence for each that did not come back. */
  release(): Promise<readonly string[]>;
  /** What was done to them, for the attempt's summary. */
  told(): string;
}

const heldStates: ReadonlySet<RunnerStatus['state']> = new Set(['starting', 'running', 'waiting']);

export async function dependantsOfOrder(
  order: AttemptOrder,
  verb: RunnerVerb,
  clients: ReadonlyMap<string, RunnerClient>,
  dependencies: Dependencies,
  context: OrderContext,
): Promise<Dependants> {
  const anybody = dependantsOf(dependencies, order.targets, 'error').length > 0;
  const cause = anybody ? await causeOf(order, verb, clients, context.signal) : 'error';
  const services = dependantsOf(dependencies, order.targets, cause);
  const held = new Set<string>();
  const back: string[] = [];

  const send = (client: RunnerClient, part: 'hold' | 'start'): Promise<ServiceAnswer> => {
    const attempt = `${order.attempt}${partMark}${part}`;
    const notAfter = part === 'hold' ? order.notAfter : context.now() + startValidMs;
    const deadlineAt = part === 'hold' ? order.deadlineAt : Math.max(order.deadlineAt, notAfter);
    const quiet = { ...context, onTaken: () => {} };
    return sendOrder(client, part, { ...order, attempt, notAfter, deadlineAt }, quiet);
  };

  return {
    async hold() {
      for (const service of services.toReversed()) {
        const client = clients.get(service);
        if (client === undefined) continue;
        const state = await stateOf(client, context.signal);
        if (state === null || !heldStates.has(state)) continue;
        const { outcome } = await send(client, 'hold');
        if (outcome.outcome === 'succeeded') held.add(service);
      }
    },
    async release() {
      const failures: string[] = [];
      for (const service of services) {
        const client = clients.get(service);
        if (client === undefined) continue;
        if (!held.has(service) && (await stateOf(client, context.signal)) !== 'waiting') continue;
        const { outcome } = await send(client, 'start');
        if (outcome.outcome === 'succeeded') back.push(service);
        else failures.push(`${service}, which depends on it, did not start again: ${outcome.detail}`);
      }
      return failures;
    },
    told() {
      if (held.size === 0 && back.length === 0) return '';
      const waiting = [...held].filter((service) => !back.includes(service));
      const rest = waiting.length === 0 ? '' : `; still waiting: ${waiting.join(', ')}`;
      return `; held and started again with it: ${back.join(', ') || 'none'}${rest}`;
    },
  };
}

/** A start of what exited repairs a fault; a start of what a person stopped is no more than a restart. */
async function causeOf(
  order: AttemptOrder,
  verb: RunnerVerb,
  clients: ReadonlyMap<string, RunnerClient>,
  signal: AbortSignal,
): Promise<Cause> {
  if (verb === 'apply') return 'refresh';
  if (verb !== 'start' && verb !== 'restart') return 'restart';
  const states = order.targets.map(async (target) => {
    const client = clients.get(target);
    return client === undefined ? null : stateOf(client, signal);
  });
  return (await Promise.all(states)).includes('exited') ? 'error' : 'restart';
}

/** Null where its runner does not say; one that is stuck holds up nobody. */
async function stateOf(client: RunnerClient, signal: AbortSignal) {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(statusWithinMs)]);
  const status = await askStatus(client, limit).catch(() => null);
  return status?.state ?? null;
}
