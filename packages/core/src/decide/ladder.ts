import type { FaultKind } from '@prunella/protocol';
import type { Step } from '../playbook/playbook.ts';
import type { StepProgress } from './state.ts';

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
