import type { Step } from '../playbook/playbook.ts';
import { requestApproval } from './approve.ts';
import { domainsTouched } from './domains.ts';
import { intend } from './flight.ts';
import { answersFor, keepHolds, refuseStep } from './holds.ts';
import type { Hold, PermitDecision } from './input.ts';
import {
  failingNodes,
  freshMs,
  hasFreshProbes,
  orderProbe,
  probeTimeoutMs,
  probeVerdict,
} from './probing.ts';
import { orderResolve, waitsForTargets } from './resolve.ts';
import type { Attempt, Incident } from './state.ts';
import { changeAttempt, openIncident, presentAttempt, stepOf, type Turn } from './turn.ts';
import { releasePermit, withdraw } from './withdraw.ts';

const answerSlackMs = 1_000;
const permitWaitMs = 15_000;
const heldAgainMs = 5_000;
const probePasses = "it recovered: the healer's own probe passes";

/** Directly before a permit is asked for: evidence no older than a heartbeat, the same targets, no hold. */
export function recheck(turn: Turn, attempt: Attempt, step: Step): boolean {
  const incident = openIncident(turn.state);
  if (incident === null || waitsForTargets(turn, attempt, step)) return false;
  if (attempt.heldUntil !== null && turn.now < attempt.heldUntil) {
    turn.wakes.push(attempt.heldUntil);
    return false;
  }
  if (isVoid(turn, incident, attempt, step)) return true;
  if (isHeld(turn, incident, attempt, step)) return false;
  const since = attempt.recheckSince ?? turn.now;
  if (attempt.recheckSince === null) changeAttempt(turn, { recheckSince: since, heldUntil: null });
  if (attempt.targets === null || attempt.targets.at < since - freshMs) {
    orderResolve(turn, step);
    return false;
  }
  if (!hasFreshEvidence(turn)) return waitForEvidence(turn, attempt, since);
  changeAttempt(turn, { phase: 'awaiting-permit', permitAskedAt: turn.now, recheckSince: null });
  requestPermit(turn, incident, attempt);
  return true;
}

/** A recovered resource, changed targets or an old approval: nothing of what was agreed holds any more. */
function isVoid(turn: Turn, incident: Incident, attempt: Attempt, step: Step): boolean {
  const why = whyVoid(turn, incident, attempt, step);
  if (why === null) return false;
  withdraw(turn, why, why === probePasses ? 'recovered' : 'not tried');
  return true;
}

function whyVoid(turn: Turn, incident: Incident, attempt: Attempt, step: Step): string | null {
  const { approval, targets } = attempt;
  if (approval !== null && turn.now >= approval.expiresAt) return 'the approval is too old';
  const confirms = turn.playbook.open.confirm.by === 'probe';
  if (confirms && step.effect !== 'restores' && probeVerdict(turn.state) === 'passes') {
    // After the healer's start the first node to answer is mostly a healthy one; the others are waited for.
    return isProbed(turn, attempt) ? probePasses : null;
  }
  if (step.target.select === 'expression' || targets === null) return null;
  const failing = failingNodes(turn.state, incident, turn.facts);
  // A node that no probe has answered for since the healer's start is neither well nor failing.
  const isWell = (id: string) =>
    turn.facts.nodes.some(
      ({ name, target }) =>
        target === id && !failing.includes(name) && turn.state.probes.some((probe) => probe.node === name),
    );
  const well = targets.ids.filter(isWell);
  return well.length === 0 ? null : `the targets changed: ${well.join(', ')} does not fail any more`;
}

/** Whether the own probe has answered for all nodes that the attempt means. */
function isProbed({ facts, state }: Turn, { targets }: Attempt): boolean {
  const meant = facts.nodes.filter(({ target }) => target !== undefined && targets?.ids.includes(target));
  return meant.every(({ name }) => state.probes.some(({ node }) => node === name));
}

function isHeld(turn: Turn, incident: Incident, attempt: Attempt, step: Step): boolean {
  const { refusal, holds } = answersFor(turn, incident, step, attempt);
  if (refusal !== null) {
    withdraw(turn, refusal.reason);
    refuseStep(turn, step.id, refusal);
    return true;
  }
  const asked = holds.find((hold) => hold.guardrail === 'approval');
  const others = holds.filter((hold) => hold !== asked);
  if (asked !== undefined && others.length === 0) {
    // Its autonomy was lowered since it was proposed: now a person must be able to answer.
    changeAttempt(turn, { autonomy: 'ask', recheckSince: null });
    requestApproval(turn, attempt, asked);
    return true;
  }
  keepHolds(turn, step.id, attempt.id, others);
  // What was gathered before the hold is not fresh after it.
  if (holds.length > 0 && attempt.recheckSince !== null) changeAttempt(turn, { recheckSince: null });
  return holds.length > 0;
}

function hasFreshEvidence(turn: Turn): boolean {
  const { probes, summary } = turn.state;
  const oldest = turn.now - freshMs;
  if (probes.length > 0) return hasFreshProbes(turn.state, turn.playbook, turn.now);
  if (summary === null || summary.observers === 0) return turn.state.incident?.by === 'signal';
  const newest = summary.newestReportAt ?? 0;
  return newest >= oldest && newest <= turn.now;
}

function waitForEvidence(turn: Turn, attempt: Attempt, since: number): boolean {
  const asked = turn.state.probeAskedAt;
  if (asked === null || asked < since) {
    orderProbe(turn, 'recheck');
    return false;
  }
  // Asked for while one is under way, the next begins when that has ended.
  const givesUpAt = asked + 2 * probeTimeoutMs(turn.playbook) + answerSlackMs;
  if (turn.now < givesUpAt) {
    turn.wakes.push(givesUpAt);
    return false;
  }
  const until = turn.now + heldAgainMs;
  changeAttempt(turn, { recheckSince: null, heldUntil: until });
  keepHolds(turn, attempt.step, attempt.id, [
    {
      guardrail: 'evidence',
      reason: 'no probe answered and no report came within a heartbeat: nothing is done on old evidence',
      until,
      remedy: 'see whether the healer can reach the resource and the instances can reach the healer',
    },
  ]);
  return false;
}

function requestPermit(turn: Turn, incident: Incident, attempt: Attempt): void {
  turn.commands.push({
    type: 'request-permit',
    request: {
      resource: turn.state.resource,
      incident: incident.id,
      attempt: attempt.id,
      effect: attempt.effect,
      targets: attempt.targets?.ids ?? [],
      attemptsPerDay: turn.playbook.limits.attemptsPerDay,
      disruptivePerFleetHour: turn.playbook.limits.disruptivePerFleetHour,
      ...domainsOf(turn, attempt),
    },
  });
  turn.wakes.push(turn.now + permitWaitMs);
}

function domainsOf(turn: Turn, { targets }: Attempt): { readonly domains?: readonly string[] } {
  const domains = targets === null ? [] : domainsTouched(targets, turn.facts.nodes);
  return domains.length === 0 ? {} : { domains };
}

/** An answer that never comes is asked for again, with fresh evidence; a hold meanwhile gives it up. */
export function awaitPermit(turn: Turn, attempt: Attempt, step: Step): boolean {
  const incident = openIncident(turn.state);
  if (incident === null) return false;
  const givesUpAt = (attempt.permitAskedAt ?? turn.now) + permitWaitMs;
  const { holds, refusal } = answersFor(turn, incident, step, attempt);
  if (turn.now < givesUpAt && holds.length === 0 && refusal === null) {
    turn.wakes.push(givesUpAt);
    return false;
  }
  backToRecheck(turn, attempt, null);
  return true;
}

export function receivePermit(turn: Turn, id: string, decision: PermitDecision): void {
  const incident = openIncident(turn.state);
  const attempt = presentAttempt(turn.state);
  const step = attempt === null ? null : stepOf(turn.playbook, attempt.step);
  if (incident === null || attempt?.id !== id || attempt.phase !== 'awaiting-permit' || step === null) {
    giveBack(turn, id, attempt, decision);
    return;
  }
  if (decision.type === 'held') {
    changeAttempt(turn, { permitAskedAt: null });
    backToRecheck(turn, { ...attempt, permitAskedAt: null }, decision.hold);
    return;
  }
  const { holds, refusal } = answersFor(turn, incident, step, attempt);
  const isUsable = decision.expiresAt > turn.now && holds.length === 0 && refusal === null;
  if (whyVoid(turn, incident, attempt, step) !== null || !isUsable || !hasFreshEvidence(turn)) {
    backToRecheck(turn, attempt, null);
    return;
  }
  intend(turn, step, decision);
}

/** A permit that nobody waits for must not lock its targets. One in use is not given back. */
function giveBack(turn: Turn, id: string, attempt: Attempt | null, decision: PermitDecision): void {
  const isInUse = attempt?.id === id && (attempt.phase === 'in-flight' || attempt.phase === 'verifying');
  if (!isInUse) releasePermit(turn, id, decision.type === 'granted');
}

function backToRecheck(turn: Turn, attempt: Attempt, hold: Hold | null): void {
  releasePermit(turn, attempt.id, attempt.permitAskedAt !== null);
  const heldUntil = hold === null ? null : Math.max(hold.until ?? 0, turn.now + heldAgainMs);
  changeAttempt(turn, { phase: 'rechecking', permitAskedAt: null, recheckSince: null, heldUntil });
  if (hold !== null) keepHolds(turn, attempt.step, attempt.id, [hold]);
}

/** It asks again now, with fresh evidence, and not when it would look by itself. */
export function receiveUnlocked(turn: Turn, id: string): void {
  const attempt = presentAttempt(turn.state);
  const isHeld = attempt?.id === id && attempt.phase === 'rechecking' && attempt.heldUntil !== null;
  if (isHeld) changeAttempt(turn, { heldUntil: null });
}

/** It is held for something else meanwhile, or is no more: the next one need not wait until it looks by itself. */
export function passTurnOn(turn: Turn, id: string): void {
  const attempt = presentAttempt(turn.state);
  const wantsIt =
    attempt?.id === id &&
    (attempt.phase === 'awaiting-permit' || attempt.resolveAskedAt !== null || attempt.recheckSince !== null);
  if (wantsIt) return;
  turn.commands.push({ type: 'release-permit', resource: turn.state.resource, attempt: id, turn: true });
}
