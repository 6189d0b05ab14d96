import type { ActionResult, AttemptOrder, TargetOutcome, TargetResolution } from '@prunella/core';
import type { DispatchContext, FoundAttempt, TargetRequest } from '../backend.ts';
import { listedNames } from '../name-targets.ts';
import { type OrderedCall, saltActions } from './actions.ts';
import type { JobState, SaltClient, SaltFunction } from './client.ts';
import type { EventFeed } from './event-feed.ts';
import { metadataOf } from './fenced-call.ts';
import { hideSecrets } from './hide-secrets.ts';
import { type Judgement, judge } from './judge.ts';
import { resultOf } from './result.ts';
import { SaltError } from './salt-error.ts';
import { entryOf, isRecord } from './value.ts';

/** Each question costs the master a process; the event of the return ends the wait at once. */
const asking = { firstMs: 300, longestMs: 5_000 };
/** Orchestrations that are looked through for the one of an attempt. */
const mostLookedAt = 20;

/** Orders to the master itself: runners, orchestrations, new servers. A runner's `success` means nothing by itself. */
export class RunnerOrders {
  readonly #client: SaltClient;
  readonly #feed: EventFeed;

  constructor(client: SaltClient, feed: EventFeed) {
    this.#client = client;
    this.#feed = feed;
  }

  /**
   * What the playbook declares and nobody asks for: a server that is to be made answers no ping. Null for all other
   * actions, and where only Salt can read the expression.
   */
  targetsOf({ action, target, failing, declared }: TargetRequest): TargetResolution | null {
    if (saltActions.get(action)?.highestAutonomy !== 'ask') return null;
    if (target.select === 'expression' && target.matcher !== 'list') return null;
    const ids =
      target.select === 'failing-nodes' ? failing.map((node) => node.target) : listedNames(target.expression);
    return {
      resolved: true,
      targets: [...new Set(ids)].sort().map((id) => {
        const node = declared.find((one) => one.target === id)?.node;
        return { id, responding: null, ...(node === undefined ? {} : { node }) };
      }),
    };
  }

  /** Throws `SaltError` only where nothing can have been sent. */
  async perform(order: AttemptOrder, call: OrderedCall, context: DispatchContext): Promise<ActionResult> {
    let jid: string;
    try {
      const timeoutMs = order.deadlineAt - context.now();
      jid = await this.#client.startRunner(sent(order, call), { timeoutMs, signal: context.signal });
    } catch (error) {
      if (!(error instanceof SaltError) || !error.maybeTaken) throw error;
      // What runs on the master keeps no metadata, so there is nothing by which it could be told from others.
      return all(order, call, 'unknown', `${error.message}; whether the order was taken is not known`);
    }
    context.onReference(jid);
    return this.#follow(jid, order, call, context);
  }

  /** By the reference; an orchestration without one by the attempt in its pillar, once it has ended. */
  async find(
    order: AttemptOrder,
    call: OrderedCall,
    reference: string | null,
    context: DispatchContext,
  ): Promise<FoundAttempt> {
    const jid = reference ?? (await this.#search(order, call, context));
    if (jid !== null) {
      return { found: 'running', reference: jid, result: this.#follow(jid, order, call, context) };
    }
    return {
      found: 'not-found',
      why: 'the Salt master keeps nothing by which this order could be told from others',
    };
  }

  async #search(order: AttemptOrder, call: OrderedCall, context: DispatchContext): Promise<string | null> {
    if (call.function !== 'state.orchestrate') return null;
    const jids = await this.#client.runnerJobs(call.function, context.signal);
    for (const jid of jids.slice(-mostLookedAt).reverse()) {
      const state = await this.#client.job(jid, context.signal);
      const ended = state && returnOf(state);
      if (ended && JSON.stringify(ended.arguments).includes(JSON.stringify(order.attempt))) return jid;
    }
    // The master tells of an orchestration once it has ended.
    if (context.now() > order.deadlineAt) return null;
    throw new SaltError(
      'salt-busy',
      'no orchestration of this attempt has ended, one may be under way',
      false,
    );
  }

  async #follow(
    jid: string,
    order: AttemptOrder,
    call: OrderedCall,
    context: DispatchContext,
  ): Promise<ActionResult> {
    let wake = () => {};
    const stop = this.#feed.listenToAll((tag) => {
      if (tag === `salt/run/${jid}/ret`) wake();
    });
    let problem = '';
    try {
      for (let waitMs = asking.firstMs; ; waitMs = Math.min(asking.longestMs, waitMs * 2)) {
        try {
          const state = await this.#client.job(jid, context.signal);
          const ended = state && returnOf(state);
          if (ended) {
            const { outcome, detail } = judgeRunner(call, ended);
            return all(order, call, outcome === 'refused' ? 'failed' : outcome, detail);
          }
          problem = '';
        } catch (error) {
          if (!(error instanceof SaltError)) throw error;
          problem = ` (${error.message})`;
        }
        const leftMs = order.deadlineAt - context.now();
        if (leftMs <= 0 || context.signal.aborted) {
          return all(order, call, 'unknown', `no return of job ${jid} by the deadline${problem}`);
        }
        await new Promise<void>((resolve) => {
          const end = () => {
            clearTimeout(timer);
            context.signal.removeEventListener('abort', end);
            resolve();
          };
          const timer = setTimeout(end, Math.min(waitMs, leftMs));
          context.signal.addEventListener('abort', end, { once: true });
          wake = end;
        });
      }
    } finally {
      stop();
    }
  }
}

/** An orchestration is told whose it is, and for which targets. */
function sent(order: AttemptOrder, call: OrderedCall): SaltFunction {
  const args = call.parameters.map(({ value }) => value);
  if (call.function !== 'state.orchestrate') return { name: call.function, args, kwargs: call.keywords };
  const own = entryOf(metadataOf(order), 'prunella');
  const about = { ...(isRecord(own) ? own : {}), resource: order.resource, targets: order.targets };
  const given = entryOf(call.keywords, 'pillar');
  return {
    name: call.function,
    args,
    kwargs: { pillar: { ...(isRecord(given) ? given : {}), prunella: about } },
  };
}

interface RunnerReturn {
  readonly value: unknown;
  readonly success: unknown;
  readonly arguments: unknown;
}

/** The master gives it as the one return of a job, under its own name. */
function returnOf({ returns }: JobState): RunnerReturn | null {
  for (const { value } of returns.values()) {
    if (isRecord(value) && 'return' in value) {
      return { value: value['return'], success: value['success'], arguments: value['fun_args'] ?? [] };
    }
  }
  return null;
}

/** What a runner gave back, by what it was. */
function judgeRunner(call: OrderedCall, given: Omit<RunnerReturn, 'arguments'>): Judgement {
  const { value, success } = given;
  const retcode = success === true ? 0 : 1;
  if (typeof value === 'string' && /^Exception occurred in runner /.test(value)) {
    // The last line of the traceback is the error; the rest are paths.
    const lines = value.trim().split('\n');
    return {
      outcome: 'failed',
      detail: hideSecrets(`${call.function} failed: ${lines.at(-1)}`.slice(0, 4_000)).slice(0, 300),
    };
  }
  if (call.function === 'state.orchestrate') {
    const data = isRecord(value) ? entryOf(value, 'data') : undefined;
    const [states] = isRecord(data) ? Object.values(data) : [];
    return judge(call, { value: states, retcode });
  }
  if (call.function === 'salt.cmd') return judgeServers(call, value, retcode);
  return judge(call, { value, retcode });
}

/** Salt says `success` also for a profile that there is not. */
function judgeServers(call: OrderedCall, value: unknown, retcode: number): Judgement {
  const names = entryOf(call.keywords, 'names');
  const wanted = Array.isArray(names) ? names.map(String) : [];
  const made = wanted.filter((name) => {
    const one = isRecord(value) ? entryOf(value, name) : undefined;
    return isRecord(one) && Object.keys(one).length > 0 && !('Error' in one) && !('Errors' in one);
  });
  if (retcode === 0 && made.length === wanted.length) {
    return { outcome: 'succeeded', detail: `made ${made.join(', ')}` };
  }
  // What a provider tells of a server may hold its first password.
  const told = hideSecrets((JSON.stringify(value) ?? 'nothing').slice(0, 4_000)).slice(0, 200);
  return { outcome: 'failed', detail: `made ${made.length} of ${wanted.length} servers: ${told}` };
}

/** One job for all of them, so they share what became of it. */
function all(
  order: AttemptOrder,
  call: OrderedCall,
  outcome: TargetOutcome['outcome'],
  detail: string,
): ActionResult {
  return resultOf(
    call.function,
    order.targets.map((id) => ({ id, outcome, detail, fenced: false })),
  );
}
