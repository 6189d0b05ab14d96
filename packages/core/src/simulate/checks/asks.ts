import type { Run } from '../record.ts';
import { openingBefore, type Story, type ToldAttempt } from './story.ts';

type Intended = Story['intended'][number];

const hourMs = 3_600_000;
const lingersMs = 300_000;

/** Why an attempt must have asked a person, whatever autonomy its step writes; null where it need not. */
export function whyItMustAsk(run: Run, story: Story, attempt: Intended): string | null {
  const { step, targets, resource } = attempt;
  if (step.autonomy === 'ask') return 'its step asks';
  if (step.effect === 'restores') return null;
  const nodes = run.history.resources.find(({ facts }) => facts.resource === resource)?.facts.nodes ?? [];
  if (nodes.some(({ target }) => target === undefined)) return 'a node has no target';
  const { blastRadiusNodes, blastRadiusShare, blastRadiusDomains } = attempt.playbook.limits;
  const domains = new Set(
    nodes
      .filter(({ target }) => target !== undefined && targets.includes(target))
      .flatMap(({ domain }) => domain ?? []),
  );
  const most = Math.min(blastRadiusNodes, Math.max(1, Math.floor(blastRadiusShare * nodes.length + 1e-9)));
  if (targets.length > most || domains.size > blastRadiusDomains) return 'it is wider than the blast radius';
  if (flaps(story, attempt)) return 'it flaps';
  if (isDemoted(story, attempt)) return 'its step did harm';
  if (helpedNothing(story, attempt)) return 'it has not helped again and again';
  return ownAttemptBefore(run, story, attempt) === null ? null : 'our own attempt came before it';
}

function flaps(story: Story, { resource, playbook, intended: { index, clock } }: Intended): boolean {
  const { flappingOpenings, flappingAskForMs } = playbook.limits;
  const opened = story
    .eventsOf(resource)
    .filter(({ event }) => event.type === 'incident-opened' || event.type === 'incident-reopened')
    .filter((each) => each.index < index)
    .map((each) => each.clock);
  return opened.some((last, place) => {
    const within = opened.slice(0, place + 1).filter((each) => each > last - hourMs);
    return within.length >= flappingOpenings && clock < last + flappingAskForMs;
  });
}

function isDemoted(story: Story, { resource, step, intended: { index } }: Intended): boolean {
  let demoted = false;
  for (const each of story.eventsOf(resource)) {
    if (each.index >= index) break;
    if (each.event.type === 'attempt-harmful' && each.event.step === step.id) demoted = true;
    if (each.event.type === 'demotion-lifted' && each.event.step === step.id) demoted = false;
  }
  return demoted;
}

function helpedNothing(story: Story, attempt: Intended): boolean {
  const { resource, step, playbook, intended } = attempt;
  const judged = story.attempts
    .filter((each) => each.resource === resource && each.step.id === step.id)
    .filter((each) => each.verdict !== null && each.over !== null && each.over.index < intended.index)
    .sort((left, right) => (left.over?.index ?? 0) - (right.over?.index ?? 0));
  const last = judged.slice(-playbook.limits.ineffectiveInARow);
  return (
    last.length >= playbook.limits.ineffectiveInARow && last.every(({ verdict }) => verdict === 'ineffective')
  );
}

/** An attempt of another resource on a node of this one, which was there before what it repairs broke. */
export function ownAttemptBefore({ history }: Run, story: Story, attempt: Intended): ToldAttempt | null {
  const { resource } = attempt;
  const nodes = history.resources.find(({ facts }) => facts.resource === resource)?.facts.nodes ?? [];
  const opening = openingBefore(story, attempt);
  if (opening === undefined || !('firstFaultAt' in opening.event)) return null;
  const { firstFaultAt } = opening.event;
  const causes = story.intended.filter(
    (other) =>
      other.resource !== resource &&
      other.step.effect !== 'restores' &&
      other.result?.neverSent !== true &&
      other.intended.clock <= firstFaultAt &&
      (other.over === null ||
        other.over.index > opening.index ||
        other.over.clock > opening.clock - lingersMs) &&
      nodes.some(({ target }) => target !== undefined && other.targets.includes(target)),
  );
  return causes[causes.length - 1] ?? null;
}
