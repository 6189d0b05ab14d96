import { recordHarm } from './harm.ts';
import type { ActingElsewhere, Cause, LoadFacts, ResourceInput } from './input.ts';
import type { Around } from './state.ts';
import { change, changeAttempt, changeIncident, openIncident, presentAttempt, type Turn } from './turn.ts';

const sourcesKept = 16;
const actingKept = 32;
const upstreamKept = 100;
const believedAtMostMs = 3_600_000;

type AroundInput = Extract<ResourceInput, { type: 'acting' | 'load' | 'upstream' | 'lineage' | 'harm' }>;

/** What the world around the resource does; it holds attempts and opens nothing. */
export function receiveAround(turn: Turn, input: AroundInput): void {
  switch (input.type) {
    case 'acting':
      receiveActing(turn, input.source, input.acting);
      return;
    case 'load':
      receiveLoad(turn, input.load);
      return;
    case 'upstream':
      changeAround(turn, { upstream: input.sick.slice(0, upstreamKept) });
      return;
    case 'lineage':
      receiveLineage(turn, input.incident, input.cause);
      return;
    case 'harm':
      recordHarm(turn, input.attempt, input.reason);
  }
}

export function changeAround(turn: Turn, with_: Partial<Around>): void {
  change(turn, { around: { ...turn.state.around, ...with_ } });
}

/** What was seen before the healer's start is not known to be so any more; what people said still is. */
export function forgetSeen(turn: Turn): void {
  if (turn.state.around === undefined) return;
  const { acting: _, load: __, ...said } = turn.state.around;
  change(turn, { around: said });
}

function receiveActing(turn: Turn, source: string, acting: readonly ActingElsewhere[]): void {
  const latest = turn.now + believedAtMostMs;
  const believed = acting
    .filter((each) => each.until > turn.now)
    .slice(0, actingKept)
    .map((each) => ({ ...each, until: Math.min(each.until, latest) }));
  const told = turn.state.around?.acting ?? [];
  const before = told.find((each) => each.source === source)?.acting ?? [];
  const others = told.filter((each) => each.source !== source);
  const all = believed.length === 0 ? others : [...others, { source, acting: believed }];
  changeAround(turn, { acting: all.slice(-sourcesKept) });
  if (believed.length === before.length && believed.every((each) => goesOn(each, before))) return;
  // Held for what they did: whether that is over need not wait for the time that was guessed for it.
  const attempt = presentAttempt(turn.state);
  const isWaiting = attempt?.phase === 'resolving' || attempt?.phase === 'rechecking';
  if (isWaiting && attempt.resolveAskedAt === null && attempt.targets !== null) {
    changeAttempt(turn, { heldUntil: null });
  }
}

/** It was told before, and is believed at least as long as then. */
function goesOn(acting: ActingElsewhere, before: readonly ActingElsewhere[]): boolean {
  return before.some((each) => each.until <= acting.until && nameOf(each) === nameOf(acting));
}

function nameOf({ what, detail, targets }: ActingElsewhere): string {
  return JSON.stringify([what, detail, targets]);
}

function receiveLoad(turn: Turn, load: LoadFacts): void {
  const isNewer = load.at >= (turn.state.around?.load?.at ?? Number.NEGATIVE_INFINITY);
  if (isNewer && Number.isFinite(load.utilisation)) {
    changeAround(turn, { load: { ...load, at: Math.min(load.at, turn.now) } });
  }
}

function receiveLineage(turn: Turn, id: string, cause: Cause): void {
  if (openIncident(turn.state)?.id === id) changeIncident(turn, { cause });
}
