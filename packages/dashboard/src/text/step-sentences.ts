import type { ResourceStep } from '../api/resources.ts';
import { duration } from './time.ts';

type Autonomy = ResourceStep['inForce'];

const inForceSentences: Readonly<Record<Autonomy, string>> = {
  shadow: 'It only notes what it would do.',
  ask: 'It asks a person before each run.',
  auto: 'It acts alone.',
};

const writtenWords: Readonly<Record<Autonomy, string>> = {
  shadow: 'only notes what it would do',
  ask: 'asks a person before each run',
  auto: 'acts alone',
};

/** What the step may do by itself here, and why that is not what its playbook writes. */
export function autonomySentence({ written, inForce, record }: ResourceStep): string {
  const present = inForceSentences[inForce];
  const { demoted } = record;
  if (inForce === written && demoted === null) return present;
  const text = `${present} Its playbook writes that it ${writtenWords[written]}`;
  return demoted === null ? `${text}.` : `${text}; that is set aside: ${demoted.reason}.`;
}

/** How it has done here so far. `now`: by the healer's clock. */
export function effectivenessSentence({ record }: ResourceStep, now: number): string {
  const { runs, effective, ineffective, unverified, harmful, relapsed, credited } = record;
  // One that is on its way, or still looked at, has neither helped nor not.
  const judged = effective + ineffective + unverified;
  const over = duration(Math.max(0, now - record.firstAt));
  const times = (count: number) => (count === 1 ? 'once' : `${count} times`);
  const parts = [
    ...(ineffective > 0 ? [`it did not ${times(ineffective)}`] : []),
    ...(unverified > 0 ? [`nobody could tell ${times(unverified)}`] : []),
    ...(relapsed > 0 ? [`${relapsed} of ${credited} relapsed`] : []),
    ...(harmful > 0 ? [`it did harm ${times(harmful)}`] : []),
  ];
  const beside = parts.length === 0 ? '' : `; ${parts.join(', ')}`;
  if (runs === 0) return `It has not run here yet${beside}.`;
  if (judged === 0) return `It has run ${times(runs)} here, without a verdict yet${beside}.`;
  return `It helped ${effective} of ${judged} times in ${over}${beside}.`;
}

/** What people and time answered before it ran; empty where there is nothing to tell. */
export function decisionsSentence({ record }: ResourceStep): string {
  const { agreed, disagreed, unanswered, recoveredFirst, decisions } = record;
  const parts = [
    ...(agreed > 0 ? [`yes ${agreed}×`] : []),
    ...(disagreed > 0 ? [`no ${disagreed}×`] : []),
    ...(unanswered > 0 ? [`nothing ${unanswered}×`] : []),
  ];
  const people = parts.length === 0 ? '' : `People answered ${parts.join(', ')}.`;
  const first =
    recoveredFirst === 0 ? '' : `${recoveredFirst} of ${decisions} times all was well before it ran.`;
  return [people, first].filter((text) => text !== '').join(' ');
}
