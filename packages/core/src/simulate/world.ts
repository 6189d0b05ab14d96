import type { FaultKind } from '@prunella/protocol';
import type { AttemptOrder, Command } from '../decide/command.ts';
import { decide } from '../decide/decide.ts';
import type { ResourceEvent } from '../decide/event.ts';
import { initialResourceState } from '../decide/initial.ts';
import type { ActionResult, ResourceFacts, ResourceInput, TargetResolution } from '../decide/input.ts';
import type { ResourceState } from '../decide/state.ts';
import { decideFleet, type FleetInput, fleetFacts } from '../fleet/fleet.ts';
import { initialFleetState } from '../fleet/initial.ts';
import { cohortInstances, otherObservers } from '../observe/follow.ts';
import { initialObserveState } from '../observe/initial.ts';
import { type ObserveInput, observe } from '../observe/observe.ts';
import { nextObserveAt } from '../observe/silence.ts';
import type { Playbook } from '../playbook/playbook.ts';
import { Agenda } from './agenda.ts';
import { Application } from './application.ts';

export const worldBegan = 1_800_000_000_000;

export interface WorldOptions {
  readonly playbook: Playbook;
  readonly facts?: ResourceFacts;
  /** What an order does in the world, how long it takes, and what the backend then says. */
  readonly act?: (
    order: AttemptOrder,
    world: World,
  ) => { readonly tookMs: number; readonly result: ActionResult };
  readonly resolve?: (command: Extract<Command, { type: 'resolve-targets' }>) => TargetResolution;
}

const succeeded: ActionResult = { outcome: 'succeeded', summary: 'done', targets: [] };

/**
 * The machines with a scripted world around them, in virtual time: applications that report, probes, a backend
 * and the fleet. What an engine does durably is done here in memory.
 */
export class World {
  readonly agenda = new Agenda(worldBegan);
  readonly resource: string;
  readonly playbook: Playbook;
  readonly facts: ResourceFacts;
  readonly events: { readonly at: number; readonly event: ResourceEvent }[] = [];
  readonly commands: { readonly at: number; readonly command: Command }[] = [];
  readonly inputs: { readonly at: number; readonly input: ResourceInput }[] = [];
  readonly applications: Application[] = [];
  /** What a call of an application meets; null is a success. Scripts change it. */
  fault: FaultKind | null = null;
  /** Null: as `fault` says. */
  probePasses: boolean | null = null;
  probeAnswers = true;
  /** How long a probe takes to answer. */
  probeTakesMs = 10;
  state: ResourceState;
  fleet = initialFleetState('test', worldBegan);
  seen = initialObserveState();
  readonly #options: WorldOptions;
  #tickAt: number | null = null;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.playbook = options.playbook;
    this.resource = options.playbook.for;
    this.facts = options.facts ?? {
      resource: this.resource,
      nodes: [{ name: 'db1', target: 'minion-db1' }],
      labels: {},
    };
    this.state = initialResourceState(this.resource);
    this.input({ type: 'healer-started' });
  }

  /** Ms since the world began. */
  get elapsed(): number {
    return this.agenda.now - worldBegan;
  }

  runUntil(elapsedMs: number): void {
    this.agenda.runUntil(worldBegan + elapsedMs);
  }

  /** Something that happens at a time since the beginning. */
  at(elapsedMs: number, run: () => void): void {
    this.agenda.at(worldBegan + elapsedMs, 'script', run);
  }

  breaks(kind: FaultKind = 'unreachable'): void {
    this.fault = kind;
  }

  heals(): void {
    this.fault = null;
  }

  start(
    host: string,
    change: { readonly call?: () => FaultKind | null; readonly callEveryMs?: number } = {},
  ): Application {
    const application = new Application(this.agenda, {
      service: 'actioner',
      host,
      process: `p${this.applications.length + 1}`,
      resource: this.resource,
      callEveryMs: change.callEveryMs ?? 1_000,
      call: change.call ?? (() => this.fault),
      report: (report) => this.observe({ type: 'report', report }),
    });
    this.applications.push(application);
    return application;
  }

  input(input: ResourceInput): void {
    const { now } = this.agenda;
    this.inputs.push({ at: now, input });
    const decision = decide(this.state, input, this.playbook, this.facts, now);
    // What is not JSON would be lost by an engine.
    this.state = JSON.parse(JSON.stringify(decision.state));
    for (const event of decision.events) this.events.push({ at: this.elapsed, event });
    for (const command of decision.commands) {
      this.commands.push({ at: this.elapsed, command });
      this.#carryOut(command);
    }
  }

  observe(input: ObserveInput): void {
    const observation = observe(this.seen, input, this.agenda.now);
    this.seen = observation.state;
    for (const summary of observation.changed) {
      if (summary.resource === this.resource) this.input({ type: 'summary', summary });
    }
    this.#armObserve();
  }

  tellFleet(input: FleetInput): void {
    const decision = decideFleet(this.fleet, input, this.agenda.now);
    this.fleet = JSON.parse(JSON.stringify(decision.state));
    for (const permit of decision.permits) {
      this.agenda.after(0, 'healer', () =>
        this.input({ type: 'permit', attempt: permit.attempt, decision: permit.decision }),
      );
    }
    for (const { resource, input: learnt } of decision.told) {
      if (resource === this.resource) this.input(learnt);
    }
    if (decision.facts !== null) this.input({ type: 'fleet', fleet: decision.facts });
  }

  command(command: Extract<ResourceInput, { type: 'operator' }>['command']['command']): void {
    this.input({ type: 'operator', command: { id: `c${this.elapsed}`, by: 'ada', command } });
  }

  /** The healer dies with all it had in memory, and starts again later. Orders that were sent go on. */
  crash(downForMs: number): void {
    this.agenda.drop('healer');
    this.#tickAt = null;
    this.seen = initialObserveState();
    const reportsLost = this.observe;
    this.observe = () => {};
    this.agenda.after(downForMs, 'script', () => {
      this.observe = reportsLost;
      this.input({ type: 'healer-started' });
      this.input({ type: 'fleet', fleet: fleetFacts(this.fleet) });
    });
  }

  /** The times, in minutes, at which orders were sent, with their steps. */
  get orders(): readonly { readonly at: number; readonly order: AttemptOrder }[] {
    return this.commands.flatMap(({ at, command }) =>
      command.type === 'dispatch' ? [{ at, order: command.order }] : [],
    );
  }

  eventsOf<Type extends ResourceEvent['type']>(type: Type): Extract<ResourceEvent, { type: Type }>[] {
    return this.events
      .map((each) => each.event)
      .filter((event): event is Extract<ResourceEvent, { type: Type }> => event.type === type);
  }

  timesOf(type: ResourceEvent['type']): number[] {
    return this.events.filter((each) => each.event.type === type).map((each) => each.at);
  }

  #carryOut(command: Command): void {
    switch (command.type) {
      case 'wake':
        this.agenda.at(command.at, 'healer', () => this.input({ type: 'tick' }));
        return;
      case 'probe':
        this.#probe();
        return;
      case 'resolve-targets':
        this.#resolve(command);
        return;
      case 'request-permit':
        this.tellFleet({ type: 'request', request: command.request });
        return;
      case 'release-permit':
        this.tellFleet({ ...command, type: 'release' });
        return;
      case 'tell-fleet':
        this.tellFleet({ type: 'standing', standing: command.standing });
        return;
      case 'dispatch':
        this.#dispatch(command.order);
        return;
      case 'direct': {
        const ids = new Set(
          command.to === 'cohort'
            ? cohortInstances(this.seen, this.resource)
            : otherObservers(this.seen, this.resource),
        );
        for (const each of this.applications) if (ids.has(each.instance)) each.obey(command.directive);
        return;
      }
      case 'follow-cohort':
        this.agenda.after(0, 'healer', () => this.observe(command));
        return;
      case 'cancel':
      case 'notify':
        return;
    }
  }

  #probe(): void {
    const beganAt = this.agenda.now;
    const nodes = this.facts.nodes.length === 0 ? [null] : this.facts.nodes.map((node) => node.name);
    this.agenda.after(this.probeTakesMs, 'healer', () => {
      if (!this.probeAnswers) return;
      const passed = this.probePasses ?? this.fault === null;
      const detail = passed ? 'answered' : 'connect ECONNREFUSED';
      for (const node of nodes) {
        const endedAt = this.agenda.now;
        const result = { resource: this.resource, node, passed, beganAt, endedAt, detail };
        this.input({ type: 'probe', result });
      }
    });
  }

  #resolve(command: Extract<Command, { type: 'resolve-targets' }>): void {
    const resolution = this.#options.resolve?.(command) ?? {
      resolved: true,
      targets: command.failing.map(({ node, target }) => ({ id: target, responding: true, node })),
    };
    this.agenda.after(20, 'healer', () =>
      this.input({ type: 'targets', attempt: command.attempt, resolution }),
    );
  }

  #dispatch(order: AttemptOrder): void {
    this.tellFleet({ type: 'used', attempt: order.attempt });
    const { tookMs, result } = this.#options.act?.(order, this) ?? { tookMs: 100, result: succeeded };
    this.agenda.after(10, 'healer', () =>
      this.input({ type: 'dispatched', attempt: order.attempt, reference: `job-${order.attempt}` }),
    );
    // Not the healer's own: what was sent goes on without it, and is found again.
    this.agenda.after(tookMs, 'backend', () =>
      this.input({ type: 'result', attempt: order.attempt, result }),
    );
  }

  #armObserve(): void {
    const at = nextObserveAt(this.seen);
    if (at === null || at === this.#tickAt) return;
    this.#tickAt = at;
    this.agenda.at(at, 'healer', () => {
      this.#tickAt = null;
      this.observe({ type: 'tick' });
    });
  }
}
