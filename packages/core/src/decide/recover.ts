import { creditFor } from './credit.ts';
import type { Credit } from './event.ts';
import { healthOf, isWell, wellSince } from './health.ts';
import { probeVerdict } from './probing.ts';
import { keepRecords } from './records.ts';
import type { Attempt, Incident } from './state.ts';
import { change, changeIncident, direct, notify, openIncident, stepOf, type Turn } from './turn.ts';
import { withdraw } from './withdraw.ts';
import { duration } from './wording.ts';

/** Closes the incident once everything has been well for a whole soak. True where it closed. */
export function watchForRecovery(turn: Turn): boolean {
  const incident = openIncident(turn.state);
  if (incident === null) return false;
  const last = incident.attempts.findLast((attempt) => attempt.startedAt !== null) ?? null;
  const step = (last === null ? null : stepOf(turn.playbook, last.step)) ?? turn.playbook.ladder[0];
  const health = healthOf(turn, step, null, incident.reopenedAt ?? incident.openedAt);
  const healthySince = isWell(health) ? wellSince(incident, incident.healthySince, turn.now) : null;
  if (healthySince !== incident.healthySince) changeIncident(turn, { healthySince });
  const isBusy = incident.attempt?.phase === 'in-flight' || incident.attempt?.phase === 'verifying';
  if (healthySince === null || isBusy) return false;
  const soakedAt = healthySince + step.verify.soakMs;
  if (turn.now < soakedAt) {
    turn.wakes.push(soakedAt);
    return false;
  }
  closeIncident(turn, health.text, creditFor(turn.state, attemptsOfNow(incident), turn.now));
  return true;
}

/** What was done before a relapse has had its credit at the closing before it. */
function attemptsOfNow({ attempts, reopenedAt }: Incident): readonly Attempt[] {
  return reopenedAt === null ? attempts : attempts.filter((attempt) => attempt.proposedAt >= reopenedAt);
}

export function closeIncident(turn: Turn, reason: string, credit: Credit): void {
  const incident = openIncident(turn.state);
  if (incident === null) return;
  if (incident.attempt !== null) {
    withdraw(turn, `the incident closes: ${reason}`, credit.to === 'person' ? 'not tried' : 'recovered');
  }
  const { resource } = turn.state;
  // To the others first: the engine asks who they are while the cohort is still known.
  direct(turn, 'others', 'recovered', Math.round(turn.playbook.ladder[0].verify.windowMs / 5));
  changeIncident(turn, {
    closed: { at: turn.now, reason, credit },
    holds: [],
    healthySince: null,
    signalNodes: [],
  });
  endClaim(turn);
  turn.events.push({ type: 'incident-closed', reason, credit, ...suppressionOf(incident) });
  keepRecords(turn);
  turn.commands.push({ type: 'follow-cohort', resource, incident: incident.id, what: 'end', at: turn.now });
  const took = duration(turn.now - (incident.relapseFaultAt ?? incident.firstFaultAt));
  notify(
    turn,
    incident.id,
    false,
    `${resource} is well again after ${took}: ${creditText(credit, incident.attempts)}`,
  );
}

/** Whoever worked on it has gone home: a relapse must not wait for them. */
function endClaim(turn: Turn): void {
  const { incident } = turn.state;
  if (incident?.claim === undefined) return;
  const { claim: _, ...unclaimed } = incident;
  change(turn, { incident: unclaimed });
}

/** Where nothing was sent since it was opened or reopened: why no attempt of its own was wanted. */
function suppressionOf(incident: Incident) {
  const sent = attemptsOfNow(incident).some(
    ({ startedAt, phase }) => startedAt !== null && phase === 'ended',
  );
  return sent ? {} : { suppressed: incident.suppressedBy ?? ('recovered' as const) };
}

export function creditText(credit: Credit, attempts: readonly Attempt[]): string {
  switch (credit.to) {
    case 'attempt': {
      const attempt = attempts.find((each) => each.id === credit.attempt);
      return `repaired by ${attempt?.action ?? credit.attempt}`;
    }
    case 'itself':
      return 'it recovered by itself';
    case 'late':
      return 'it recovered after the repairs were found ineffective';
    case 'person':
      return `closed by ${credit.name}`;
  }
}

/** The own probe passes again while instances still are sick: they need not wait out their own retry pause. */
export function tellOfPassingProbe(turn: Turn, passedBefore: boolean): void {
  const incident = openIncident(turn.state);
  if (incident === null || passedBefore || probeVerdict(turn.state) !== 'passes') return;
  const step = (incident.attempt && stepOf(turn.playbook, incident.attempt.step)) ?? turn.playbook.ladder[0];
  direct(turn, 'cohort', 'probe', Math.round(step.verify.windowMs / 5));
}
