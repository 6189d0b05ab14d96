import type { Run } from '../record.ts';

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** When some node of the resource was really failing without a break; ms since the world began. */
export function failingSpans(run: Run, resource: string): readonly Span[] {
  return spansOf(run, resource, (failing) => failing > 0);
}

/** When every node of the resource was really well. */
export function wellSpans(run: Run, resource: string): readonly Span[] {
  return spansOf(run, resource, (failing) => failing === 0);
}

/** When every node of it was really failing. */
export function goneSpans(run: Run, resource: string): readonly Span[] {
  const { facts } = run.history.resources.find((each) => each.facts.resource === resource) ?? {};
  return spansOf(run, resource, (failing) => failing > 0 && failing === (facts?.nodes.length ?? 0));
}

function spansOf(
  { history, entries }: Run,
  resource: string,
  holds: (failing: number) => boolean,
): readonly Span[] {
  const failing = new Set<string>();
  const spans: Span[] = [];
  let from: number | null = holds(0) ? 0 : null;
  for (const entry of entries) {
    if (entry.type !== 'truth' || entry.resource !== resource) continue;
    if (entry.fault === null) failing.delete(entry.node);
    else failing.add(entry.node);
    const isSo = holds(failing.size);
    if (isSo) from ??= entry.at;
    else if (from !== null) {
      spans.push({ from, to: entry.at });
      from = null;
    }
  }
  if (from !== null) spans.push({ from, to: history.durationMs });
  return spans;
}
