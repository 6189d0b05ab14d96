import type { Edit, Mutant } from '../mutant.ts';

const registry = 'guardrails/registry.ts';
const checks = 'fleet/checks.ts';

/** Takes a guardrail off the list. */
function without(name: string): Edit {
  return { file: registry, find: `\n  ${name},\n`, replace: '\n' };
}

function withoutCheck(name: string): Edit {
  return { file: checks, find: `\n  ${name},\n`, replace: '\n' };
}

function disabled(name: string, defect: string, ...edits: Edit[]): Mutant {
  return { name: `no-${name}`, defect, edits };
}

/** Each guardrail disabled. Where two or three places defend the same, all of them are. */
export const guardrailMutants: readonly Mutant[] = [
  disabled(
    'kill-switch',
    'a stop by a person holds nothing',
    without('killSwitch'),
    withoutCheck('killSwitch'),
  ),
  disabled('maintenance', 'declared and planned maintenance hold nothing', without('maintenance')),
  disabled('somebody-else', 'claims, deploys and other actors hold nothing', without('somebodyElse')),
  disabled(
    'one-in-flight',
    'a second attempt is proposed and granted beside the first',
    without('oneInFlight'),
    withoutCheck('lockedTarget'),
  ),
  disabled(
    'stop-when-unproven',
    'the ladder goes on after a verdict that nobody could give',
    without('stopWhenUnproven'),
    {
      file: 'decide/climb.ts',
      find: "incident.ladder.state !== 'climbing' || ",
      replace: '',
    },
  ),
  disabled('storm', 'many incidents at once hold nothing', without('storm'), withoutCheck('alarm')),
  disabled(
    'isolation',
    "doubt in the healer's own sight holds nothing",
    without('isolation'),
    withoutCheck('alarm'),
  ),
  disabled('upstream', 'what depends on a sick resource is repaired', without('upstream')),
  disabled('lineage', 'what our own attempt broke is repaired at once', without('lineage')),
  disabled('grace', "nothing waits after the healer's start or a deploy", without('grace')),
  disabled('windows', 'attempts begin at any hour', without('windows')),
  disabled('quorum', 'a quorum that fell apart does not hold', without('quorum')),
  disabled('own-probe', 'a passing own probe does not hold or void', without('ownProbe'), {
    file: 'decide/recheck.ts',
    find: "  if (confirms && step.effect !== 'restores' && probeVerdict(turn.state) === 'passes') {",
    replace: '  if (confirms && probePasses === turn.state.resource) {',
  }),
  disabled(
    'timeout-alone',
    'missed deadlines lead to restarts though the own probe passes',
    without('timeoutAlone'),
    without('healthyShare'),
  ),
  disabled('starting', 'what is starting is restarted', without('starting')),
  disabled('overload', 'what is overloaded is restarted', without('overload')),
  disabled('targets', 'an empty set of targets is sent', without('targets')),
  disabled('target-silent', 'what is silent is sent to', without('targetSilent'), {
    file: 'decide/resolve.ts',
    find: '  const ids = allowed.filter((target) => target.responding !== false)',
    replace: '  const ids = allowed.filter((target) => target.id.length > 0)',
  }),
  disabled('healthy-share', 'all that still serve are disrupted', without('healthyShare')),
  disabled('blast-radius', 'all failing nodes are touched at once', without('blastRadius'), {
    file: 'decide/resolve.ts',
    find: '  return withinDomains(turn, inTurn).slice(0, mostTargets({ playbook: turn.playbook, resource: turn.facts }));',
    replace: '  return inTurn.filter(() => mostTargets !== undefined && withinDomains !== undefined);',
  }),
  disabled('cooldown', '`every` is not kept', without('cooldown'), {
    file: 'decide/ladder.ts',
    find: 'newest === null ? Number.NEGATIVE_INFINITY : newest + everyMs',
    replace: 'newest === null ? Number.NEGATIVE_INFINITY : newest + everyMs / 3',
  }),
  disabled('max-runs', 'a step runs as often as it is due', without('maxRuns'), {
    file: 'decide/ladder.ts',
    find: '  return rung.progress.refused !== null || rung.progress.runs >= rung.step.max;',
    replace: '  return rung.progress.refused !== null;',
  }),
  disabled('budget', 'the day of a resource has no limit', without('budget'), withoutCheck('resourceBudget')),
  disabled('fleet-budget', 'the hour of the fleet has no limit', withoutCheck('disruptionBudget')),
  disabled('fleet-concurrency', 'any number of attempts at once', withoutCheck('concurrency')),
  disabled('fleet-domains', 'two failure domains are disrupted at once', withoutCheck('disruptedDomains')),
  disabled('flapping', 'what flaps is repaired without asking', without('flapping')),
  disabled(
    'stop-when-ineffective',
    'what has never helped is run again without asking',
    without('stopWhenIneffective'),
  ),
  disabled('demotion', 'a step that did harm acts alone again', without('demotion')),
  disabled('shadow', 'a step in shadow is carried out', without('autonomy'), {
    file: 'decide/attempt.ts',
    find: "if (autonomy === 'shadow') shadow(turn, attempt, step);\n  else if",
    replace: 'if',
  }),
  disabled('approval', 'what asks runs without an answer', without('approval')),
];
