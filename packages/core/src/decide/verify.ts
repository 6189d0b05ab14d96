import type { Step } from '../playbook/playbook.ts';
import { ladderView } from './climb.ts';
import type { Verdict } from './event.ts';
import { watchForHarm } from './harm.ts';
import { type Health, healthOf, isWell, wellSince } from './health.ts';
import { hasStrongerLeft } from './ladder.ts';
import type { Attempt, Incident } from './state.ts';
import {
  changeAttempt,
  changeIncident,
  direct,
  notify,
  openIncident,
  presentAttempt,
  retireAttempt,
  stepOf,
  type Turn,
} from './turn.ts';
import { duration } from './wording.ts';

/** The action has ended: the window begins, and those that complained are asked to look. */
export function beginVerification(turn: Turn, step: Step, endedAt: number): void {
  const incident = openIncident(turn.state);
  if (incident === null) return;
  // Nobody looked before the end was known, such as while the healer was away or looked for the order.
  const windowEndsAt = turn.now + step.verify.windowMs;
  changeAttempt(turn, { phase: 'verifying', windowEndsAt, goodSince: null });
  const { resource } = turn.state;
  turn.commands.push({ type: 'follow-cohort', resource, incident: incident.id, what: 'mark', at: endedAt });
  direct(turn, 'cohort', 'probe', Math.round(step.verify.windowMs / 5));
}

/** Effective after a whole soak; at the window's end what is not soaking is judged by what is known. */
export function verify(turn: Turn, attempt: Attempt, step: Step): boolean {
  const incident = openIncident(turn.state);
  if (incident === null) return false;
  const health = healthOf(turn, step, targetedNodes(turn, attempt), attempt.endedAt ?? 0);
  // Nobody who complained can say so: the probe alone is no verdict.
  const isGood = health.cohort === 'ok' && isWell(health) && isMarked(turn, incident, attempt);
  const goodSince = isGood ? wellSince(incident, attempt.goodSince, turn.now) : null;
  if (goodSince !== attempt.goodSince) changeAttempt(turn, { goodSince });
  if (goodSince !== null) {
    const soakedAt = goodSince + step.verify.soakMs;
    if (turn.now < soakedAt) {
      turn.wakes.push(soakedAt);
      return false;
    }
    giveVerdict(turn, 'effective', `${health.text}, for ${duration(step.verify.soakMs)}`);
    return true;
  }
  const windowEndsAt = attempt.windowEndsAt ?? turn.now;
  if (turn.now < windowEndsAt) {
    turn.wakes.push(windowEndsAt);
    return false;
  }
  giveVerdict(turn, atWindowEnd(health), `${health.text}, at the end of ${duration(step.verify.windowMs)}`);
  return true;
}

/** Whether what is known of the cohort was counted since the action ended: `observe` is told of that end only then. */
function isMarked({ state }: Turn, { id }: Incident, { endedAt }: Attempt): boolean {
  const cohort = state.summary?.cohort ?? null;
  return cohort?.incident === id && (cohort.markAt ?? Number.NEGATIVE_INFINITY) >= (endedAt ?? 0);
}

/** The nodes that the attempt touched; null for all, where its targets are no declared node's. */
function targetedNodes(turn: Turn, attempt: Attempt): readonly string[] | null {
  const ids = attempt.targets?.ids ?? [];
  const nodes = turn.facts.nodes.filter((node) => node.target !== undefined && ids.includes(node.target));
  return nodes.length === 0 ? null : nodes.map((node) => node.name);
}

function atWindowEnd(health: Health): Verdict {
  if (health.probe === 'fails' || health.cohort === 'sick') return 'ineffective';
  return 'unverified';
}

/** Ends the attempt and gives its targets back. */
export function giveVerdict(turn: Turn, verdict: Verdict, reason: string): void {
  const incident = openIncident(turn.state);
  const attempt = presentAttempt(turn.state);
  if (incident === null || attempt === null) return;
  turn.events.push({ type: 'verdict-given', attempt: attempt.id, verdict, reason });
  watchForHarm(turn, attempt);
  turn.commands.push({ type: 'release-permit', resource: turn.state.resource, attempt: attempt.id });
  retireAttempt(turn, { phase: 'ended', verdict, verdictAt: turn.now, reason });
  if (verdict === 'unverified') pauseLadder(turn, attempt, reason);
  if (verdict === 'ineffective') tellLastStep(turn, attempt, reason);
}

/** Nobody can say whether it helped: that never escalates by itself. */
function pauseLadder(turn: Turn, attempt: Attempt, reason: string): void {
  const incident = openIncident(turn.state);
  if (incident === null) return;
  const why = `${attempt.step} could not be verified: ${reason}`;
  changeIncident(turn, { ladder: { state: 'paused', since: turn.now, reason: why } });
  turn.events.push({ type: 'ladder-paused', reason: why });
  // Nobody is called to what closes in this turn: nobody complained, and the probe has passed for a whole soak.
  if (isAboutToClose(turn, incident, attempt)) return;
  notify(turn, incident.id, true, `${turn.state.resource}: ${why}; the ladder pauses`);
}

function isAboutToClose(turn: Turn, { healthySince }: Incident, { step }: Attempt): boolean {
  const soakMs = stepOf(turn.playbook, step)?.verify.soakMs ?? Number.POSITIVE_INFINITY;
  return healthySince !== null && turn.now >= healthySince + soakMs;
}

/**
 * A person is told at the first ineffective run of the last step, before all its runs are used. The last is the
 * strongest that may run for what is seen now: nothing stronger follows by itself.
 */
function tellLastStep(turn: Turn, attempt: Attempt, reason: string): void {
  const incident = openIncident(turn.state);
  if (incident === null || incident.lastStepTold) return;
  if (hasStrongerLeft(ladderView(turn, incident), attempt.step)) return;
  changeIncident(turn, { lastStepTold: true });
  const text = `${turn.state.resource}: the last step, ${attempt.step}, did not help: ${reason}`;
  notify(turn, incident.id, true, text);
}
