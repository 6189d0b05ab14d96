import type { Hold } from '../decide/input.ts';
import type { Autonomy } from '../playbook/playbook.ts';
import { approval } from './approval.ts';
import { argumentsKnown } from './arguments.ts';
import { autonomy } from './autonomy.ts';
import { blastRadius } from './blast-radius.ts';
import { budget } from './budget.ts';
import { cooldown } from './cooldown.ts';
import { demotion } from './demotion.ts';
import { flapping } from './flapping.ts';
import { grace } from './grace.ts';
import { type Guardrail, type GuardrailFacts, isLowering, isRefusal, type Refusal } from './guardrail.ts';
import { healthyShare } from './healthy-share.ts';
import { isolation } from './isolation.ts';
import { killSwitch } from './kill-switch.ts';
import { lineage } from './lineage.ts';
import { maintenance } from './maintenance.ts';
import { maxRuns } from './max-runs.ts';
import { oneInFlight } from './one-in-flight.ts';
import { overload } from './overload.ts';
import { ownProbe } from './own-probe.ts';
import { quorum } from './quorum.ts';
import { somebodyElse } from './somebody-else.ts';
import { starting } from './starting.ts';
import { stopWhenIneffective } from './stop-when-ineffective.ts';
import { stopWhenUnproven } from './stop-when-unproven.ts';
import { storm } from './storm.ts';
import { targetSilent } from './target-silent.ts';
import { targets } from './targets.ts';
import { timeoutAlone } from './timeout-alone.ts';
import { unmappedNode } from './unmapped-node.ts';
import { upstream } from './upstream.ts';
import { windows } from './windows.ts';

/**
 * In the order in which they are told: what people did first, then what the whole fleet shows, then what the
 * evidence says, then limits. The last two look at the autonomy that all before them leave in force.
 */
export const guardrails: readonly Guardrail[] = [
  killSwitch,
  maintenance,
  somebodyElse,
  oneInFlight,
  stopWhenUnproven,
  storm,
  isolation,
  upstream,
  lineage,
  grace,
  windows,
  quorum,
  ownProbe,
  timeoutAlone,
  starting,
  overload,
  targets,
  argumentsKnown,
  unmappedNode,
  targetSilent,
  healthyShare,
  blastRadius,
  cooldown,
  maxRuns,
  budget,
  flapping,
  stopWhenIneffective,
  demotion,
  autonomy,
  approval,
];

export interface GuardrailAnswers {
  readonly refusal: Refusal | null;
  readonly holds: readonly Hold[];
  /** The autonomy in force. */
  readonly autonomy: Autonomy;
}

/** Asks every guardrail that stands over an attempt of this effect. */
export function askGuardrails(given: Omit<GuardrailFacts, 'autonomy' | 'lowered'>): GuardrailAnswers {
  const holds: Hold[] = [];
  let refusal: Refusal | null = null;
  let facts: GuardrailFacts = { ...given, autonomy: given.step.autonomy, lowered: null };
  for (const guardrail of guardrails) {
    const answer = standsOver(guardrail, facts) ? guardrail.check(facts) : null;
    if (answer === null) continue;
    if (isRefusal(answer)) refusal ??= answer;
    else if (!isLowering(answer)) holds.push(answer);
    else if (facts.autonomy === 'auto') facts = { ...facts, autonomy: 'ask', lowered: answer.reason };
  }
  return { refusal, holds, autonomy: facts.autonomy };
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
