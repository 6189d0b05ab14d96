import type { ActionFacts, ResourceFacts } from '../decide/input.ts';
import type { ResourceState } from '../decide/state.ts';
import { plural } from '../decide/wording.ts';
import type { Autonomy, Playbook, Step } from '../playbook/playbook.ts';
import { emptyRecord, type StepRecord } from './step-record.ts';

const dayMs = 86_400_000;

/** What a step must have shown before more autonomy is recommended. A person writes it; nothing else does. */
export interface PromotionCriteria {
  /** Decisions at this resource. Default 20. */
  readonly decisions: number;
  /** Days since the first of them. Default 30. */
  readonly days: number;
}

export const defaultPromotionCriteria: PromotionCriteria = { decisions: 20, days: 30 };

export interface AutonomySubject {
  readonly state: ResourceState;
  readonly playbook: Playbook;
  readonly facts: ResourceFacts;
}

/** What is known of actions, by name. One of which nothing is known may be `auto`. */
export type ActionsKnown = ReadonlyMap<string, Pick<ActionFacts, 'highestAutonomy'>>;

/** One step at one resource. */
export interface StepAutonomy {
  readonly resource: string;
  readonly playbook: string;
  readonly step: string;
  readonly action: string;
  /** Its failure domain: the label `domain`, the one that its nodes share, or itself. */
  readonly domain: string;
  readonly written: Autonomy;
  /** `ask` where it is demoted; other guardrails may lower it further at a single attempt. */
  readonly inForce: Autonomy;
  readonly record: StepRecord;
  /** The autonomy that its record speaks for; null where it does not speak for more. */
  readonly recommended: Autonomy | null;
  /** Why, with its numbers. */
  readonly advice: string;
}

/** How each step has done, and whether more autonomy is earned. One failure domain goes first. */
export function autonomyReport(
  subjects: readonly AutonomySubject[],
  now: number,
  actions: ActionsKnown,
  criteria: PromotionCriteria = defaultPromotionCriteria,
): readonly StepAutonomy[] {
  const rows = subjects.flatMap((subject) =>
    subject.playbook.ladder.map((step) => rowOf(subject, step, now)),
  );
  return rows.map((row) => ({ ...row, ...adviceFor(row, rows, { criteria, actions, now }) }));
}

/** How each step of one resource has done. Whether more autonomy is earned hangs on other resources, too. */
export function stepStandings(subject: AutonomySubject, now: number): readonly StepStanding[] {
  return subject.playbook.ladder.map((step) => rowOf(subject, step, now));
}

/** One step at one resource, without advice. */
export type StepStanding = Omit<StepAutonomy, 'recommended' | 'advice'>;

type Row = StepStanding;
type Advice = Pick<StepAutonomy, 'recommended' | 'advice'>;

function rowOf({ state, playbook, facts }: AutonomySubject, step: Step, now: number): Row {
  const record = state.records?.find((each) => each.step === step.id) ?? emptyRecord(step.id, now);
  const isDemoted = record.demoted !== null && step.autonomy === 'auto';
  return {
    resource: state.resource,
    playbook: playbook.name,
    step: step.id,
    action: step.action,
    domain: domainOf(facts),
    written: step.autonomy,
    inForce: isDemoted ? 'ask' : step.autonomy,
    record,
  };
}

function domainOf({ resource, labels, nodes }: ResourceFacts): string {
  const domains = [...new Set(nodes.map(({ domain }) => domain))];
  const [only] = domains;
  return labels['domain'] ?? (domains.length === 1 && only !== undefined ? only : resource);
}

interface Weighing {
  readonly criteria: PromotionCriteria;
  readonly actions: ActionsKnown;
  readonly now: number;
}

function adviceFor(row: Row, rows: readonly Row[], { criteria, actions, now }: Weighing): Advice {
  const { record, written } = row;
  if (record.demoted !== null) {
    return none(`it did harm (${record.demoted.reason}); it asks until a person lifts that`);
  }
  if (written === 'auto') return none('it acts by itself already');
  if (written === 'ask' && actions.get(row.action)?.highestAutonomy === 'ask') {
    return none(`${row.action} is never run without a person`);
  }
  const missing = whatIsMissing(record, criteria, now);
  if (missing !== null) return none(missing);
  const next = written === 'shadow' ? 'ask' : 'auto';
  const same = rows.filter((each) => each.playbook === row.playbook && each.step === row.step);
  const waitsFor = next === 'auto' ? domainBefore(row, same, criteria, now) : null;
  if (waitsFor !== null) return none(waitsFor);
  const where = new Set(same.map(({ domain }) => domain)).size > 1 ? ` for failure domain ${row.domain}` : '';
  return {
    recommended: next,
    advice: `${plural(record.decisions, 'decision')} in ${daysOf(record, now)} days, none harmful: write autonomy: ${next}${where}`,
  };
}

function none(advice: string): Advice {
  return { recommended: null, advice };
}

function whatIsMissing(
  record: StepRecord,
  { decisions, days }: PromotionCriteria,
  now: number,
): string | null {
  if (record.harmful > 0) return `${record.harmful} of ${plural(record.decisions, 'decision')} did harm`;
  if (record.decisions >= decisions && daysOf(record, now) >= days) return null;
  return `${record.decisions} of ${plural(decisions, 'decision')} in ${daysOf(record, now)} of ${days} days`;
}

/** Nobody goes second before the first domain has acted alone without harm. */
function domainBefore(
  row: Row,
  same: readonly Row[],
  criteria: PromotionCriteria,
  now: number,
): string | null {
  const acting = same.filter(({ written }) => written === 'auto');
  if (acting.length === 0) {
    const ready = same.filter(({ record }) => whatIsMissing(record, criteria, now) === null);
    const first = ready.reduce((best, each) => (isBefore(each, best) ? each : best), row);
    return first.domain === row.domain ? null : `one failure domain goes first: ${first.domain}`;
  }
  if (acting.some(({ domain }) => domain === row.domain)) return null;
  const [one] = acting;
  const hasHarmed = acting.some(({ record }) => record.harmful > 0 || record.demoted !== null);
  if (hasHarmed) return `it did harm in failure domain ${one?.domain}, which went first`;
  const runs = acting.reduce((sum, { record }) => sum + record.runs, 0);
  return runs > 0 ? null : `failure domain ${one?.domain} went first and has not run it yet`;
}

function isBefore(left: Row, right: Row): boolean {
  if (left.record.decisions !== right.record.decisions) {
    return left.record.decisions > right.record.decisions;
  }
  return left.domain < right.domain;
}

function daysOf({ firstAt }: StepRecord, now: number): number {
  return Math.floor((now - firstAt) / dayMs);
}
