import { ladderView } from '../decide/climb.ts';
import { predictedText } from '../decide/dry-run.ts';
import { assess } from '../decide/evidence.ts';
import type { FleetFacts, ResourceFacts } from '../decide/input.ts';
import { nextDue } from '../decide/ladder.ts';
import type { Attempt, Incident, ResourceState } from '../decide/state.ts';
import { stepOf, type Turn } from '../decide/turn.ts';
import { duration, list, minuteText, pauseText } from '../decide/wording.ts';
import { orderText } from '../parameters/order-text.ts';
import type { Playbook } from '../playbook/playbook.ts';
import type { Explanation } from './explanation.ts';
import { failureOf, failureRemedies } from './failure.ts';

type Answer = Omit<Explanation, 'resource' | 'lastFault' | 'impact'>;

/** The answer for a resource with an open incident. */
export function explainOpen(
  state: ResourceState,
  incident: Incident,
  playbook: Playbook,
  facts: ResourceFacts,
  fleet: FleetFacts,
  now: number,
): Answer {
  const isBusy = incident.attempt?.phase === 'in-flight' || incident.attempt?.phase === 'verifying';
  const next = isBusy
    ? nextOfFlight(incident, playbook)
    : nextStep({ state, playbook, facts }, incident, fleet, now);
  return {
    state: nameOf(incident, fleet),
    since: sinceOf(incident, fleet),
    firstFaultAt: incident.relapseFaultAt ?? incident.firstFaultAt,
    incident: incident.id,
    reason: reasonOf(state, incident, playbook, fleet),
    next,
    remedies: remediesOf({ state, playbook, facts }, incident, fleet),
  };
}

function nameOf(incident: Incident, fleet: FleetFacts): Explanation['state'] {
  if (incident.attempt?.phase === 'in-flight') return 'attempting';
  if (incident.attempt?.phase === 'verifying') return 'verifying';
  if (fleet.paused !== null) return 'paused';
  return incident.ladder.state === 'climbing' ? 'open' : incident.ladder.state;
}

/** When the state that `nameOf` gives began. */
function sinceOf(incident: Incident, fleet: FleetFacts): number {
  const { attempt, ladder } = incident;
  const openedAt = incident.reopenedAt ?? incident.openedAt;
  if (attempt?.phase === 'in-flight') return attempt.startedAt ?? openedAt;
  if (attempt?.phase === 'verifying') return attempt.endedAt ?? openedAt;
  if (fleet.paused !== null) return fleet.paused.at;
  return ladder.state === 'climbing' ? openedAt : ladder.since;
}

function reasonOf(state: ResourceState, incident: Incident, playbook: Playbook, fleet: FleetFacts): string {
  const parts = [seenNow(state, incident, playbook)];
  for (const attempt of incident.attempts.slice(-3)) {
    const failure = failureOf(attempt);
    const became = attempt.verdict === null ? 'was withdrawn' : `was ${attempt.verdict}`;
    if (failure !== null) parts.push(`${attempt.step} ${became}: ${failure}`);
    else if (attempt.verdict !== null) parts.push(`${attempt.step} ${became}`);
  }
  if (incident.ladder.state !== 'climbing') parts.push(incident.ladder.reason);
  if (fleet.paused !== null) parts.push(pauseText(fleet.paused));
  return parts.join('; ');
}

/** Why it is open; once it seems to be over, what is seen now instead of what was seen then. */
function seenNow(state: ResourceState, incident: Incident, playbook: Playbook): string {
  const { attempt } = incident;
  const now = assess(state.summary, playbook).text;
  if (attempt?.phase === 'verifying') {
    const ended = failureOf(attempt);
    return `${attempt.action} has ended${ended === null ? '' : ` (${ended})`}; now ${now}`;
  }
  if (incident.healthySince !== null) return `it seems to be over: now ${now}`;
  return incident.reopenedAt === null ? incident.reason : `relapse: ${incident.reason}`;
}

function nextOfFlight(incident: Incident, playbook: Playbook): Answer['next'] {
  const { attempt } = incident;
  if (attempt === null) return { what: 'nothing', at: null };
  const targets = describeTargets(attempt);
  if (attempt.phase === 'in-flight') {
    const cancelled = attempt.cancelled ? ' (its cancelling was asked for)' : '';
    return { what: `${attempt.action} runs on ${targets}${cancelled}; it must end`, at: attempt.deadlineAt };
  }
  const soak = stepOf(playbook, attempt.step)?.verify.soakMs ?? 0;
  if (attempt.goodSince !== null) {
    return { what: `${attempt.action} seems to have helped; it soaks`, at: attempt.goodSince + soak };
  }
  return { what: `see whether ${attempt.action} on ${targets} helped`, at: attempt.windowEndsAt };
}

/** What is done between the decision for a step and its order. */
function inPreparation(incident: Incident, attempt: Attempt): string {
  const anew = withdrawnBefore(incident, attempt);
  switch (attempt.phase) {
    case 'resolving':
      return `${attempt.step} is prepared: who its targets are, and who answers, is being asked${anew}`;
    case 'rechecking':
      return `${attempt.step} is about to run: evidence is looked at afresh first${anew}`;
    default:
      return `${attempt.step} is about to run${anew}`;
  }
}

/** Whoever approved the one before must see that it did not run, and why. */
function withdrawnBefore({ attempts }: Incident, { step, id }: Attempt): string {
  const before = attempts.filter((attempt) => attempt.id !== id).at(-1);
  if (before?.phase !== 'withdrawn' || before.step !== step || before.reason === null) return '';
  return `; ${before.id} did not run: ${before.reason}`;
}

function describeTargets(attempt: Attempt): string {
  const targets = list(attempt.targets?.ids ?? []);
  const notes: string[] = [];
  if (attempt.targets?.resolved === false) notes.push('targets as written, not resolved');
  const silent = attempt.targets?.silent ?? [];
  if (silent.length > 0) notes.push(`silent: ${list(silent)}`);
  return notes.length === 0 ? targets : `${targets} (${notes.join('; ')})`;
}

function nextStep(
  about: Pick<Turn, 'state' | 'playbook' | 'facts'>,
  incident: Incident,
  fleet: FleetFacts,
  now: number,
): Answer['next'] {
  const { playbook } = about;
  if (incident.healthySince !== null) {
    const last = incident.attempts.findLast((attempt) => attempt.startedAt !== null);
    const step = (last && stepOf(playbook, last.step)) ?? playbook.ladder[0];
    return { what: 'close: all is well', at: incident.healthySince + step.verify.soakMs };
  }
  if (fleet.paused !== null) return whilePaused(incident);
  const asked = incident.attempt?.phase === 'awaiting-approval' ? incident.attempt : null;
  if (asked?.approval != null) {
    const predicted = asked.targets === null ? null : predictedText(asked.targets);
    const would = predicted === null ? '' : ` (it would change ${predicted})`;
    const untilReleased =
      incident.claim === undefined
        ? ''
        : `; also approved it does not run until \`prunella release ${incident.id}\``;
    const anew = withdrawnBefore(incident, asked);
    const step = stepOf(playbook, asked.step);
    const order = step === null ? asked.action : orderText(step, incident, asked, about.facts);
    const what = `${order} on ${describeTargets(asked)}${would} waits for a person${untilReleased}; without an answer it is a no${anew}`;
    return { what, at: asked.approval.expiresAt };
  }
  const [hold] = incident.holds;
  if (hold !== undefined) {
    const reasons = incident.holds.filter((each) => each.step === hold.step).map((each) => each.hold.reason);
    const times = incident.holds.flatMap((each) => (each.hold.until === null ? [] : [each.hold.until]));
    const at = times.length === 0 ? null : Math.min(...times);
    return { what: `${hold.step} is held: ${list(reasons, 3)}`, at };
  }
  if (incident.ladder.state !== 'climbing') return { what: 'nothing until a person decides', at: null };
  const { attempt } = incident;
  if (attempt !== null) return { what: inPreparation(incident, attempt), at: null };
  const due = nextDue(ladderView(about, incident));
  if (due === null) return { what: 'no step is meant for these faults', at: null };
  const { id, action } = due.step;
  const named = id === action ? id : `${id} (${action})`;
  const inTime = due.at > now ? ` in ${duration(due.at - now)}` : '';
  return { what: `${named}${inTime}`, at: due.at };
}

/** A given approval runs out while it waits, so that its end is told. */
function whilePaused({ attempt }: Incident): Answer['next'] {
  const approval = attempt?.approval ?? null;
  if (attempt === null || approval === null) return { what: 'nothing while repairs are paused', at: null };
  const what = `attempt ${attempt.id} (${attempt.action} on ${describeTargets(attempt)})`;
  const until = minuteText(approval.expiresAt);
  return approval.by === null
    ? { what: `${what} waits for a person until ${until}; nothing runs until \`prunella resume\``, at: null }
    : {
        what: `${what} is approved by ${approval.by}, but nothing runs until \`prunella resume\`; good until ${until}`,
        at: null,
      };
}

function remediesOf(
  about: Pick<Turn, 'state' | 'playbook' | 'facts'>,
  incident: Incident,
  fleet: FleetFacts,
): string[] {
  const remedies = incident.holds.flatMap(({ attempt, hold }) =>
    hold.guardrail === 'approval' && attempt !== null
      ? [hold.remedy, `prunella reject ${attempt}`]
      : [hold.remedy],
  );
  // A question that waits is all that holds then: the claim is looked at once it has its answer.
  if (incident.claim !== undefined) remedies.push(`prunella release ${incident.id}`);
  const ended = incident.attempts.findLast((attempt) => attempt.startedAt !== null);
  if (ended !== undefined) remedies.push(...failureRemedies(ended));
  if (fleet.paused !== null) remedies.push('prunella resume');
  const unmapped = about.facts.nodes.filter((node) => node.target === undefined).map((node) => node.name);
  if (unmapped.length > 0) remedies.push(`declare a target for ${list(unmapped)}`);
  if (incident.ladder.state !== 'climbing') {
    remedies.push(
      ...(isSeenByNobody(about, incident)
        ? [
            'see whether it is well, or repair by hand; nobody observes or probes it, so that a person closes it',
            `prunella close ${incident.id}`,
          ]
        : ['repair by hand; it closes by itself once it is well']),
      `prunella resume ${incident.id}`,
    );
  }
  return [...new Set(remedies)];
}

/** Where only a signal told of it: neither an application nor a probe can say that it is well again. */
function isSeenByNobody({ state, playbook }: Pick<Turn, 'state' | 'playbook'>, { id }: Incident): boolean {
  if (state.probes.length > 0 || playbook.open.confirm.by === 'probe') return false;
  const followed = state.summary?.cohort ?? null;
  return followed?.incident !== id || followed.total === 0;
}
