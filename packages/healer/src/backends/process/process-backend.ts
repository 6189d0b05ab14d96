import { setTimeout as delay } from 'node:timers/promises';
import type { ActionFacts, ActionResult, AttemptOrder, TargetResolution } from '@prunella/core';
import { type Finding, messageOf, well } from '../../doctor/finding.ts';
import type { Source } from '../../sources/source.ts';
import type { Backend, BackendHealth, DispatchContext, FoundAttempt } from '../backend.ts';
import { dependenciesOf, type ProcessConfiguration, type ServiceConfiguration } from './configuration.ts';
import type { ServiceDefinition } from './definition.ts';
import { type Dependants, dependantsOfOrder } from './dependants.ts';
import { type Dependencies, startOrder } from './dependencies.ts';
import { createExitSource } from './exit-source.ts';
import type { RunnerStatus, RunnerVerb } from './messages.ts';
import { askStatus, createRunnerClient, type RunnerClient } from './runner-client.ts';
import { findOrder, type OrderContext, type ServiceAnswer, sendOrder } from './send-order.ts';
import { nameTargets } from './targets.ts';

const startLookMs = 25;

export interface ProcessBackendDependencies {
  /** Where runners keep their records, a folder for each service. Absolute. */
  readonly stateFolder: string;
  /** Every declared node with a target; a service is the one whose name the target is. */
  readonly nodes: readonly { readonly resource: string; readonly node: string; readonly target: string }[];
  /** Told what a person should know and nothing else says, such as a runner that cannot be reached. */
  readonly onProblem?: (text: string) => void;
}

export interface ProcessBackend extends Backend {
  /** Starts the runners that are missing, and by them the services never started before. */
  start(): Promise<void>;
  /** Signals of type `process.exit`. Its `start` does what the backend's does, too, and never rejects. */
  readonly exits: Source;
}

/** A runner that takes a connection and does not say its status in this time is stopped or stuck. */
const statusWithinMs = 3_000;

const verbs: ReadonlyMap<string, RunnerVerb> = new Map([
  ['process.start', 'start'],
  ['process.restart', 'restart'],
  ['process.stop', 'stop'],
  ['process.apply', 'apply'],
]);

/** What each action does and may do at most; known without a configured service. */
export const processActions: ReadonlyMap<string, ActionFacts> = new Map(
  (['start', 'restart', 'stop', 'apply'] as const).map((verb) => {
    const action = `process.${verb}`;
    const effect = verb === 'start' || verb === 'apply' ? 'repairs' : 'disrupts';
    return [action, { action, effect, highestAutonomy: 'auto' }];
  }),
);

/** Repairs declared local services, each through a small runner that outlives the healer and checks fences. */
export function createProcessBackend(
  configuration: ProcessConfiguration,
  dependencies: ProcessBackendDependencies,
): ProcessBackend {
  const clients = new Map<string, RunnerClient>();
  for (const [service, settings] of Object.entries(configuration.services)) {
    clients.set(service, createRunnerClient(toDefinition(service, settings), dependencies.stateFolder));
  }
  const names = new Set(clients.keys());
  const watched = dependencies.nodes.flatMap(({ resource, node, target }) => {
    const client = clients.get(target);
    return client === undefined ? [] : [{ client, resource, node }];
  });
  const onProblem = dependencies.onProblem ?? (() => {});
  const exits = createExitSource(watched, onProblem);
  const dependsOn = dependenciesOf(configuration.services);
  const ensureAll = () => startInOrder(dependsOn, clients, onProblem);
  /** One service that cannot be supervised must not keep the healer from all else. */
  const ensureThoseThatCan = async () => {
    await startInOrder(dependsOn, clients, onProblem, (client, error) => {
      onProblem(`${client.service} is not supervised now: ${String(error)}`);
    });
  };

  return {
    name: 'process',
    promises: { finds: true, fences: true, cancels: false, dryRuns: false },
    actions: processActions,
    start: ensureAll,
    exits: { ...exits, start: (accept) => ensureThoseThatCan().then(() => exits.start(accept)) },
    resolve: async (request) => {
      const named = nameTargets(request, names);
      if ('error' in named) return { resolved: true, targets: [], error: named.error };
      const targets = named.targets.map(async (target) => {
        const client = clients.get(target.id);
        return { ...target, responding: client !== undefined && (await answers(client)) };
      });
      const why = startsServices(request.action) ? await whyNoneStarts(named.targets, clients) : null;
      return why === null
        ? { resolved: true, targets: await Promise.all(targets) }
        : { resolved: true, targets: [], ...why };
    },
    dispatch: (order, context) => dispatch(order, context, clients, dependsOn),
    find: (order, _reference, context) => find(order, context, clients, dependsOn),
    check: (signal) => check(clients, signal),
    examine: (signal) => examine(clients, signal),
    remaining: (signal) => remaining(clients, signal),
    close: () => exits.stop(),
  };
}

async function dispatch(
  order: AttemptOrder,
  context: DispatchContext,
  clients: ReadonlyMap<string, RunnerClient>,
  dependencies: Dependencies,
): Promise<ActionResult> {
  const verb = verbs.get(order.action);
  if (verb === undefined) throw new Error(`the process backend has no action ${order.action}`);
  const given = Object.keys(order.arguments);
  if (given.length > 0) {
    throw new Error(
      `${order.action} takes no arguments; remove ${given.join(', ')} from the step ${order.step}`,
    );
  }
  const orderContext = toOrderContext(order, context);
  const dependants = await dependantsOfOrder(order, verb, clients, dependencies, orderContext);
  await dependants.hold();
  const answers = order.targets.map((target) => {
    const client = clients.get(target);
    return client === undefined ? undeclared(target) : sendOrder(client, verb, order, orderContext);
  });
  return withDependants(toResult(await Promise.all(answers)), dependants);
}

/**
 * They start again where their dependencies run, and where the order itself came to nothing; else they go on waiting
 * for the next attempt. What was done to them was done: such an order is not one that was never sent.
 */
async function withDependants(result: ActionResult, dependants: Dependants): Promise<ActionResult> {
  const { neverSent = false, ...rest } = result;
  const failures = neverSent ? await dependants.giveBack() : await dependants.release();
  const summary = [`${result.summary}${dependants.told()}`, ...failures].join('; ');
  const outcome = failures.length > 0 && result.outcome === 'succeeded' ? 'failed' : result.outcome;
  return { ...rest, summary, outcome, ...(neverSent && !dependants.touched() ? { neverSent } : {}) };
}

async function find(
  order: AttemptOrder,
  context: DispatchContext,
  clients: ReadonlyMap<string, RunnerClient>,
  dependencies: Dependencies,
): Promise<FoundAttempt> {
  const orderContext = toOrderContext(order, context);
  const found = await Promise.all(
    order.targets.map(async (target) => {
      const client = clients.get(target);
      return client === undefined
        ? ({ found: 'not-found', why: `${target} is no declared service any more` } as const)
        : findOrder(client, order, orderContext);
    }),
  );
  const verb = verbs.get(order.action) ?? 'start';
  const dependants = await dependantsOfOrder(order, verb, clients, dependencies, orderContext);
  await dependants.recall();
  const lost = found.find((one) => one.found === 'not-found');
  if (lost !== undefined) {
    await dependants.release();
    return lost;
  }
  if (found.every((one) => one.found === 'never-sent') && !dependants.touched()) {
    return { found: 'never-sent' };
  }
  const answers = found.map((one, index) =>
    one.found === 'ended' || one.found === 'running' ? one.answer : undelivered(order.targets[index] ?? ''),
  );
  const result = Promise.all(answers).then((all) => withDependants(toResult(all), dependants));
  if (found.some((one) => one.found === 'running')) {
    return { found: 'running', reference: order.attempt, result };
  }
  return { found: 'ended', result: await result };
}

/** How long a service waits for those that it depends on, when all are started. */
const startPatienceMs = 60_000;

/** Runners start their services by themselves, so each comes when those before it run. */
async function startInOrder(
  dependencies: Dependencies,
  clients: ReadonlyMap<string, RunnerClient>,
  onProblem: (text: string) => void,
  onFailure?: (client: RunnerClient, error: unknown) => void,
): Promise<void> {
  const begun = new Map<string, Promise<void>>();
  const begin = async (service: string): Promise<void> => {
    const client = clients.get(service);
    if (client === undefined) return;
    const before = Object.keys(dependencies.get(service) ?? {});
    await Promise.all(before.map((other) => begun.get(other)?.catch(() => {})));
    const absent = await absentOf(before, clients);
    if (absent.length > 0) {
      onProblem(`${service} is started although ${absent.join(', ')} does not run, which it depends on`);
    }
    await client.ensure().catch((error: unknown) => {
      if (onFailure === undefined) throw error;
      onFailure(client, error);
    });
  };
  for (const service of startOrder(dependencies)) begun.set(service, begin(service));
  await Promise.all(begun.values());
}

async function absentOf(
  services: readonly string[],
  clients: ReadonlyMap<string, RunnerClient>,
): Promise<readonly string[]> {
  const patience = AbortSignal.timeout(startPatienceMs);
  const waited = services.map(async (service) => {
    const client = clients.get(service);
    return client === undefined || (await runsSoon(client, patience)) ? [] : [service];
  });
  return (await Promise.all(waited)).flat();
}

/** False where it will not by itself: it exited, was stopped, is in maintenance, or its runner is not there. */
async function runsSoon(client: RunnerClient, patience: AbortSignal): Promise<boolean> {
  while (!patience.aborted) {
    const status = await askStatus(client, patience).catch(() => null);
    if (status === null) return false;
    if (status.state === 'running') return true;
    if (status.state !== 'starting' && status.state !== 'never-started') return false;
    // While the healer starts there may be nothing else to keep its process alive; patience ends this wait.
    await delay(startLookMs);
  }
  return false;
}

function toOrderContext(order: AttemptOrder, context: DispatchContext): OrderContext {
  let told = false;
  const onTaken = () => {
    if (!told) context.onReference(order.attempt);
    told = true;
  };
  return { signal: context.signal, now: context.now, onTaken };
}

function toResult(answers: readonly ServiceAnswer[]): ActionResult {
  const targets = answers.map((answer) => answer.outcome);
  const summary = targets.map(({ id, detail }) => `${id}: ${detail}`).join('; ') || 'no target was given';
  const neverSent = answers.every((answer) => !answer.taken);
  const outcome = targets.some((target) => target.outcome === 'unknown')
    ? 'unknown'
    : targets.length > 0 && targets.every((target) => target.outcome === 'succeeded')
      ? 'succeeded'
      : 'failed';
  return { outcome, summary, targets, ...(neverSent ? { neverSent } : {}) };
}

function undeclared(id: string): Promise<ServiceAnswer> {
  const detail = 'no such service is declared for the process backend';
  return Promise.resolve({ outcome: { id, outcome: 'failed', detail, fenced: true }, taken: false });
}

function undelivered(id: string): ServiceAnswer {
  return {
    outcome: { id, outcome: 'failed', detail: 'the order was never sent', fenced: true },
    taken: false,
  };
}

async function answers(client: RunnerClient): Promise<boolean> {
  try {
    await client.ensure();
    return true;
  } catch {
    return false;
  }
}

function startsServices(action: string): boolean {
  return action === 'process.start' || action === 'process.restart';
}

/**
 * Where all are in maintenance each order would be refused, again and again: nobody is asked to approve one, and
 * whoever looks sees what is to be mended. Null where one may start.
 */
async function whyNoneStarts(
  targets: readonly { readonly id: string }[],
  clients: ReadonlyMap<string, RunnerClient>,
): Promise<Pick<TargetResolution, 'error' | 'remedy'> | null> {
  const statuses = await Promise.all(
    targets.map(({ id }) => {
      const client = clients.get(id);
      return client === undefined ? null : askStatus(client, AbortSignal.timeout(2_000)).catch(() => null);
    }),
  );
  const maintained = statuses.filter((status) => status?.state === 'maintenance');
  if (maintained.length === 0 || maintained.length < targets.length) return null;
  const clearing = maintained.map((status) => `prunella clear ${status?.service}`);
  return {
    error: maintained
      .map((status, index) => `${status?.detail}. Mend it, then: ${clearing[index]}`)
      .join('; '),
    remedy: clearing.length === 1 ? clearing.join() : `each when it is mended: ${clearing.join(', ')}`,
  };
}

async function check(
  clients: ReadonlyMap<string, RunnerClient>,
  signal: AbortSignal,
): Promise<BackendHealth> {
  const details: string[] = [];
  try {
    for (const client of clients.values()) {
      const status = await askStatus(client, signal);
      if (status === null) return stuck(client);
      const how = client.launched() ? 'its runner was started now' : 'its runner was found alive';
      details.push(`${status.detail} (${how})`);
    }
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { ok: false, problem, remedy: 'start the healer: it starts the runners of all declared services' };
  }
  return { ok: true, detail: details.join('; ') || 'no service is declared' };
}

/** One finding a service, from its runner as it is: none is started for it. */
async function examine(
  clients: ReadonlyMap<string, RunnerClient>,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  return Promise.all([...clients.values()].map((client) => examineService(client, signal)));
}

async function examineService(client: RunnerClient, signal: AbortSignal): Promise<Finding> {
  const check = 'process-services';
  const limit = AbortSignal.any([signal, AbortSignal.timeout(statusWithinMs)]);
  const status = await askStatus(client, limit).catch((error: unknown) => messageOf(error));
  if (status === null) {
    const { problem, remedy } = stuck(client);
    const why = 'until it answers, its service can be neither repaired nor watched';
    return { check, state: 'problem', what: problem, why, remedy };
  }
  if (typeof status === 'string') {
    return {
      check,
      state: 'warning',
      what: `the service ${client.service} has no runner now (${status})`,
      why: 'the healer starts it when it starts; while a healer runs, this is a runner that was ended from outside',
      remedy: 'start the healer, or look whether something ends its runners',
    };
  }
  return well(check, `${status.detail}, under its runner (pid ${status.runnerPid})`);
}

/** Of runners that do not answer nothing is known. */
async function remaining(
  clients: ReadonlyMap<string, RunnerClient>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const asked = [...clients.values()].map((client) => askStatus(client, signal).catch(() => null));
  return (await Promise.all(asked)).flatMap((status) => (status === null ? [] : [goesOn(status)]));
}

function goesOn({ service, pid, runnerPid, detail }: RunnerStatus): string {
  return pid === null
    ? `${detail}; its runner (pid ${runnerPid}) goes on`
    : `${service} (pid ${pid}) goes on under its runner (pid ${runnerPid})`;
}

function stuck(client: RunnerClient): Extract<BackendHealth, { ok: false }> {
  return {
    ok: false,
    problem: `the runner of ${client.service} takes connections and does not answer`,
    remedy:
      'see whether it is stopped or waits for its disk; where it does not go on, end it: the next one takes over',
  };
}

function toDefinition(service: string, settings: ServiceConfiguration): ServiceDefinition {
  const { command, folder, environment, apply, settleMs, stopSignal, stopTimeoutMs, backoff, maintenance } =
    settings;
  return {
    service,
    command,
    workingDirectory: folder,
    environment,
    settleMs,
    stopSignal,
    stopTimeoutMs,
    backoff,
    maintenance,
    apply: apply === undefined ? null : { files: apply.files, afterwards: afterFiles(apply) },
  };
}

function afterFiles(apply: NonNullable<ServiceConfiguration['apply']>) {
  if (apply.command !== undefined) return { type: 'command', command: apply.command } as const;
  if (apply.signal !== undefined) return { type: 'signal', signal: apply.signal } as const;
  return { type: 'nothing' } as const;
}
