import type { ActionFacts, ActionResult, AttemptOrder, TargetResolution } from '@prunella/core';
import { type Finding, well } from '../../doctor/finding.ts';
import type { Backend, BackendHealth, DispatchContext, FoundAttempt, TargetRequest } from '../backend.ts';
import { sign } from '../http/signature.ts';
import { callOf, saltActions } from './actions.ts';
import type { SaltClient } from './client.ts';
import type { EventFeed } from './event-feed.ts';
import { examineSalt, webhookFinding } from './examine.ts';
import { hookAnswersFinding } from './examine-hooks.ts';
import { HeardMinions } from './heard-minions.ts';
import { HookJobs } from './hook-jobs.ts';
import { takeHookTurn } from './hook-turn.ts';
import type { HttpAnswer, Transport } from './http.ts';
import type { Limits } from './limits.ts';
import { remedyFor } from './remedy.ts';
import { resolveTargets } from './resolve-targets.ts';
import { neverSent } from './result.ts';
import { RollCall } from './roll-call.ts';
import { SaltError } from './salt-error.ts';
import { isRecord } from './value.ts';
import type { SaltWatch } from './watch/salt-watch.ts';
import type { WatchedNode } from './watch/signals.ts';

export interface HookBackendOptions {
  /** Of salt-api. */
  readonly url: URL;
  readonly transport: Transport;
  /** Where its hooks are, such as `/hook`. */
  readonly hookPath: string;
  readonly secret: () => Promise<string>;
  /** Whether requests are signed with the secret; else it travels in their body, as in the article. */
  readonly signed: boolean;
  readonly timeoutMs: number;
  /** One request at a time: two at once break salt-api until it is restarted. */
  readonly limits: Limits;
  /** Beside the hooks, where a login was configured: targets are then resolved and pinged, and jobs found. */
  readonly client: SaltClient | null;
  readonly feed: EventFeed | null;
  readonly watch: SaltWatch | null;
  /** The declared nodes with a target. */
  readonly nodes: readonly WatchedNode[];
}

const withHook = ['state.highstate', 'service.start', 'service.stop', 'service.restart', 'service.reload'];

export const hookActions: ReadonlyMap<string, ActionFacts> = new Map(
  [...saltActions]
    .filter(([action]) => withHook.includes(action.slice('salt.'.length)))
    .map(([action, { dryRuns: _, ...facts }]) => [action, facts]),
);

/** A turn that does not end by then is of something that hangs, and does not keep a repair for ever. */
const turnPatienceMs = 5_000;
/** To minions, each to others. */
const questionsAtOnce = 10;
/** No reactor serves it. */
const doctorsHook = 'prunella/doctor';

/** Salt through the article's webhooks. A hook's `success` says that it was taken, never that anything ran. */
export class SaltHookBackend implements Backend {
  readonly name = 'salt';
  readonly actions = hookActions;
  readonly promises = { finds: false, fences: false, cancels: false, dryRuns: false };
  readonly #options: HookBackendOptions;
  readonly watch: SaltWatch | null;
  readonly #jobs: HookJobs | null;
  readonly #rollCall: RollCall | null;

  constructor(options: HookBackendOptions) {
    this.#options = options;
    const { client, feed, watch } = options;
    this.#jobs = client && feed && new HookJobs(client, feed);
    this.#rollCall = client && feed && new RollCall(client, feed, watch, new HeardMinions(), questionsAtOnce);
    this.watch = options.watch;
  }

  async resolve(request: TargetRequest): Promise<TargetResolution> {
    return this.#rollCall === null ? meantByName(request) : resolveTargets(this.#rollCall, request);
  }

  /** A master that can be asked is asked who answers. */
  resolveAtOnce(request: TargetRequest): TargetResolution | null {
    return this.#rollCall === null ? meantByName(request) : null;
  }

  async dispatch(order: AttemptOrder, context: DispatchContext): Promise<ActionResult> {
    const call = callOf(order.action, order.arguments);
    const target = targetOf(order);
    if (call.hook === null)
      throw new SaltError('salt-argument', `there is no webhook for ${order.action}`, false);
    if (target === null) return neverSent('the order has no target: nothing was sent');
    const body = {
      ...target,
      ...(call.service === null ? {} : { args: call.service }),
      attempt: order.attempt,
    };
    const stopWatching = (await this.#jobs?.watch()) ?? null;
    try {
      const posted = await this.#postInTurn(call.hook, body, order, context);
      if (posted.neverSent || stopWatching === null || this.#jobs === null) return posted;
      const verified = await this.#jobs.verify(order, call, context);
      if (verified) return verified;
      return { ...posted, summary: `${posted.summary}; the Salt master shows no job of it` };
    } finally {
      stopWatching?.();
    }
  }

  /** Nobody's webhook is beside it, as far as this machine knows. What it gives is `unknown` or `neverSent`. */
  async #postInTurn(
    hook: string,
    body: Readonly<Record<string, string>>,
    order: AttemptOrder,
    context: DispatchContext,
  ): Promise<ActionResult> {
    const { limits, url } = this.#options;
    const secret = await this.#options.secret();
    const release = await limits.enter([], order.notAfter - context.now(), context.signal);
    if (!release) return neverSent('another webhook was under way until its time was over: nothing was sent');
    const patienceMs = Math.min(turnPatienceMs, order.notAfter - context.now());
    const giveTurnBack = await takeHookTurn(url, patienceMs, context.signal);
    try {
      if (context.now() > order.notAfter) return neverSent('its time was over before it could be sent');
      const answer = await this.#post(hook, this.#sealed(hook, body, order, secret, context), context.signal);
      return this.#judge(answer, hook, order, context);
    } catch (error) {
      if (!(error instanceof SaltError) || !error.maybeTaken) throw error;
      return unknown(order, `${error.message}; whether the webhook was taken is not known`);
    } finally {
      giveTurnBack?.();
      release();
    }
  }

  /** With the secret, or with a signature of it that the reactor takes once and until the time is over. */
  #sealed(
    hook: string,
    body: Readonly<Record<string, string>>,
    order: AttemptOrder,
    secret: string,
    context: DispatchContext,
  ): SealedBody {
    if (!this.#options.signed) {
      return { text: new URLSearchParams({ ...body, secretkey: secret }).toString(), headers: {} };
    }
    const text = new URLSearchParams({ ...body, hook, not_after: String(order.notAfter) }).toString();
    return { text, headers: { ...sign(secret, order.attempt, text, context.now()) } };
  }

  async find(
    order: AttemptOrder,
    _reference: string | null,
    context: DispatchContext,
  ): Promise<FoundAttempt> {
    if (this.#jobs) return this.#jobs.find(order, callOf(order.action, order.arguments), context);
    return { found: 'not-found', why: 'a webhook leaves nothing by which it could be found again' };
  }

  async check(signal: AbortSignal): Promise<BackendHealth> {
    const { url, timeoutMs, transport } = this.#options;
    const remedy =
      'Check that salt-api runs, that "url" is right, and that webhook_disable_auth is set for it.';
    try {
      const headers = { accept: 'application/json' };
      const answer = await transport.send({ method: 'GET', url, headers, timeoutMs, signal });
      if (answer.status === 200 && answer.text.includes('"clients"')) {
        return {
          ok: true,
          detail: `salt-api answers at ${url.origin}; its answer to a webhook does not tell what ran`,
        };
      }
      return {
        ok: false,
        problem: `${url.origin} answered ${answer.status}, and not as salt-api does`,
        remedy,
      };
    } catch (error) {
      return { ok: false, problem: error instanceof Error ? error.message : String(error), remedy };
    }
  }

  async examine(signal: AbortSignal, installation: string | null): Promise<readonly Finding[]> {
    const { client, hookPath, nodes } = this.#options;
    const health = await this.check(signal);
    const reached: Finding = health.ok
      ? well('salt-reachable', health.detail)
      : {
          check: 'salt-reachable',
          state: 'problem',
          what: health.problem,
          why: 'until salt-api answers, no webhook is sent',
          remedy: health.remedy,
        };
    const unverified: Finding = {
      check: 'salt-fences',
      state: 'warning',
      what: 'repairs go through webhooks: nothing on the minions refuses an order that was overtaken or comes late',
      why: client
        ? 'the job of a webhook is looked for and judged afterwards, if the reactor keeps `attempt`; the answer to the webhook itself says nothing of what ran'
        : 'the answer says nothing of what ran: each attempt has an unknown outcome until the applications and the probe tell',
      remedy: 'use `mode: api` (salt/README.md)',
    };
    const open = health.ok ? await this.#openness(signal, client === null) : [];
    const beside =
      client && (await examineSalt({ client, nodes, fences: true, hookPath, installation }, signal));
    // Without the module there are no fences, and hooks have none in any case.
    return [reached, unverified, ...open, ...(beside ?? []).filter(({ check }) => check !== 'salt-module')];
  }

  /** `alone`: nobody else says whether hooks are open. */
  async #openness(signal: AbortSignal, alone: boolean): Promise<readonly Finding[]> {
    const { url, hookPath, timeoutMs, transport } = this.#options;
    const page = new URL(hookPath.replace(/^\/+/, ''), url);
    const headers = { accept: 'application/json' };
    const request = { method: 'GET', url: page, headers, timeoutMs, signal } as const;
    const answer = await transport.send(request).catch((error: unknown) => {
      if (error instanceof SaltError) return error;
      throw error;
    });
    if (answer instanceof SaltError) {
      return [
        {
          check: 'salt-webhooks',
          state: 'unknown',
          what: `the webhooks could not be looked at: ${answer.message}`,
          why: 'salt-api answered a moment before, so it ended or hangs now',
          remedy: remedyFor(answer),
        },
      ];
    }
    const isOpen = answer.status === 405;
    return [
      ...(alone ? [await webhookFinding(answer.status, url, hookPath)] : []),
      ...(isOpen ? [await hookAnswersFinding(url.origin, () => this.#postHarmless(signal))] : []),
    ];
  }

  async #postHarmless(signal: AbortSignal): Promise<HttpAnswer | null> {
    const giveTurnBack = await takeHookTurn(this.#options.url, turnPatienceMs, signal);
    if (!giveTurnBack) return null;
    try {
      return await this.#post(doctorsHook, { text: '', headers: {} }, signal);
    } finally {
      giveTurnBack();
    }
  }

  async close(): Promise<void> {
    this.#options.feed?.close();
  }

  #post(hook: string, body: SealedBody, signal: AbortSignal): Promise<HttpAnswer> {
    const { url, hookPath, timeoutMs, transport } = this.#options;
    const path = `${hookPath.replace(/^\/+|\/+$/g, '')}/${hook}`;
    return transport.send({
      method: 'POST',
      url: new URL(path, url),
      headers: {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
        ...body.headers,
      },
      body: body.text,
      timeoutMs,
      signal,
    });
  }

  #judge(answer: HttpAnswer, hook: string, order: AttemptOrder, context: DispatchContext): ActionResult {
    const where = `salt-api at ${this.#options.url.origin}`;
    if (answer.status >= 500) {
      return unknown(
        order,
        `${where} answered ${answer.status}: it may have taken the webhook, and it may answer so until it is restarted`,
      );
    }
    if (answer.status !== 200) {
      const why = answer.status === 401 ? ': set webhook_disable_auth in its configuration' : '';
      return neverSent(`${where} refused the webhook ${hook} with ${answer.status}${why}`);
    }
    const success = successOf(answer.text);
    if (success === false) return neverSent(`${where} could not pass the webhook on to its Salt master`);
    if (success === null) return unknown(order, `${where} answered something else than salt-api does`);
    context.onReference(`hook:${hook}`);
    return unknown(
      order,
      `unverified dispatch: ${where} took the webhook ${hook}; whether it ran anywhere only the applications and the probe can tell`,
    );
  }
}

interface SealedBody {
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Whom else an expression means only the Salt master knows. */
function meantByName({ target, failing, declared }: TargetRequest): TargetResolution {
  const meant = target.select === 'failing-nodes' ? failing : declared;
  return {
    resolved: false,
    targets: meant.map((each) => ({ id: each.target, responding: null, node: each.node })),
  };
}

/** As the article sends it. An expression is sent as it was written unless it was resolved. */
function targetOf(order: AttemptOrder): { readonly tgt: string; readonly matcher: string } | null {
  if (!order.resolved && order.target.select === 'expression') {
    return { tgt: order.target.expression, matcher: order.target.matcher };
  }
  const [first, ...others] = order.targets;
  if (first === undefined) return null;
  if (others.length === 0) return { tgt: first, matcher: 'glob' };
  return { tgt: order.targets.join(','), matcher: 'list' };
}

function unknown(order: AttemptOrder, summary: string): ActionResult {
  const detail = 'not known';
  return {
    outcome: 'unknown',
    summary,
    targets: order.targets.map((id) => ({ id, outcome: 'unknown', detail, fenced: false })),
  };
}

function successOf(text: string): boolean | null {
  try {
    const body: unknown = JSON.parse(text);
    return isRecord(body) && typeof body['success'] === 'boolean' ? body['success'] : null;
  } catch {
    return null;
  }
}
