import { mostTargets } from '../guardrails/blast-radius.ts';
import { isRefusal } from '../guardrails/guardrail.ts';
import type { Step } from '../playbook/playbook.ts';
import { dryRunOf, judgeDryRun, predictedText, samePredictions } from './dry-run.ts';
import { keepHolds, refuseStep } from './holds.ts';
import type { Hold, ResolvedTarget, TargetResolution } from './input.ts';
import { failingNodes, surelyFailingNodes } from './probing.ts';
import type { Attempt, AttemptTargets, Incident } from './state.ts';
import { changeAttempt, openIncident, presentAttempt, stepOf, type Turn } from './turn.ts';
import { withdraw } from './withdraw.ts';

const answerWaitMs = 60_000;
const askAgainMs = 30_000;

/** The declared targets of the failing nodes; of `failing-nodes` no more than one attempt may touch. */
function failingTargets(
  turn: Turn,
  incident: Incident,
  step: Step,
): readonly { readonly node: string; readonly target: string }[] {
  const failing = new Set(
    step.effect === 'disrupts'
      ? surelyFailingNodes(turn.state, incident, turn.facts, turn.playbook)
      : failingNodes(turn.state, incident, turn.facts),
  );
  const mapped = turn.facts.nodes.flatMap(({ name, target }) =>
    failing.has(name) && target !== undefined ? [{ node: name, target }] : [],
  );
  if (step.target.select === 'expression') return mapped;
  // One after the other: the one tried longest ago, or never, comes first.
  const tried = (target: string) =>
    incident.attempts.findLastIndex(
      (each) =>
        each.startedAt !== null && each.step === step.id && each.targets?.ids.includes(target) === true,
    );
  const inTurn = mapped
    .map((each) => ({ ...each, tried: tried(each.target) }))
    .sort((left, right) => left.tried - right.tried)
    .map(({ node, target }) => ({ node, target }));
  return withinDomains(turn, inTurn).slice(0, mostTargets({ playbook: turn.playbook, resource: turn.facts }));
}

/** Those in the first failure domains, as many as an attempt may touch; one without a domain is in nobody's way. */
function withinDomains<Each extends { readonly node: string }>(
  turn: Turn,
  inTurn: readonly Each[],
): readonly Each[] {
  const domains = new Set<string>();
  return inTurn.filter(({ node }) => {
    const domain = turn.facts.nodes.find(({ name }) => name === node)?.domain;
    if (domain === undefined || domains.has(domain)) return true;
    if (domains.size >= turn.playbook.limits.blastRadiusDomains) return false;
    domains.add(domain);
    return true;
  });
}

/** Asks the backend whom the step's target means now; where that is the failing nodes and none fails, nobody is asked. */
export function orderResolve(turn: Turn, step: Step): void {
  const incident = openIncident(turn.state);
  const attempt = incident?.attempt ?? null;
  if (incident === null || attempt === null) return;
  const failing = failingTargets(turn, incident, step);
  if (attempt.phase === 'resolving' && step.target.select === 'failing-nodes' && failing.length === 0) {
    const targets = { at: turn.now, resolved: true, ids: [], silent: [], failing: [] };
    changeAttempt(turn, { resolveAskedAt: null, heldUntil: null, targets });
    return;
  }
  changeAttempt(turn, { resolveAskedAt: turn.now, heldUntil: null });
  turn.wakes.push(turn.now + answerWaitOf(step));
  const { resource } = turn.state;
  const { action, target } = step;
  const ids = failing.map((each) => each.target);
  const dryRun = dryRunOf(step, incident, attempt, ids, turn.facts);
  turn.commands.push({
    type: 'resolve-targets',
    resource,
    attempt: attempt.id,
    action,
    target,
    failing,
    ...(dryRun === null ? {} : { dryRun }),
  });
}

/** Its target is the failing nodes, and none fails that it could mean. */
export function meansNobody(turn: Turn, incident: Incident, step: Step): boolean {
  return step.target.select === 'failing-nodes' && failingTargets(turn, incident, step).length === 0;
}

/** None failed when they were looked for, as before the first probe after a signal, and now one does. */
export function failsOnlyNow(turn: Turn, incident: Incident, step: Step, { targets }: Attempt): boolean {
  const nobodyThen =
    targets !== null && targets.failing.length + targets.ids.length + targets.silent.length === 0;
  return nobodyThen && step.target.select === 'failing-nodes' && !meansNobody(turn, incident, step);
}

/** Waits for the answer; one that never comes is asked for again. True while it is waited for. */
export function waitsForTargets(turn: Turn, attempt: Attempt, step: Step): boolean {
  if (attempt.resolveAskedAt === null) return false;
  const askAgainAt = attempt.resolveAskedAt + answerWaitOf(step);
  if (turn.now < askAgainAt) turn.wakes.push(askAgainAt);
  else orderResolve(turn, step);
  return true;
}

function answerWaitOf({ dryRun, deadlineMs }: Step): number {
  return dryRun === undefined ? answerWaitMs : answerWaitMs + deadlineMs;
}

export function receiveTargets(turn: Turn, id: string, resolution: TargetResolution): void {
  const incident = openIncident(turn.state);
  const attempt = presentAttempt(turn.state);
  if (incident === null || attempt?.id !== id || attempt.resolveAskedAt === null) return;
  const step = stepOf(turn.playbook, attempt.step);
  if (step === null || (attempt.phase !== 'resolving' && attempt.phase !== 'rechecking')) return;
  turn.events.push({ type: 'targets-resolved', attempt: id, resolution });
  if (resolution.error !== undefined) {
    // Before it is asked for, an attempt has no targets but those that were told last.
    const forgotten = attempt.phase === 'resolving' ? { targets: null } : {};
    changeAttempt(turn, { resolveAskedAt: null, heldUntil: turn.now + askAgainMs, ...forgotten });
    keepHolds(turn, step.id, id, [unresolved(resolution.error, resolution.remedy, turn.now + askAgainMs)]);
    return;
  }
  const targets = sift(turn, incident, step, resolution);
  const before = attempt.targets;
  changeAttempt(turn, { resolveAskedAt: null, targets });
  if (attempt.phase === 'rechecking' && before !== null && !sameIds(before, targets)) {
    withdraw(
      turn,
      `the targets changed from ${before.ids.join(', ')} to ${targets.ids.join(', ') || 'none'}`,
    );
    return;
  }
  const answer = judgeDryRun(step, targets, turn.now);
  if (answer !== null && isRefusal(answer)) {
    withdraw(turn, answer.reason);
    refuseStep(turn, step.id, answer);
  } else if (answer !== null) {
    // Held as if it were not resolved: the next look makes the dry run again.
    changeAttempt(turn, { targets: before, heldUntil: answer.until });
    keepHolds(turn, step.id, id, [answer]);
  } else if (attempt.phase === 'rechecking' && before !== null && !samePredictions(before, targets)) {
    withdraw(turn, `it would change something else now: ${predictedText(targets) ?? 'nothing'}`);
  }
}

function unresolved(error: string, remedy: string | undefined, until: number): Hold {
  return {
    guardrail: 'targets',
    reason: `the targets could not be resolved: ${error}`,
    until,
    remedy: remedy ?? 'see whether the backend is reachable',
  };
}

/** Silent ones are named and counted; those of `failing-nodes` are never more than were asked for. */
function sift(turn: Turn, incident: Incident, step: Step, resolution: TargetResolution): AttemptTargets {
  const failing = failingTargets(turn, incident, step).map((each) => each.target);
  const allowed = resolution.targets.filter(
    (target) => step.target.select === 'expression' || failing.includes(target.id),
  );
  const silent = allowed.filter((target) => target.responding === false).map((target) => target.id);
  const ids = allowed.filter((target) => target.responding !== false).map((target) => target.id);
  return {
    at: turn.now,
    resolved: resolution.resolved,
    ids: [...new Set(ids)].sort(),
    silent: [...new Set(silent)].sort(),
    failing,
    ...domainsAmong(allowed.filter(({ id }) => ids.includes(id))),
    ...(resolution.predictions === undefined
      ? {}
      : { predictions: resolution.predictions.filter(({ id }) => ids.includes(id)) }),
  };
}

function domainsAmong(targets: readonly ResolvedTarget[]): Pick<AttemptTargets, 'domains'> {
  const known = targets.flatMap(({ id, domain }) => (domain === undefined ? [] : [[id, domain] as const]));
  return known.length === 0 ? {} : { domains: Object.fromEntries(known) };
}

function sameIds(left: AttemptTargets, right: AttemptTargets): boolean {
  return left.ids.length === right.ids.length && left.ids.every((id, index) => right.ids[index] === id);
}
