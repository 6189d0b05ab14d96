import { answerAnnouncement } from './announce.ts';
import type { Answer } from './answer.ts';
import { approve, deny } from './approve.ts';
import type { OperatorCommand } from './input.ts';
import { closeIncident } from './recover.ts';
import type { Attempt } from './state.ts';
import { changeIncident, openIncident, type Turn } from './turn.ts';
import { minuteText } from './wording.ts';

export function receiveCommand(turn: Turn, command: OperatorCommand): void {
  const { done, note, effect } = answer(turn, command);
  turn.events.push({
    type: 'operator-commanded',
    command,
    trigger: done ? { fate: 'executed' } : { fate: 'rejected', why: note },
    note,
  });
  effect?.();
}

function answer(turn: Turn, { by, command }: OperatorCommand): Answer {
  switch (command.type) {
    case 'approve':
      return answerApproval(turn, command.attempt, () => approve(turn, by), noteOfApproval(turn));
    case 'reject':
      return answerApproval(
        turn,
        command.attempt,
        () => {
          const attempt = openIncident(turn.state)?.attempt ?? null;
          if (attempt !== null) deny(turn, attempt, attempt.step, by, command.reason);
        },
        'rejected; the step is passed over in this incident',
      );
    case 'resume-ladder':
      return answerResume(turn, by);
    case 'close':
      return answerClose(turn, by, command.reason);
    default:
      return answerAnnouncement(turn, by, command);
  }
}

function answerApproval(turn: Turn, id: string, effect: () => void, note: string): Answer {
  const attempt = openIncident(turn.state)?.attempt ?? null;
  if (attempt?.id === id && attempt.phase === 'awaiting-approval' && !isExpired(turn, attempt.approval)) {
    return { done: true, note, effect };
  }
  const known = [attempt, ...(turn.state.incident?.attempts ?? [])].find((each) => each?.id === id);
  if (known == null) return { done: false, note: `there is no attempt ${id} of ${turn.state.resource}` };
  return { done: false, note: `attempt ${id} does not wait for approval: ${whyNotWaiting(known)}` };
}

/** An approval that cannot be used yet must not read as if something ran now. */
function noteOfApproval(turn: Turn): string {
  const { paused } = turn.state.fleet;
  if (paused === null) return 'approved; evidence is looked at afresh first';
  const goodUntil = minuteText(turn.now + turn.playbook.limits.approvalMs);
  return `approved, but nothing runs until \`prunella resume\` (paused by ${paused.by}); good until ${goodUntil}`;
}

function whyNotWaiting({ phase, approval }: Attempt): string {
  if (approval?.deniedBy === 'nobody') return 'nobody answered in time';
  if (approval?.deniedBy !== undefined) return `rejected already by ${approval.deniedBy}`;
  if (phase === 'awaiting-approval') return 'its time is over';
  if (approval?.by != null) return `approved already by ${approval.by}`;
  return `it is ${phase}`;
}

function isExpired(turn: Turn, approval: { readonly expiresAt: number } | null): boolean {
  return approval !== null && turn.now >= approval.expiresAt;
}

function answerResume(turn: Turn, by: string): Answer {
  const incident = openIncident(turn.state);
  if (incident === null) return { done: false, note: `no incident of ${turn.state.resource} is open` };
  if (incident.ladder.state === 'climbing') {
    return { done: false, note: `the ladder of ${incident.id} is neither paused nor exhausted` };
  }
  const effect = () => {
    // `every` goes on from the last starts; the runs begin anew.
    const steps = incident.steps.map((step) => ({ ...step, runs: 0, refused: null, notBefore: null }));
    changeIncident(turn, { ladder: { state: 'climbing' }, steps, lastStepTold: false });
    turn.events.push({ type: 'ladder-resumed', by });
  };
  return { done: true, note: `the ladder of ${incident.id} goes on from its beginning`, effect };
}

function answerClose(turn: Turn, by: string, reason: string): Answer {
  const incident = openIncident(turn.state);
  if (incident === null) return { done: false, note: `no incident of ${turn.state.resource} is open` };
  const { attempt } = incident;
  if (attempt?.phase === 'in-flight' || attempt?.phase === 'verifying') {
    return { done: false, note: `attempt ${attempt.id} is ${attempt.phase}; close it after its verdict` };
  }
  return {
    done: true,
    note: `closed ${incident.id}`,
    effect: () =>
      closeIncident(turn, `closed by ${by}${reason === '' ? '' : `: ${reason}`}`, { to: 'person', name: by }),
  };
}
