import type { Hold } from '../decide/input.ts';
import { approval } from './approval.ts';
import { argumentsKnown } from './arguments.ts';
import { autonomy } from './autonomy.ts';
import { blastRadius } from './blast-radius.ts';
import { budget } from './budget.ts';
import { cooldown } from './cooldown.ts';
import { grace } from './grace.ts';
import { type Guardrail, type GuardrailFacts, isRefusal, type Refusal } from './guardrail.ts';
import { healthyShare } from './healthy-share.ts';
import { killSwitch } from './kill-switch.ts';
import { maxRuns } from './max-runs.ts';
import { oneInFlight } from './one-in-flight.ts';
import { overload } from './overload.ts';
import { ownProbe } from './own-probe.ts';
import { quorum } from './quorum.ts';
import { starting } from './starting.ts';
import { stopWhenUnproven } from './stop-when-unproven.ts';
import { targetSilent } from './target-silent.ts';
import { targets } from './targets.ts';
import { timeoutAlone } from './timeout-alone.ts';

/** In the order in which they are told: what a person did first, then what the evidence says, then limits. */
export const guardrails: readonly Guardrail[] = [
  killSwitch,
  oneInFlight,
  stopWhenUnproven,
  grace,
  quorum,
  ownProbe,
  timeoutAlone,
  starting,
  overload,
  targets,
  argumentsKnown,
  targetSilent,
  healthyShare,
  blastRadius,
  cooldown,
  maxRuns,
  budget,
  autonomy,
  approval,
];

export interface GuardrailAnswers {
  readonly refusal: Refusal | null;
  readonly holds: readonly Hold[];
}

/** Asks every guardrail that stands over an attempt of this effect. */
export function askGuardrails(facts: GuardrailFacts): GuardrailAnswers {
  const holds: Hold[] = [];
  let refusal: Refusal | null = null;
  for (const guardrail of guardrails) {
    const answer = standsOver(guardrail, facts) ? guardrail.check(facts) : null;
    if (answer === null) continue;
    if (isRefusal(answer)) refusal ??= answer;
    else holds.push(answer);
  }
  return { refusal, holds };
}

function standsOver(guardrail: Guardrail, { step }: GuardrailFacts): boolean {
  switch (guardrail.over) {
    case 'every attempt':
      return true;
    case 'all but what restores':
      return step.effect !== 'restores';
    case 'what disrupts':
      return step.effect === 'disrupts';
  }
}
