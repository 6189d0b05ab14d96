import { setTimeout as delay } from 'node:timers/promises';
import type { ActionResult, AttemptOrder } from '@prunella/core';
import { type Environment, readSecret } from '../../configuration/secret.ts';
import { createOutgoing, type Outgoing } from '../../outgoing/outgoing.ts';
import type { Backend, CallbackVerdict, DispatchContext, FoundAttempt, TargetRequest } from '../backend.ts';
import { nameTargets } from '../name-targets.ts';
import { httpActions } from './actions.ts';
import { type Answer, failedResult, readAnswer, resultOf, unknownResult } from './answer.ts';
import { Callbacks } from './callbacks.ts';
import { check } from './check.ts';
import type { HttpActionConfiguration, HttpConfiguration } from './configuration.ts';
import { type Exchange, exchange } from './exchange.ts';
import { configuredHeaders } from './headers.ts';
import { RetryBudget } from './retry-budget.ts';
import { sign, signatureProblem } from './signature.ts';

export interface HttpBackendDependencies {
  readonly environment: Environment;
  /** Default: under the rules that hold where nothing is configured. */
  readonly send?: Outgoing;
  /** Default: the machine's clock, ms since the Unix epoch. */
  readonly now?: () => number;
  /** Waits; rejects at the signal's abort. Default: a timer. */
  readonly wait?: (durationMs: number, signal: AbortSignal) => Promise<void>;
}

const longestPauseMs = 30_000;
const firstPauseMs = 500;

/**
 * Posts orders as JSON to other programs. Each carries the attempt as its `Idempotency-Key`, its fence and its
 * times, and is signed where there is a secret. How it ended is taken from the answer, from a status address that
 * is polled, or from a signed callback; a bare 200 says that somebody listened, no more.
 */
export function createHttpBackend(
  configuration: HttpConfiguration,
  dependencies: HttpBackendDependencies,
): Backend {
  const now = dependencies.now ?? Date.now;
  const caller = new Caller(configuration, {
    environment: dependencies.environment,
    send: dependencies.send ?? createOutgoing(),
    now,
    wait: dependencies.wait ?? ((durationMs, signal) => delay(durationMs, undefined, { signal })),
  });
  const actions = Object.values(configuration.actions);
  const named = (request: TargetRequest) => nameTargets(request, 'http', 'it cannot ask who is meant');
  return {
    name: 'http',
    promises: {
      finds: actions.length > 0 && actions.every(({ status }) => status !== undefined),
      fences: false,
      cancels: false,
      dryRuns: false,
    },
    actions: httpActions(configuration),
    resolve: async (request) => named(request),
    resolveAtOnce: named,
    dispatch: (order, context) => caller.dispatch(order, context),
    find: (order, reference, context) => caller.find(order, reference, context),
    callback: (attempt, headers, body) => caller.callback(attempt, headers, body),
    check: () => check(configuration, dependencies.environment),
    close: async () => {},
  };
}

class Caller {
  readonly #configuration: HttpConfiguration;
  readonly #parts: Required<HttpBackendDependencies>;
  readonly #callbacks = new Callbacks();
  readonly #retries: RetryBudget;

  constructor(configuration: HttpConfiguration, parts: Required<HttpBackendDependencies>) {
    this.#configuration = configuration;
    this.#parts = parts;
    this.#retries = new RetryBudget(configuration.retriesPerMinute, parts.now);
  }

  async dispatch(order: AttemptOrder, context: DispatchContext): Promise<ActionResult> {
    if (order.targets.length === 0) {
      return failedResult(order, 'the order has no target: nothing was sent', { neverSent: true });
    }
    const action = this.#actionOf(order.action);
    const headers = await this.#headers(action);
    const callback = this.#callbackUrl(order);
    const body = JSON.stringify(orderBody(order, callback));
    const waiting = this.#callbacks.wait(order.attempt, order.action);
    try {
      const secret = action.secret === undefined ? null : await this.#secret(action.secret);
      const exchanged = await this.#post(
        order,
        action,
        context,
        () => ({
          ...headers,
          'content-type': 'application/json',
          'idempotency-key': order.attempt,
          ...(secret === null ? {} : sign(secret, order.attempt, body, this.#parts.now())),
        }),
        body,
      );
      const judged = judge(order, action, exchanged);
      if (!('wait' in judged)) return orGiven(judged, order, waiting.given());
      const reference = judged.wait ?? (callback === null ? null : 'callback');
      if (reference === null) {
        return unknownResult(order, 'it was taken, and named no address where its result can be seen');
      }
      context.onReference(reference);
      return await this.#follow(order, action, judged.wait, waiting.answer, context);
    } finally {
      waiting.forget();
    }
  }

  async find(order: AttemptOrder, reference: string | null, context: DispatchContext): Promise<FoundAttempt> {
    const action = this.#actionOf(order.action);
    const url = addressOf(order, action, reference);
    const waiting = this.#callbacks.wait(order.attempt, order.action);
    const go = () => ({
      found: 'running' as const,
      reference: reference ?? url ?? 'callback',
      result: this.#follow(order, action, url, waiting.answer, context).finally(waiting.forget),
    });
    if (url === null) {
      if (reference === 'callback') return go();
      waiting.forget();
      return { found: 'not-found', why: `${order.action} names no address where an order is looked for` };
    }
    const seen = await this.#look(action, url, context).catch((error: unknown) => {
      waiting.forget();
      throw error;
    });
    const answer = answerIn(seen);
    if (answer?.outcome === 'running') return go();
    waiting.forget();
    if (answer !== null) return { found: 'ended', result: resultOf(order, answer) };
    // Nothing is known yet, so that it is asked again.
    if (seen.ended !== 'answered') throw new Error(seen.why);
    const what = `${new URL(url).origin} answered ${seen.status} when asked for this order`;
    if (seen.status === 429 || seen.status >= 500) throw new Error(what);
    // Not even a 404 proves it unsent: the order may still be on its way.
    return { found: 'not-found', why: what };
  }

  /** A message to this order's own address. Believed only with a signature of the action's secret. */
  async callback(
    attempt: string,
    headers: Readonly<Record<string, unknown>>,
    body: string,
  ): Promise<CallbackVerdict> {
    const name = this.#callbacks.actionOf(attempt);
    if (name === null) return { verdict: 'unknown' };
    const { secret } = this.#actionOf(name);
    if (secret === undefined)
      return { verdict: 'refused', why: `${name} has no secret to check callbacks by` };
    const problem = signatureProblem(await this.#secret(secret), headers, body, this.#parts.now());
    if (problem !== null) return { verdict: 'refused', why: problem };
    // Else a message about one order, sent to the address of another, would be believed there.
    if (headers['webhook-id'] !== attempt) {
      return { verdict: 'refused', why: 'webhook-id must be the attempt that the message is about' };
    }
    const answer = readAnswer(body);
    if (answer === null) return { verdict: 'malformed', why: 'expected JSON with `outcome`' };
    if (answer.outcome !== 'running') this.#callbacks.give(attempt, answer);
    return { verdict: 'taken' };
  }

  /** Sends once, and again where that cannot do harm: nobody read it, or the other side knows the attempt. */
  async #post(
    order: AttemptOrder,
    action: HttpActionConfiguration,
    context: DispatchContext,
    headers: () => Record<string, string>,
    body: string,
  ): Promise<Exchange> {
    let isDoubtful = false;
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const timeoutMs = Math.max(1, Math.min(action.timeoutMs, order.deadlineAt - this.#parts.now()));
      const { url } = action;
      const exchanged = await exchange(this.#parts.send, {
        method: 'POST',
        url,
        headers: headers(),
        body,
        timeoutMs,
        signal: context.signal,
      });
      const last = isDoubtful ? inDoubt(exchanged, url) : exchanged;
      if (mayBeUnderWay(exchanged)) isDoubtful = true;
      const waitMs = retryAfterMs(exchanged, this.#parts.now()) ?? pauseMs;
      // What nobody took is void past `notAfter`; an order that may be under way has until its deadline.
      const until = isDoubtful ? order.deadlineAt : order.notAfter;
      const goesOn =
        isWorthAgain(exchanged, action) && this.#parts.now() + waitMs < until && this.#retries.take();
      if (!goesOn) return last;
      try {
        await this.#parts.wait(waitMs, context.signal);
      } catch {
        return last;
      }
    }
  }

  /** Until the order ended, by polling or by a callback, or its deadline is there. */
  async #follow(
    order: AttemptOrder,
    action: HttpActionConfiguration,
    url: string | null,
    called: Promise<Answer>,
    context: DispatchContext,
  ): Promise<ActionResult> {
    const leftMs = Math.max(0, order.deadlineAt - this.#parts.now());
    const done = new AbortController();
    const end = AbortSignal.any([context.signal, done.signal]);
    const late = this.#parts.wait(leftMs, end).then(
      () => null,
      () => null,
    );
    const polled = url === null ? new Promise<never>(() => {}) : this.#poll(action, url, end);
    try {
      const answer = await Promise.race([called, polled, late]);
      if (answer !== null) return resultOf(order, answer);
      return unknownResult(order, 'it was taken, and nothing was heard of its end within the deadline');
    } finally {
      done.abort();
    }
  }

  async #poll(action: HttpActionConfiguration, url: string, end: AbortSignal): Promise<Answer | null> {
    while (!end.aborted) {
      // A secret that is being replaced is there again at the next look; the order goes on meanwhile.
      const seen = await this.#look(action, url, { signal: end }).catch(() => null);
      const answer = seen === null ? null : answerIn(seen);
      if (answer !== null && answer.outcome !== 'running') return answer;
      try {
        await this.#parts.wait(action.pollMs, end);
      } catch {}
    }
    return null;
  }

  async #look(
    action: HttpActionConfiguration,
    url: string,
    { signal }: Pick<DispatchContext, 'signal'>,
  ): Promise<Exchange> {
    return exchange(this.#parts.send, {
      method: 'GET',
      url,
      headers: await this.#headers(action),
      timeoutMs: action.timeoutMs,
      signal,
    });
  }

  #actionOf(name: string): HttpActionConfiguration {
    const action = this.#configuration.actions[name.slice('http.'.length)];
    if (action === undefined) throw new Error(`the http backend has no action ${name}`);
    return action;
  }

  #callbackUrl(order: AttemptOrder): string | null {
    const { callback } = this.#configuration;
    if (callback === undefined || this.#actionOf(order.action).secret === undefined) return null;
    return `${callback.replace(/\/+$/, '')}/v1/callbacks/${encodeURIComponent(order.attempt)}`;
  }

  #headers(action: HttpActionConfiguration): Promise<Record<string, string>> {
    return configuredHeaders(action, this.#parts.environment);
  }

  #secret(reference: Parameters<typeof readSecret>[0]): Promise<string> {
    return readSecret(reference, this.#parts.environment);
  }
}

function orderBody(order: AttemptOrder, callback: string | null) {
  const { attempt, incident, resource, step, action, effect, targets, fence } = order;
  return {
    attempt,
    incident,
    resource,
    step,
    action,
    effect,
    targets,
    arguments: order.arguments,
    fence,
    notAfter: new Date(order.notAfter).toISOString(),
    deadline: new Date(order.deadlineAt).toISOString(),
    ...(callback === null ? {} : { callback }),
  };
}

/** Where an order is looked for after a crash: what a former configuration had may be of another origin. */
function addressOf(
  order: AttemptOrder,
  action: HttpActionConfiguration,
  reference: string | null,
): string | null {
  const named = reference === null || reference === 'callback' ? null : reference;
  return statusUrl(action, action.status === undefined ? named : null, order);
}

function answerIn(seen: Exchange): Answer | null {
  return seen.ended === 'answered' && seen.status < 300 ? readAnswer(seen.body) : null;
}

/** Sent, and not known what became of it. */
function mayBeUnderWay(exchanged: Exchange): boolean {
  if (exchanged.ended !== 'answered') return exchanged.ended === 'lost';
  return exchanged.status === 408 || exchanged.status >= 500;
}

/** Only a success tells of an order that an earlier request may have brought: 409 may mean that it is at work. */
function inDoubt(exchanged: Exchange, url: string): Exchange {
  if (exchanged.ended !== 'answered') return { ...exchanged, ended: 'lost' };
  if (exchanged.status < 300) return exchanged;
  const why = `${new URL(url).origin} answered ${exchanged.status} to an order that an earlier request may have brought`;
  return { ended: 'lost', why };
}

/** A result, or that one is to be waited for, at an address or (null) by a callback only. */
function judge(
  order: AttemptOrder,
  action: HttpActionConfiguration,
  exchanged: Exchange,
): ActionResult | { readonly wait: string | null } {
  if (exchanged.ended === 'unsent') return failedResult(order, exchanged.why, { neverSent: true });
  if (exchanged.ended === 'lost') return unknownResult(order, exchanged.why);
  const { status, body, headers } = exchanged;
  const answer = readAnswer(body);
  const said = `${new URL(action.url).origin} answered ${status}`;
  if (status >= 300 && status < 400) {
    return failedResult(order, `${said}: redirections are not followed; correct the url of ${order.action}`);
  }
  if (status === 409 || status === 412 || status === 423) {
    return failedResult(order, answer?.summary ?? `${said}: it refused the order`, { refused: true });
  }
  if (status >= 400 && status < 500 && status !== 408) {
    return failedResult(order, answer?.summary ?? `${said}: it did not take the order`);
  }
  if (status >= 400) return unknownResult(order, `${said}: the order may have been carried out`);
  if (answer !== null && answer.outcome !== 'running') return resultOf(order, answer);
  if (status === 202 || answer !== null) {
    return { wait: statusUrl(action, answer?.status ?? headers.location ?? null, order) };
  }
  if (action.success === 'status') {
    return resultOf(order, { outcome: 'succeeded', summary: `${said}, which is believed` });
  }
  return unknownResult(order, `${said} and did not say what became of the order`);
}

/** A callback can be quicker than the answer, and knows what became of an order whose answer did not come. */
function orGiven(judged: ActionResult, order: AttemptOrder, given: Answer | null): ActionResult {
  return judged.outcome === 'unknown' && given !== null ? resultOf(order, given) : judged;
}

/** Only of the same origin: the headers of the action, secrets among them, go there. */
function statusUrl(
  action: HttpActionConfiguration,
  named: string | null,
  order: AttemptOrder,
): string | null {
  if (named !== null && URL.canParse(named, action.url)) {
    const url = new URL(named, action.url);
    if (url.origin === new URL(action.url).origin) return url.href;
  }
  return action.status?.replaceAll('{attempt}', encodeURIComponent(order.attempt)) ?? null;
}

function isWorthAgain(exchanged: Exchange, { idempotent }: HttpActionConfiguration): boolean {
  if (exchanged.ended === 'unsent') return true;
  if (exchanged.ended === 'answered' && exchanged.status === 429) return true;
  return idempotent && mayBeUnderWay(exchanged);
}

/** `Retry-After`, RFC 9110: seconds or a date. */
function retryAfterMs(exchanged: Exchange, nowMs: number): number | null {
  if (exchanged.ended !== 'answered') return null;
  const given = exchanged.headers['retry-after'];
  if (given === undefined) return null;
  if (/^\d{1,6}$/.test(given)) return Number(given) * 1_000;
  const at = Date.parse(given);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}
