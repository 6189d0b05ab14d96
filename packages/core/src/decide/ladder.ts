import type { FaultKind } from '@prunella/protocol';
import type { Step } from '../playbook/playbook.ts';
import type { StepProgress } from './state.ts';
import { duration, list } from './wording.ts';

/** What the choice of the next step depends on; steps and progress in the playbook's order, mildest first. */
export interface LadderView {
  readonly rungs: readonly Rung[];
  /** What `after` counts from. */
  readonly from: number;
  readonly kinds: readonly FaultKind[];
}

interface Rung {
  readonly step: Step;
  readonly progress: StepProgress;
  /** Held, and the playbook says that others need not wait for it. */
  readonly stoodAside: boolean;
  /** Its condition is not true now; left out where it has none. */
  readonly unwanted?: boolean;
}

/**
 * The step to run now: of those that are due the strongest, but none before each milder one has run once in
 * this incident. Null where nothing is due.
 */
export function chooseStep(view: LadderView, now: number): Step | null {
  for (let index = view.rungs.length - 1; index >= 0; index -= 1) {
    const rung = view.rungs[index];
    const at = stepDueAt(view, index);
    if (rung !== undefined && !rung.stoodAside && at !== null && at <= now) return rung.step;
  }
  return null;
}

/** The next moment at which a step becomes due, and which; null where none ever does. */
export function nextDue(view: LadderView): { readonly step: Step; readonly at: number } | null {
  let next: { readonly step: Step; readonly at: number } | null = null;
  for (const [index, rung] of view.rungs.entries()) {
    const at = rung.stoodAside ? null : stepDueAt(view, index);
    if (at !== null && (next === null || at < next.at)) next = { step: rung.step, at };
  }
  return next;
}

/** Every step has had all its runs, or is refused in this incident. */
export function isSpent(view: LadderView): boolean {
  return view.rungs.every((rung) => isUsedUp(rung));
}

/** Whether a step that is stronger than this one may still run for the faults that are shown. */
export function hasStrongerLeft(view: LadderView, id: string): boolean {
  const index = view.rungs.findIndex(({ step }) => step.id === id);
  return view.rungs.slice(index + 1).some((rung) => !isUsedUp(rung) && isMeant(rung, view.kinds));
}

/** When a step may start; null while it may not: used up, not meant for these faults, or a milder one first. */
function stepDueAt(view: LadderView, index: number): number | null {
  const rung = view.rungs[index];
  if (rung === undefined || isUsedUp(rung) || !isMeant(rung, view.kinds)) return null;
  if (view.rungs.slice(0, index).some((milder) => mustRunFirst(milder, view.kinds))) return null;
  const { afterMs, everyMs } = rung.step;
  // A run of a stronger step restarts the `every` of all milder ones.
  const starts = view.rungs.slice(index).map((each) => each.progress.startedAt);
  const newest = starts.reduce<number | null>(
    (latest, at) => (at === null ? latest : Math.max(latest ?? at, at)),
    null,
  );
  return Math.max(
    view.from + afterMs,
    newest === null ? Number.NEGATIVE_INFINITY : newest + everyMs,
    rung.progress.notBefore ?? Number.NEGATIVE_INFINITY,
  );
}

/** Why a step of the ladder is not due now; null where it is. `until` null where time alone does not make it so. */
export function whyNotDue(
  view: LadderView,
  id: string,
  now: number,
): { readonly reason: string; readonly until: number | null } | null {
  const index = view.rungs.findIndex(({ step }) => step.id === id);
  const rung = view.rungs[index];
  if (rung === undefined) return null;
  const { step, progress } = rung;
  if (progress.refused !== null) {
    const { guardrail, reason } = progress.refused;
    return { reason: `it is refused in this incident by ${guardrail}: ${reason}`, until: null };
  }
  if (progress.runs >= step.max) {
    return { reason: `it has had ${progress.runs} of its ${step.max} runs in this incident`, until: null };
  }
  if (!isMeant(rung, view.kinds)) return { reason: notMeant(rung, view.kinds), until: null };
  const milder = view.rungs.slice(0, index).find((each) => mustRunFirst(each, view.kinds));
  if (milder !== undefined) {
    return { reason: `step ${milder.step.id} is milder and must run once before it`, until: null };
  }
  const at = stepDueAt(view, index);
  if (at !== null && at > now) return { reason: `it is due in ${duration(at - now)}`, until: at };
  const chosen = chooseStep(view, now);
  if (chosen === null || chosen.id === id) return null;
  return { reason: `step ${chosen.id} is due too, and stronger`, until: null };
}

function notMeant({ step, unwanted = false }: Rung, kinds: readonly FaultKind[]): string {
  if (unwanted) return 'its condition (`if`) is not true now';
  return `it is for ${list(step.when ?? [])}; now ${kinds.length === 0 ? 'no fault is shown' : list(kinds)}`;
}

function mustRunFirst(milder: Rung, kinds: readonly FaultKind[]): boolean {
  const isPassedOver = milder.progress.refused !== null || milder.stoodAside || !isMeant(milder, kinds);
  return milder.progress.runs === 0 && !isPassedOver;
}

function isUsedUp(rung: Rung): boolean {
  return rung.progress.refused !== null || rung.progress.runs >= rung.step.max;
}

function isMeant({ step, unwanted = false }: Rung, kinds: readonly FaultKind[]): boolean {
  if (unwanted) return false;
  return step.when === undefined || step.when.some((kind) => kinds.includes(kind));
}
