import {
  type Command,
  type Decision,
  decide,
  initialResourceState,
  type OperatorCommand,
  type Playbook,
  type ResourceEvent,
  type ResourceFacts,
  type ResourceInput,
  type ResourceState,
  type TargetResolution,
} from '@prunella/core';
import { worldBegan } from '@prunella/core/simulate';

const resource = 'rethinkdb/main';

const twoNodes: ResourceFacts = {
  resource,
  nodes: [
    { name: 'db1', target: 'minion-db1' },
    { name: 'db2', target: 'minion-db2' },
  ],
  labels: {},
};

/** The machine of one resource by itself: the test is its engine, its fleet, its prober and its clock. */
export class Machine {
  state: ResourceState = initialResourceState(resource);
  now = worldBegan;
  readonly events: ResourceEvent[] = [];
  readonly commands: Command[] = [];
  readonly #playbook: Playbook;
  /** What the configuration says; a reload changes it. */
  facts: ResourceFacts;

  constructor(playbook: Playbook, facts: ResourceFacts = twoNodes) {
    this.#playbook = playbook;
    this.facts = facts;
  }

  feed(input: ResourceInput): Decision {
    const decision = decide(this.state, input, this.#playbook, this.facts, this.now);
    this.state = decision.state;
    this.events.push(...decision.events);
    this.commands.push(...decision.commands);
    return decision;
  }

  /** A firing alert about `db2`. */
  alert(): void {
    const alert = { source: 'alertmanager', type: 'alert', node: 'db2', status: 'firing' } as const;
    this.feed({ type: 'signal', signal: { ...alert, id: `${this.now}`, resource, summary: 'down' } });
  }

  /** What each node's probe answers; one that is left out has not answered. */
  probe(answers: Readonly<Record<string, boolean>>): void {
    for (const [node, passed] of Object.entries(answers)) {
      const result = { resource, node, passed, beganAt: this.now - 10, endedAt: this.now, detail: '' };
      this.feed({ type: 'probe', result });
    }
  }

  /** The same answers at the pace of the playbook's confirmation. */
  probeFor(spanMs: number, answers: Readonly<Record<string, boolean>>): void {
    for (let passedMs = 0; passedMs < spanMs; passedMs += 5_000) {
      this.now += 5_000;
      this.probe(answers);
    }
  }

  command(command: OperatorCommand['command']): void {
    this.feed({ type: 'operator', command: { id: `${this.now}`, by: 'ada', command } });
  }

  /** The id of the attempt that is under way; empty where none is. */
  get attempt(): string {
    return this.state.incident?.attempt?.id ?? '';
  }

  resolve(...ids: readonly string[]): void {
    const resolution: TargetResolution = {
      resolved: true,
      targets: ids.map((id) => ({ id, responding: true })),
    };
    this.feed({ type: 'targets', attempt: this.attempt, resolution });
  }

  /** Three instances that complained, and how many of them are ok since the cohort was marked. */
  hear(cohort: { readonly ok: number; readonly markAt: number | null }): void {
    const { ok, markAt } = cohort;
    const incident = this.state.incident?.id ?? '';
    const ids = ['a', 'b', 'c'];
    const hosts = { observing: ids, sick: ids.slice(ok) };
    this.feed({
      type: 'summary',
      summary: {
        resource,
        observers: 3,
        conditions: { ok, degraded: 0, down: 3 - ok, unknown: 0 },
        sickByKind: ok === 3 ? {} : { unreachable: 3 - ok },
        hosts,
        services: { observing: ['app'], sick: ok === 3 ? [] : ['app'] },
        earliestFaultAt: ok === 3 ? null : worldBegan,
        newestReportAt: this.now,
        settled: true,
        cohort: { incident, total: 3, sick: 3 - ok, okSinceMark: ok, gone: 0, markAt, ids },
      },
    });
  }

  grant(): void {
    const fence = { authority: 'test', generation: 1, number: 1 };
    const expiresAt = this.now + 10_000;
    const decision = { type: 'granted', permit: 'permit-1', fence, expiresAt } as const;
    this.feed({ type: 'permit', attempt: this.attempt, decision });
  }

  eventsOf<Type extends ResourceEvent['type']>(type: Type): Extract<ResourceEvent, { type: Type }>[] {
    return this.events.filter(
      (event): event is Extract<ResourceEvent, { type: Type }> => event.type === type,
    );
  }
}
