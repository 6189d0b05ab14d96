import type { Answer } from './answer.ts';
import { changeAround } from './around.ts';
import { recordHarm } from './harm.ts';
import type { OperatorCommand } from './input.ts';
import { changeIncident, openIncident, type Turn } from './turn.ts';
import { duration } from './wording.ts';

type Announcement = Extract<
  OperatorCommand['command'],
  {
    type:
      | 'claim'
      | 'release'
      | 'maintenance-begin'
      | 'maintenance-end'
      | 'announce-deploy'
      | 'announce-drill'
      | 'lift-demotion'
      | 'judge-harmful';
  }
>;

const minuteMs = 60_000;
const dayMs = 86_400_000;
const maintenanceLongestMs = 30 * dayMs;

/** What a person says of their own work, and of what a step did. */
export function answerAnnouncement(turn: Turn, by: string, command: Announcement): Answer {
  switch (command.type) {
    case 'claim':
      return answerClaim(turn, by, command.reason);
    case 'release':
      return answerRelease(turn);
    case 'maintenance-begin':
      return answerMaintenance(turn, by, command);
    case 'maintenance-end':
      return answerMaintenanceEnd(turn);
    case 'announce-deploy':
      return answerDeploy(turn, by, command);
    case 'announce-drill':
      return answerDrill(turn, by, command.drill);
    case 'lift-demotion':
      return answerLift(turn, by, command.step);
    case 'judge-harmful':
      return answerHarm(turn, by, command);
  }
}

function answerClaim(turn: Turn, by: string, reason: string): Answer {
  const incident = openIncident(turn.state);
  if (incident === null) return { done: false, note: `no incident of ${turn.state.resource} is open` };
  if (incident.claim !== undefined && incident.claim.by !== by) {
    return { done: false, note: `${incident.id} is claimed by ${incident.claim.by} already` };
  }
  const effect = () => changeIncident(turn, { claim: { by, reason, at: turn.now } });
  const { attempt } = incident;
  const isBusy = attempt?.phase === 'in-flight' || attempt?.phase === 'verifying';
  const running = isBusy ? `; attempt ${attempt.id} is ${attempt.phase} and goes on` : '';
  return {
    done: true,
    note: `${incident.id} is yours; nothing is begun until it is released${running}`,
    effect,
  };
}

/** Anybody may: the one who claimed it may be asleep. */
function answerRelease(turn: Turn): Answer {
  const incident = openIncident(turn.state);
  if (incident?.claim === undefined) {
    return { done: false, note: `no claimed incident of ${turn.state.resource} is open` };
  }
  const { claim: _, ...released } = incident;
  const effect = () => {
    turn.state = { ...turn.state, incident: released };
  };
  return { done: true, note: `${incident.id} is released; the ladder goes on`, effect };
}

function answerMaintenance(
  turn: Turn,
  by: string,
  { forMs, reason }: Extract<Announcement, { type: 'maintenance-begin' }>,
): Answer {
  const isUsable = Number.isFinite(forMs) && forMs >= minuteMs && forMs <= maintenanceLongestMs;
  if (!isUsable) return { done: false, note: 'maintenance lasts 1 min to 30 days' };
  const until = turn.now + forMs;
  return {
    done: true,
    note: `${turn.state.resource} is in maintenance for ${duration(forMs)}; nothing is begun`,
    effect: () => changeAround(turn, { maintenance: { by, reason, at: turn.now, until } }),
  };
}

function answerMaintenanceEnd(turn: Turn): Answer {
  const { resource, around } = turn.state;
  if (around?.maintenance === undefined || turn.now >= around.maintenance.until) {
    return { done: false, note: `${resource} is in no maintenance that a person began` };
  }
  const { maintenance: _, ...rest } = around;
  const effect = () => {
    turn.state = { ...turn.state, around: rest };
  };
  return { done: true, note: `the maintenance of ${resource} has ended`, effect };
}

function answerDeploy(
  turn: Turn,
  by: string,
  { forMs, what }: Extract<Announcement, { type: 'announce-deploy' }>,
): Answer {
  if (!Number.isFinite(forMs) || forMs < 0 || forMs > dayMs) {
    return { done: false, note: 'a deploy lasts 0 s to 24 h' };
  }
  const grace = duration(turn.playbook.open.graceAfterDeployMs);
  return {
    done: true,
    note:
      forMs === 0
        ? `the deploy has ended; for ${grace} only what restores runs`
        : `a deploy of ${duration(forMs)} is known; for ${grace} after it only what restores runs`,
    effect: () => changeAround(turn, { deploy: { by, what, at: turn.now, endsAt: turn.now + forMs } }),
  };
}

/** A drill shows what would happen at night, so that nothing is held for it. */
function answerDrill(turn: Turn, by: string, drill: string): Answer {
  return {
    done: true,
    note: `the drill ${drill} is begun at ${turn.state.resource}; nothing is held for it`,
    effect: () => changeAround(turn, { drill: { drill, by, at: turn.now } }),
  };
}

function answerLift(turn: Turn, by: string, step: string): Answer {
  const record = turn.state.records?.find((each) => each.step === step);
  if (record === undefined || record.demoted === null) {
    return { done: false, note: `step ${step} of ${turn.state.resource} is not demoted` };
  }
  const effect = () => {
    turn.events.push({ type: 'demotion-lifted', step, by });
  };
  return { done: true, note: `step ${step} does again what the playbook writes`, effect };
}

function answerHarm(
  turn: Turn,
  by: string,
  { attempt, reason }: Extract<Announcement, { type: 'judge-harmful' }>,
): Answer {
  const { incident, past } = turn.state;
  const known = [...(incident === null ? [] : [incident]), ...past]
    .flatMap((each) => [...each.attempts, ...(each.attempt === null ? [] : [each.attempt])])
    .find((each) => each.id === attempt);
  if (known === undefined || known.startedAt === null) {
    return { done: false, note: `no attempt ${attempt} of ${turn.state.resource} was sent` };
  }
  if (known.harm !== undefined)
    return { done: false, note: `${attempt} is known to be harmful: ${known.harm}` };
  const effect = () => {
    recordHarm(turn, attempt, `${by} says so${reason === '' ? '' : `: ${reason}`}`);
  };
  return { done: true, note: `step ${known.step} asks from now on, until that is lifted`, effect };
}
