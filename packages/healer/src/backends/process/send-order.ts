import type { AttemptOrder, TargetOutcome } from '@prunella/core';
import type { RunnerResult, RunnerVerb } from './messages.ts';
import type { RunnerClient } from './runner-client.ts';

/** After the deadline the runner itself still has to say how it ended. */
const answerPatienceMs = 10_000;
/** An order is never valid for longer than this before `notAfter`. */
const longestValidityMs = 600_000;

/** What one service's runner says of an order. `taken: false`: provably never carried out. */
export interface ServiceAnswer {
  readonly outcome: TargetOutcome;
  readonly taken: boolean;
}

export type Found =
  | { readonly found: 'ended'; readonly answer: ServiceAnswer }
  | { readonly found: 'running'; readonly answer: Promise<ServiceAnswer> }
  | { readonly found: 'never-sent' }
  | { readonly found: 'not-found'; readonly why: string };

export interface OrderContext {
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly onTaken: () => void;
}

/** Sends the order to one service's runner and waits for its end. Never rejects. */
export async function sendOrder(
  client: RunnerClient,
  verb: RunnerVerb,
  order: AttemptOrder,
  context: OrderContext,
): Promise<ServiceAnswer> {
  try {
    await client.ensure();
  } catch (error) {
    return neverTaken(client, `its runner could not be reached: ${text(error)}`);
  }
  const { attempt, fence, notAfter, deadlineAt } = order;
  const patience = patienceUntil(order, context);
  let result: RunnerResult | null = null;
  let broken: unknown = 'the connection ended before the answer';
  try {
    const request = { type: 'order', order: { attempt, verb, fence, notAfter, deadlineAt } } as const;
    await client.ask(
      request,
      (answer) => {
        if (answer.type === 'taken') context.onTaken();
        else if (answer.type === 'ended') result = answer.result;
      },
      patience.signal,
    );
  } catch (error) {
    broken = error;
  } finally {
    patience.end();
  }
  if (result !== null) return toAnswer(client, result);
  if (context.signal.aborted) return unknown(client, 'the healer stopped waiting for its end');
  if (patience.signal.aborted) return unknown(client, 'it did not end by its deadline');
  const found = await findOrder(client, order, context);
  if (found.found === 'ended' || found.found === 'running') return found.answer;
  if (found.found === 'never-sent') return neverTaken(client, `it never reached the runner: ${text(broken)}`);
  return unknown(client, `${text(broken)}; ${found.why}`);
}

/** Looks for the order at one service's runner, starting one where none lives. Never rejects. */
export async function findOrder(
  client: RunnerClient,
  order: AttemptOrder,
  context: OrderContext,
): Promise<Found> {
  const patience = patienceUntil(order, context);
  try {
    await client.ensure();
    return await new Promise<Found>((resolve, reject) => {
      let runs = false;
      let endRun: (answer: ServiceAnswer) => void = () => {};
      const run = new Promise<ServiceAnswer>((resolveRun) => {
        endRun = resolveRun;
      });
      const asked = client.ask(
        { type: 'find', attempt: order.attempt, fence: order.fence },
        (answer) => {
          if (answer.type === 'taken') {
            runs = true;
            resolve({ found: 'running', answer: run });
          } else if (answer.type === 'ended') {
            const ended = toAnswer(client, answer.result);
            if (runs) endRun(ended);
            else resolve({ found: 'ended', answer: ended });
          } else if (answer.type === 'not-found') {
            resolve(judgeAbsence(answer, order));
          }
        },
        patience.signal,
      );
      // Both do nothing where the answer came before.
      const lost = (error: unknown) => {
        endRun(unknown(client, `its runner went away in the middle: ${text(error)}`));
        reject(error);
      };
      asked.then(() => lost(new Error('the runner ended the connection')), lost).finally(patience.end);
    });
  } catch (error) {
    patience.end();
    return { found: 'not-found', why: `the runner of ${client.service} could not be asked: ${text(error)}` };
  }
}

/** The runner has made the attempt void, so it cannot come any more; was it there before the records began? */
function judgeAbsence(
  answer: { readonly recordsSince: number; readonly earlierOrders: boolean },
  order: AttemptOrder,
): Found {
  if (answer.earlierOrders || answer.recordsSince <= order.notAfter - longestValidityMs) {
    return { found: 'never-sent' };
  }
  return { found: 'not-found', why: 'the records of the runner began after the order may have been given' };
}

function patienceUntil(order: AttemptOrder, context: OrderContext) {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const forMs = Math.max(0, order.deadlineAt - context.now()) + answerPatienceMs;
  const timer = setTimeout(abort, forMs);
  timer.unref();
  context.signal.addEventListener('abort', abort, { once: true });
  if (context.signal.aborted) abort();
  return {
    signal: controller.signal,
    end: () => {
      clearTimeout(timer);
      context.signal.removeEventListener('abort', abort);
    },
  };
}

function toAnswer(client: RunnerClient, { outcome, detail }: RunnerResult): ServiceAnswer {
  return { outcome: { id: client.service, outcome, detail, fenced: true }, taken: outcome !== 'refused' };
}

function neverTaken(client: RunnerClient, detail: string): ServiceAnswer {
  return { outcome: { id: client.service, outcome: 'failed', detail, fenced: true }, taken: false };
}

function unknown(client: RunnerClient, detail: string): ServiceAnswer {
  return { outcome: { id: client.service, outcome: 'unknown', detail, fenced: true }, taken: true };
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
