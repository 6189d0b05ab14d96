import { blamesResource, type FaultKind, isFaultKind } from '@prunella/protocol';
import type { LogEntry } from '../decide/event.ts';
import type { ActionResult, OperatorCommand, Signal, TargetResolution } from '../decide/input.ts';

/** What a log says of one resource from without: what was seen of it, and what came of orders. */
export interface Evidence {
  readonly resource: string;
  /** In the order of time. */
  readonly counts: readonly Counts[];
  readonly probes: readonly ProbeChange[];
  readonly signals: readonly { readonly at: number; readonly signal: Signal }[];
  readonly commands: readonly { readonly at: number; readonly command: OperatorCommand }[];
  readonly results: readonly RecordedResult[];
  readonly resolutions: readonly { readonly step: string; readonly resolution: TargetResolution }[];
  /** Spans in which something was wrong or seemed to be, with time before them to get to know everybody. */
  readonly spans: readonly Span[];
  /** The most hosts that were sick at once: on so many the instances are taken to be. */
  readonly hosts: number;
}

interface Counts {
  readonly at: number;
  readonly observers: number;
  /** Kinds of the sick ones, one for each. */
  readonly sick: readonly FaultKind[];
}

interface ProbeChange {
  readonly at: number;
  readonly node: string | null;
  readonly passed: boolean;
  readonly detail: string;
}

interface RecordedResult {
  readonly step: string;
  readonly at: number;
  readonly tookMs: number;
  readonly result: ActionResult;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** More instances than this are shown by this many, in the same shares. */
const instancesShown = 40;
const beforeMs = 180_000;
const afterMs = 20 * 60_000;

export function evidenceOf(resource: string, log: readonly LogEntry[]): Evidence {
  const counts: Counts[] = [];
  const probes: ProbeChange[] = [];
  const signals: { at: number; signal: Signal }[] = [];
  const commands: { at: number; command: OperatorCommand }[] = [];
  const results: RecordedResult[] = [];
  const resolutions: { step: string; resolution: TargetResolution }[] = [];
  const steps = new Map<string, { step: string; at: number }>();
  const troubled: Span[] = [];
  let hosts = 1;
  let isOpen = false;
  let isSick = false;
  let since: number | null = null;
  for (const { at, event } of log) {
    switch (event.type) {
      case 'summary-changed':
        counts.push({ at, observers: event.observers, sick: sickOf(event) });
        hosts = Math.max(hosts, event.sickHosts);
        isSick = event.conditions.down + event.conditions.degraded > 0;
        break;
      case 'probe-changed':
        probes.push({ at, node: event.node, passed: event.passed, detail: event.detail });
        break;
      case 'signal-received':
        signals.push({ at, signal: event.signal });
        troubled.push({ from: at, to: at });
        break;
      case 'operator-commanded':
        // One that was refused did nothing then: an answer to a question that was over is none to another.
        if (event.trigger.fate !== 'rejected') commands.push({ at, command: event.command });
        break;
      case 'attempt-proposed':
        steps.set(event.attempt, { step: event.step, at });
        break;
      case 'attempt-intended':
        steps.set(event.attempt, { step: event.step, at });
        break;
      case 'targets-resolved': {
        const step = steps.get(event.attempt)?.step;
        if (step !== undefined) resolutions.push({ step, resolution: event.resolution });
        break;
      }
      case 'attempt-ended': {
        const begun = steps.get(event.attempt);
        if (begun !== undefined) {
          results.push({ step: begun.step, at: begun.at, tookMs: at - begun.at, result: event.result });
        }
        break;
      }
      case 'incident-opened':
      case 'incident-reopened':
        isOpen = true;
        break;
      case 'incident-closed':
        isOpen = false;
        break;
      default:
    }
    const isTroubled = isOpen || isSick;
    if (isTroubled && since === null) since = at;
    if (!isTroubled && since !== null) {
      troubled.push({ from: since, to: at });
      since = null;
    }
  }
  const last = log.at(-1)?.at ?? 0;
  if (since !== null) troubled.push({ from: since, to: last });
  return {
    resource,
    counts,
    probes,
    signals,
    commands,
    results,
    resolutions,
    hosts,
    spans: widened(troubled),
  };
}

function sickOf(event: Extract<LogEntry['event'], { type: 'summary-changed' }>): readonly FaultKind[] {
  return Object.entries(event.sickByKind).flatMap(([kind, count]) =>
    isFaultKind(kind) && blamesResource(kind)
      ? Array.from({ length: Math.min(count, 10_000) }, () => kind)
      : [],
  );
}

function widened(spans: readonly Span[]): readonly Span[] {
  const wide = spans
    .map(({ from, to }) => ({ from: from - beforeMs, to: to + afterMs }))
    .toSorted((left, right) => left.from - right.from);
  const joined: Span[] = [];
  for (const span of wide) {
    const last = joined.at(-1);
    if (last === undefined || span.from > last.to) joined.push(span);
    else joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
  }
  return joined;
}

/** The counts of a span, and the one that was in force at its beginning. */
export function countsOf(evidence: Evidence, { from, to }: Span): readonly Counts[] {
  const before = evidence.counts.findLast(({ at }) => at <= from);
  const within = evidence.counts.filter(({ at }) => at > from && at <= to);
  return before === undefined ? within : [before, ...within];
}

/** How many stand-ins show the instances of a span. */
export function standInsFor(counts: readonly Counts[]): number {
  return counts.reduce((most, { observers }) => Math.min(instancesShown, Math.max(most, observers)), 0);
}

/** What the stand-in of this number meets at a time: null where its calls succeed. */
export function faultAt(
  counts: readonly Counts[],
  number: number,
  standIns: number,
  at: number,
): FaultKind | null {
  const now = counts.findLast((each) => each.at <= at);
  if (now === undefined || now.sick.length === 0) return null;
  const scale = now.observers > standIns ? standIns / now.observers : 1;
  const sick = Math.max(1, Math.round(now.sick.length * scale));
  if (number >= sick) return null;
  return now.sick[Math.floor(number / scale)] ?? now.sick[0] ?? null;
}
