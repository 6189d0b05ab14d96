import type { LogEntry, ResourceEvent } from '@prunella/core';
import { describeEvent } from '@prunella/core/describe';
import { InstanceLanes } from './instance-lanes.ts';
import type { Lane, Look, Mark, MarkLook, Span } from './lane.ts';

type Writable = { name: string; spans: Span[]; marks: Mark[] };

/**
 * What an incident's log looks like: a lane for the incident itself, for what applications see and for each instance
 * that is named, for each probe, for signals, for people, and for each step of the ladder.
 */
export function lanesOf(entries: readonly LogEntry[]): readonly Lane[] {
  const drawing = new Drawing();
  for (const [index, entry] of entries.entries()) {
    drawing.take(entry);
    // What follows outside of the incident was read up to its relapse; otherwise to draw on would be a guess.
    const isFollowed = entries[index + 1]?.incident === null;
    if (entry.event.type === 'incident-closed') drawing.close(entry.at, isFollowed);
  }
  return drawing.lanes();
}

class Drawing {
  readonly #lanes = new Map<string, Writable>();
  readonly #instances = new InstanceLanes();
  /** Steps by attempt. */
  readonly #steps = new Map<string, string>();

  lanes(): readonly Lane[] {
    const order = ['Incident', 'Applications', 'Probe', 'Signals', 'People'];
    const rank = (name: string) => {
      const at = order.findIndex((each) => name === each || name.startsWith(`${each} `));
      return at < 0 ? order.length : at;
    };
    const lanes: readonly Lane[] = [...this.#lanes.values()].sort(
      (left, right) => rank(left.name) - rank(right.name),
    );
    const seen = lanes.findLastIndex(({ name }) => rank(name) <= order.indexOf('Applications'));
    return lanes.toSpliced(seen + 1, 0, ...this.#instances.lanes());
  }

  close(at: number, isFollowed: boolean): void {
    this.#instances.close(at);
    if (isFollowed) return;
    for (const name of this.#lanes.keys()) {
      if (name === 'Applications' || name.startsWith('Probe')) this.#end(name, at);
    }
  }

  take({ at, event }: LogEntry): void {
    const text = describeEvent(event);
    switch (event.type) {
      case 'summary-changed':
        this.#span('Applications', at, lookOfSummary(event), text);
        this.#instances.count(event.conditions, at);
        return;
      case 'instances-changed':
        this.#instances.tell(event, at);
        return;
      case 'probe-changed':
        this.#span(
          `Probe${event.node === null ? '' : ` of ${event.node}`}`,
          at,
          event.passed ? 'well' : 'sick',
          text,
        );
        return;
      case 'signal-received':
        this.#mark('Signals', at, event.signal.status === 'firing' ? 'bad' : 'good', text);
        return;
      case 'operator-commanded':
        this.#mark('People', at, 'event', text);
        return;
      default:
        if (!this.#takeIncident(at, event, text)) this.#takeAttempt(at, event, text);
    }
  }

  #takeIncident(at: number, event: ResourceEvent, text: string): boolean {
    switch (event.type) {
      case 'incident-suspected':
        this.#span('Incident', at, 'suspected', text);
        return true;
      case 'incident-opened':
      case 'incident-reopened':
        this.#span('Incident', at, 'open', text);
        return true;
      case 'suspicion-ended':
      case 'incident-closed':
        this.#end('Incident', at);
        this.#mark('Incident', at, event.type === 'incident-closed' ? 'good' : 'event', text);
        return true;
      case 'incident-exhausted':
      case 'ladder-paused':
        this.#mark('Incident', at, 'bad', text);
        return true;
      case 'healer-started':
        this.#instances.forget(at);
        this.#mark('Incident', at, 'event', text);
        return true;
      case 'ladder-resumed':
      case 'kill-switch':
      case 'fleet-alarm':
        this.#mark('Incident', at, 'event', text);
        return true;
      default:
        return false;
    }
  }

  #takeAttempt(at: number, event: ResourceEvent, text: string): void {
    const lane = this.#laneOfAttempt(event);
    switch (event.type) {
      case 'attempt-held':
        this.#span(lane, at, event.hold.guardrail === 'approval' ? 'asks' : 'held', text);
        return;
      case 'approval-requested':
        this.#span(lane, at, 'asks', text);
        return;
      case 'attempt-intended':
        this.#span(lane, at, 'runs', text);
        return;
      case 'attempt-ended':
        this.#span(lane, at, 'verifies', text);
        return;
      case 'verdict-given':
        this.#end(lane, at);
        this.#mark(lane, at, verdictLooks[event.verdict], text);
        return;
      case 'attempt-refused':
      case 'attempt-withdrawn':
      case 'approval-denied':
        this.#end(lane, at);
        this.#mark(lane, at, 'refused', text);
        return;
      case 'attempt-harmful':
        this.#mark(lane, at, 'bad', text);
        return;
      case 'attempt-proposed':
      case 'approval-given':
        this.#end(lane, at);
        this.#mark(lane, at, 'event', text);
        return;
      default:
        this.#mark(lane, at, 'event', text);
    }
  }

  #laneOfAttempt(event: ResourceEvent): string {
    const { attempt, step } = event as { readonly attempt?: unknown; readonly step?: unknown };
    const name = typeof attempt === 'string' ? attempt : null;
    if (typeof step === 'string') {
      if (name !== null) this.#steps.set(name, step);
      return `Step ${step}`;
    }
    const known = name === null ? undefined : this.#steps.get(name);
    return known === undefined ? 'Steps' : `Step ${known}`;
  }

  #lane(name: string): Writable {
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = { name, spans: [], marks: [] };
      this.#lanes.set(name, lane);
    }
    return lane;
  }

  #span(name: string, at: number, look: Look, text: string): void {
    this.#end(name, at);
    this.#lane(name).spans.push({ from: at, to: null, look, text });
  }

  #end(name: string, at: number): void {
    const { spans } = this.#lane(name);
    const last = spans.at(-1);
    if (last?.to === null) spans[spans.length - 1] = { ...last, to: at };
  }

  #mark(name: string, at: number, look: MarkLook, text: string): void {
    this.#lane(name).marks.push({ at, look, text });
  }
}

const verdictLooks = { effective: 'good', ineffective: 'bad', unverified: 'unsure' } as const;

function lookOfSummary(event: Extract<ResourceEvent, { type: 'summary-changed' }>): Look {
  const { ok, degraded, down } = event.conditions;
  if (down + degraded > 0) return ok === 0 ? 'sick' : 'part-sick';
  return ok === 0 ? 'unknown' : 'well';
}
