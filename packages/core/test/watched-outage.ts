import {
  decide,
  explain,
  initialObserveState,
  initialResourceState,
  nextObserveAt,
  type ObserveInput,
  observe,
  type Playbook,
  type ResourceEvent,
  type ResourceInput,
} from '@prunella/core';
import { worldBegan } from '@prunella/core/simulate';
import { protocolVersion, type ResourceCondition } from '@prunella/protocol';
import { articlePlaybook, minutes, seconds } from './playbooks.ts';

const resource = 'rethinkdb/main';
const facts = { resource, nodes: [], labels: {} };

export type Sees = 'ok' | 'degraded' | 'down';
type Told = Extract<ResourceEvent, { type: 'instances-changed' }>;

/** Opens on reports alone, after 10 s, and closes by itself: only what is seen matters here. */
const reportsAlone: Playbook = articlePlaybook({
  open: { confirm: { by: 'none' }, afterMs: seconds(10), graceAfterStartMs: 0 },
  limits: { relapseMs: minutes(30) },
});

/** Applications that report, what is observed of them, and the machine of the resource; no disk, no backend. */
export class WatchedOutage {
  state = initialResourceState(resource);
  seen = initialObserveState({ okHeartbeatMs: 1_000 });
  now = worldBegan;
  readonly events: { readonly at: number; readonly event: ResourceEvent }[] = [];
  /** Everything decided but what instances are told of by name. */
  readonly decisions: unknown[] = [];
  readonly #namesAreTold: boolean;
  readonly #sequences = new Map<string, number>();

  constructor({ namesAreTold = true } = {}) {
    this.#namesAreTold = namesAreTold;
    this.feed({ type: 'healer-started' });
  }

  /** One instance on a host of its own says what it sees, and since when. */
  says(name: string, condition: Sees, { sinceMs = 0, kind = 'unreachable', goodbye = false } = {}): void {
    const sequence = (this.#sequences.get(name) ?? 0) + 1;
    this.#sequences.set(name, sequence);
    const said: ResourceCondition = {
      resource,
      condition,
      sinceMs,
      successes: sequence,
      faults: {},
      ...(condition === 'ok'
        ? { lastSuccessAgeMs: 0 }
        : { lastFaultKind: kind as 'unreachable', firstFaultAgeMs: sinceMs }),
    };
    this.observe({
      type: 'report',
      report: {
        protocol: protocolVersion,
        service: 'shop',
        host: `host-${name}`,
        instance: `shop/host-${name}/${name}`,
        epoch: 'first',
        sequence,
        heartbeatMs: 5_000,
        conditions: [said],
        ...(goodbye && { goodbye: true }),
      },
    });
  }

  /** All of them say the same for a while, each every 5 s. */
  sayFor(spanMs: number, names: readonly string[], condition: Sees): void {
    const until = this.now + spanMs;
    while (this.now < until) {
      for (const name of names) this.says(name, condition);
      this.pass(seconds(5));
    }
  }

  /** Time passes, with all that falls due meanwhile. */
  pass(spanMs: number): void {
    const until = this.now + spanMs;
    for (;;) {
      const due = Math.min(this.state.wakeAt ?? until, nextObserveAt(this.seen) ?? until);
      if (due >= until) break;
      this.now = Math.max(this.now, due);
      const observeAt = nextObserveAt(this.seen);
      if (observeAt !== null && observeAt <= this.now) this.observe({ type: 'tick' });
      if (this.state.wakeAt !== null && this.state.wakeAt <= this.now) this.feed({ type: 'tick' });
    }
    this.now = until;
  }

  /** As a crash and a new start: what was observed is gone, the state was read from the disk. */
  restart(): void {
    this.seen = initialObserveState({ okHeartbeatMs: 1_000 });
    this.state = JSON.parse(JSON.stringify(this.state));
    this.feed({ type: 'healer-started' });
  }

  observe(input: ObserveInput): void {
    const { changed } = observe(this.seen, input, this.now);
    for (const summary of changed) {
      const { witnesses: _, ...counts } = summary;
      this.feed({ type: 'summary', summary: this.#namesAreTold ? summary : counts });
    }
  }

  feed(input: ResourceInput): void {
    const { state, events, commands } = decide(this.state, input, reportsAlone, facts, this.now);
    this.state = state;
    this.events.push(...events.map((event) => ({ at: this.now, event })));
    this.decisions.push(
      events.filter(({ type }) => type !== 'instances-changed'),
      commands.filter(({ type }) => type !== 'follow-witnesses'),
    );
    for (const command of commands) {
      if (command.type === 'follow-cohort' || command.type === 'follow-witnesses') this.observe(command);
    }
  }

  eventsOf<Type extends ResourceEvent['type']>(type: Type): Extract<ResourceEvent, { type: Type }>[] {
    return this.events.flatMap(({ event }) =>
      event.type === type ? [event as Extract<ResourceEvent, { type: Type }>] : [],
    );
  }

  get told(): readonly Told[] {
    return this.eventsOf('instances-changed');
  }

  explanation() {
    return explain(this.state, reportsAlone, facts, { paused: null }, this.now);
  }

  /** What the log tells of one instance, in its order. */
  lane(name: string): readonly string[] {
    return this.told
      .flatMap(({ instances }) => instances)
      .filter(({ instance }) => instance.endsWith(`/${name}`))
      .map(({ condition }) => condition);
  }
}
