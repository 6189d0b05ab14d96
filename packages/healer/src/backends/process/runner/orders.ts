import { compareFences } from '@prunella/protocol';
import type { ServiceDefinition } from '../definition.ts';
import { partMark, type RunnerOrder, type RunnerResult } from '../messages.ts';
import { applyConfiguration } from './apply.ts';
import type { NewestFence, Records } from './records.ts';
import type { ServiceProcess } from './service-process.ts';

/** Orders that wait for the one in progress; more are refused. */
const waitingAtMost = 8;

export interface OrdersOptions {
  readonly records: Records;
  readonly service: ServiceProcess;
  readonly definition: () => ServiceDefinition;
  readonly now: () => number;
}

export interface Orders {
  /** Carries out an order in its turn. `onTaken` is called when it is on disk, before anything is done. */
  perform(order: RunnerOrder, onTaken: () => void): Promise<RunnerResult>;
  /** The result of an order that is being carried out now. */
  running(attempt: string): Promise<RunnerResult> | null;
  /** Runs something of the runner's own in its turn. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
}

export function createOrders(options: OrdersOptions): Orders {
  const running = new Map<string, Promise<RunnerResult>>();
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    waiting += 1;
    const turn = last.then(work).finally(() => {
      waiting -= 1;
    });
    last = turn.catch(() => undefined);
    return turn;
  }

  return {
    inTurn,
    running: (attempt) => running.get(attempt) ?? null,
    perform: (order, onTaken) => {
      const present = running.get(order.attempt);
      if (present !== undefined) {
        onTaken();
        return present;
      }
      if (waiting >= waitingAtMost) {
        return Promise.resolve(refused(`${waiting} orders wait for this service already`));
      }
      const result = inTurn(() => admitAndCarryOut(order, options, onTaken));
      running.set(order.attempt, result);
      return result.finally(() => running.delete(order.attempt));
    },
  };
}

async function admitAndCarryOut(
  order: RunnerOrder,
  options: OrdersOptions,
  onTaken: () => void,
): Promise<RunnerResult> {
  const { records, now } = options;
  const known = records.attempt(order.attempt);
  if (known?.state === 'ended') return known.result;
  const refusal = whyRefused(order, records, now());
  if (refusal !== null) return refused(refusal);
  records.take(order);
  onTaken();
  let result: RunnerResult;
  try {
    result = await carryOut(order, options);
  } catch (error) {
    result = { outcome: 'unknown', detail: `the runner failed in the middle: ${String(error)}` };
  }
  try {
    records.end(order.attempt, result);
  } catch (error) {
    // Such as a full disk. Whoever waits is told all the same; who asks later hears that it was begun.
    console.error(`how ${order.attempt} ended could not be written down: ${String(error)}`);
  }
  return result;
}

function whyRefused(order: RunnerOrder, records: Records, now: number): string | null {
  if (now > order.notAfter) {
    return `the order came ${now - order.notAfter} ms after the time by which it had to begin`;
  }
  const newest = records.newestFence();
  if (newest === null || isPartOfSame(order, newest)) return null;
  if (newest.authority !== order.fence.authority) {
    return (
      `this service obeys the installation ${newest.authority}, and the order is of ${order.fence.authority}; ` +
      "to hand it over, end its runner and remove the service's folder below the state folder"
    );
  }
  if (compareFences(order.fence, newest) <= 0) {
    const text = (fence: { generation: number; number: number }) => `${fence.generation}/${fence.number}`;
    return `the order was overtaken: its fence is ${text(order.fence)}, and ${text(newest)} was obeyed already`;
  }
  return null;
}

/** An attempt holds and starts what depends on its target: both orders bear its fence. */
function isPartOfSame(order: RunnerOrder, newest: NewestFence): boolean {
  const [attempt] = order.attempt.split(partMark);
  const [before] = newest.attempt.split(partMark);
  return (
    attempt === before &&
    newest.authority === order.fence.authority &&
    compareFences(order.fence, newest) === 0
  );
}

async function carryOut(order: RunnerOrder, options: OrdersOptions): Promise<RunnerResult> {
  const { service, now } = options;
  switch (order.verb) {
    case 'start':
      return service.start(order.deadlineAt);
    case 'stop':
      return service.stop(order.deadlineAt);
    case 'hold':
      return service.hold(order.deadlineAt);
    case 'restart': {
      const refusal = service.startProblem(order.deadlineAt);
      if (refusal !== null) return refused(refusal);
      const stopped = await service.stop(order.deadlineAt);
      if (stopped.outcome !== 'succeeded') return stopped;
      const started = await service.start(order.deadlineAt);
      // It was stopped: whatever the start says, this order was carried out in part.
      const outcome = started.outcome === 'refused' ? 'failed' : started.outcome;
      return { outcome, detail: `${stopped.detail}; ${started.detail}` };
    }
    case 'apply':
      return applyConfiguration(options.definition(), service.alivePid(), order.deadlineAt, now);
    default:
      return refused(`this runner does not know the order ${String(order.verb satisfies never)}`);
  }
}

function refused(detail: string): RunnerResult {
  return { outcome: 'refused', detail };
}
