import type { InstanceChange, ResourceEvent } from '@prunella/core';
import type { Lane, Look, Mark, Span } from './lane.ts';

type Told = Extract<ResourceEvent, { type: 'instances-changed' }>;
type Totals = Extract<ResourceEvent, { type: 'summary-changed' }>['conditions'];

interface Drawn {
  readonly name: string;
  readonly spans: Span[];
  readonly marks: Mark[];
  /** What it sees now; null where nobody knows. */
  sees: InstanceChange['condition'] | null;
  /** When it first complained; infinite where it never did. */
  sickAt: number;
}

/**
 * A lane for each instance that the log names, and one for those that it only counts. What was seen is dated by the
 * instances themselves, so a stretch may begin before the entry that tells it.
 */
export class InstanceLanes {
  readonly #named = new Map<string, Drawn>();
  readonly #others: Span[] = [];
  #totals: Totals | null = null;
  #mostOthers = 0;
  /** The others are looked at only when all that was told of one moment is taken in. */
  #toldAt: number | null = null;
  #isNamed = false;

  tell({ instances }: Told, at: number): void {
    this.#look(at);
    this.#isNamed = true;
    for (const change of instances) this.#change(change);
  }

  count(totals: Totals, at: number): void {
    this.#look(at);
    this.#totals = totals;
  }

  /** The healer started: it knows of nobody until they are heard again. */
  forget(at: number): void {
    this.#look(at);
    for (const lane of this.#named.values()) {
      endSpan(lane.spans, at);
      lane.sees = null;
    }
    endSpan(this.#others, at);
    this.#isNamed = false;
    this.#totals = null;
  }

  /** What the named see afterwards is told by a relapse; until then nobody can tell what the others are. */
  close(at: number): void {
    this.#look(at);
    for (const { spans } of this.#named.values()) {
      if (spans.at(-1)?.look === 'untold') endSpan(spans, at);
    }
    endSpan(this.#others, at);
    this.#isNamed = false;
  }

  lanes(): readonly Lane[] {
    this.#look(Number.POSITIVE_INFINITY);
    const named = [...this.#named.values()].sort((left, right) =>
      left.sickAt === right.sickAt ? 0 : left.sickAt - right.sickAt,
    );
    const lanes: Lane[] = named.map(({ name, spans, marks }) => ({ name, spans, marks, of: 'instance' }));
    if (this.#mostOthers > 0) {
      lanes.push({ name: `and ${countOf(this.#mostOthers)}`, spans: this.#others, marks: [], of: 'others' });
    }
    return lanes;
  }

  #change(change: InstanceChange): void {
    const { instance, host, condition, kind } = change;
    const lane = this.#named.get(instance) ?? drawn(instance, host);
    this.#named.set(instance, lane);
    const text = `${condition}${kind === undefined ? '' : `: ${kind}`}`;
    const last = lane.spans.at(-1);
    const from = Math.max(change.since, last === undefined ? change.since : (last.to ?? last.from));
    endSpan(lane.spans, from);
    lane.sees = condition;
    if (condition === 'down' || condition === 'degraded') lane.sickAt = Math.min(lane.sickAt, from);
    if (change.last === true) {
      lane.sees = null;
      lane.spans.push({
        from,
        to: null,
        look: 'untold',
        text: `${text}, and changes too often to be told further`,
      });
    } else if (condition === 'left') lane.marks.push({ at: from, look: 'event', text: 'left' });
    else lane.spans.push({ from, to: null, look: looks[condition], text });
  }

  #look(at: number): void {
    const before = this.#toldAt;
    if (before === at) return;
    this.#toldAt = at;
    if (before === null || this.#totals === null || !this.#isNamed) return;
    const { ok, degraded, down, unknown: allUnknown } = this.#totals;
    const here = [...this.#named.values()].filter(({ sees }) => sees !== null && sees !== 'left');
    const namedAre = (...conditions: readonly Drawn['sees'][]) =>
      here.filter(({ sees }) => conditions.includes(sees)).length;
    const count = Math.max(0, ok + degraded + down + allUnknown - here.length);
    const sick = within(count, degraded + down - namedAre('degraded', 'down'));
    const unknown = within(count - sick, allUnknown - namedAre('unknown', 'silent'));
    this.#mostOthers = Math.max(this.#mostOthers, count);
    const text = othersText(count, sick, unknown);
    const look = lookOf(count - sick - unknown, sick);
    const last = this.#others.at(-1);
    if (last?.to === null && last.text === text) return;
    endSpan(this.#others, before);
    if (count > 0) this.#others.push({ from: before, to: null, look, text });
  }
}

const looks: Readonly<Record<Exclude<InstanceChange['condition'], 'left'>, Look>> = {
  ok: 'well',
  degraded: 'part-sick',
  down: 'sick',
  unknown: 'unknown',
  silent: 'silent',
};

function drawn(instance: string, host: string | null): Drawn {
  const name = host === null || instance.includes(host) ? instance : `${instance} on ${host}`;
  return { name, spans: [], marks: [], sees: null, sickAt: Number.POSITIVE_INFINITY };
}

/** What would be no longer than a point is taken away. */
function endSpan(spans: Span[], at: number): void {
  const last = spans.at(-1);
  if (last?.to !== null) return;
  if (at > last.from) spans[spans.length - 1] = { ...last, to: at };
  else spans.pop();
}

function within(most: number, count: number): number {
  return Math.min(most, Math.max(0, count));
}

function lookOf(ok: number, sick: number): Look {
  if (sick > 0) return ok === 0 ? 'sick' : 'part-sick';
  return ok === 0 ? 'unknown' : 'well';
}

function countOf(count: number): string {
  return `${count} ${count === 1 ? 'other' : 'others'}`;
}

function othersText(count: number, sick: number, unknown: number): string {
  const parts = [sick === 0 ? 'none sick' : `${sick} sick`, ...(unknown === 0 ? [] : [`${unknown} unknown`])];
  return `${countOf(count)}: ${parts.join(', ')}`;
}
