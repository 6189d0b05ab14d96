import type { Signal } from '../decide/input.ts';

/** What a condition may look at. Nothing else is in its reach, and nothing of it can be changed. */
export interface ConditionFacts {
  /** `kind/name`. */
  readonly resource: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Null where none has come; a condition then reads empty texts. */
  readonly signal: SignalFacts | null;
  /** Kinds of fault that the incident shows; empty before one is open. */
  readonly faults: readonly string[];
}

/** A signal as conditions see it, cut to a size that a decision can bear. Serialisable. */
export interface SignalFacts {
  readonly type: string;
  readonly source: string;
  /** Empty where it names none. */
  readonly node: string;
  readonly summary: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What is kept of a signal's data. What is beyond is left out, so that a condition on it is not true. */
const dataLimits = { depth: 4, parts: 256, text: 1_000 } as const;

export function signalFacts(signal: Signal): SignalFacts {
  const budget = { parts: dataLimits.parts as number };
  const data = cut(signal.data ?? {}, dataLimits.depth, budget);
  return {
    type: signal.type.slice(0, dataLimits.text),
    source: signal.source.slice(0, dataLimits.text),
    node: (signal.node ?? '').slice(0, dataLimits.text),
    summary: signal.summary.slice(0, dataLimits.text),
    data: isRecord(data) ? data : {},
  };
}

function cut(value: unknown, depth: number, budget: { parts: number }): unknown {
  if (budget.parts <= 0) return undefined;
  budget.parts -= 1;
  if (typeof value === 'string') return value.length <= dataLimits.text ? value : undefined;
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'object' || depth === 0) return undefined;
  if (Array.isArray(value)) {
    const kept: unknown[] = [];
    for (const part of value) {
      if (budget.parts <= 0) break;
      const cutPart = cut(part, depth - 1, budget);
      if (cutPart !== undefined) kept.push(cutPart);
    }
    return kept;
  }
  const kept: [string, unknown][] = [];
  for (const [key, part] of Object.entries(value)) {
    if (budget.parts <= 0) break;
    const cutPart = key.length > dataLimits.text ? undefined : cut(part, depth - 1, budget);
    if (cutPart !== undefined) kept.push([key, cutPart]);
  }
  return Object.fromEntries(kept);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
