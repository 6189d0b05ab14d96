import type { Attempt, Incident } from './state.ts';
import { change, notify, type Turn } from './turn.ts';
import { list } from './wording.ts';

/** Nodes that served when the attempt was sent and do not now. */
function nodesBroken(turn: Turn, attempt: Attempt): readonly string[] {
  const { passingAtStart = [], startedAt } = attempt;
  return passingAtStart.filter((name) =>
    turn.state.probes.some(
      ({ node, passed, beganAt }) => node === name && !passed && beganAt >= (startedAt ?? 0),
    ),
  );
}

/** At the verdict: a node that served before and does not any more was broken by it. */
export function watchForHarm(turn: Turn, attempt: Attempt): void {
  const broken = nodesBroken(turn, attempt);
  if (broken.length === 0) return;
  recordHarm(turn, attempt.id, `${list(broken)} served before it and did not after it`);
}

/** Written once for each attempt; its step asks from then on, until a person lifts that. */
export function recordHarm(turn: Turn, id: string, reason: string): boolean {
  const attempt = findAttempt(turn, id);
  if (attempt === null || attempt.startedAt === null || attempt.harm !== undefined) return false;
  mark(turn, id, reason);
  turn.events.push({ type: 'attempt-harmful', attempt: id, step: attempt.step, reason });
  const incident = turn.state.incident?.id ?? id;
  const { resource } = turn.state;
  const text = `${resource}: ${attempt.step} did harm: ${reason}; it asks from now on, until \`prunella autonomy lift ${resource} ${attempt.step}\``;
  notify(turn, incident, true, text);
  return true;
}

function findAttempt(turn: Turn, id: string): Attempt | null {
  const { incident, past } = turn.state;
  const incidents = incident === null ? past : [incident, ...past];
  for (const { attempt, attempts } of incidents) {
    const found = attempt?.id === id ? attempt : attempts.find((each) => each.id === id);
    if (found !== undefined) return found;
  }
  return null;
}

function mark(turn: Turn, id: string, harm: string): void {
  const marked = <Each extends Attempt | null>(each: Each): Each =>
    each?.id === id ? { ...each, harm } : each;
  const inIncident = (incident: Incident): Incident =>
    incident.attempt?.id === id || incident.attempts.some((each) => each.id === id)
      ? { ...incident, attempt: marked(incident.attempt), attempts: incident.attempts.map(marked) }
      : incident;
  const { incident, past } = turn.state;
  change(turn, {
    incident: incident === null ? null : inIncident(incident),
    past: past.map(inIncident),
  });
}
