import type { Directive, FaultKind } from '@prunella/protocol';
import type { AttemptOrder, Command } from '../decide/command.ts';
import type { ResourceEvent } from '../decide/event.ts';
import { initialResourceState } from '../decide/initial.ts';
import type {
  ActionResult,
  OperatorCommand,
  ResourceFacts,
  ResourceInput,
  TargetResolution,
} from '../decide/input.ts';
import type { ResourceState } from '../decide/state.ts';
import type { FleetInput } from '../fleet/fleet.ts';
import type { FleetState } from '../fleet/state.ts';
import type { Playbook } from '../playbook/playbook.ts';
import { Agenda } from './agenda.ts';
import { Application } from './application.ts';
import type { OrderAnswers } from './backend.ts';
import type { Outside } from './errands.ts';
import { Healer } from './healer.ts';
import { HealerClock } from './healer-clock.ts';
import type { WrittenEntry } from './record.ts';

/** When every simulated world began, ms since the Unix epoch: 2027-01-15 08:00:00 UTC. */
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
 * One resource in a scripted world, in virtual time: applications that report, probes, a backend and a healer
 * whose disk takes no time. Nothing goes wrong here but what the script says.
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
  /** False: the probing itself is stuck until it is true again, and not even a timeout comes of it. */
  probeAnswers = true;
  /** How long a probe takes to answer. */
  probeTakesMs = 10;
  readonly #options: WorldOptions;
  readonly #healer: Healer;
  readonly #jobs = new Map<string, { answers: OrderAnswers; result: ActionResult | null }>();

  constructor(options: WorldOptions) {
    this.#options = options;
    this.playbook = options.playbook;
    this.resource = options.playbook.for;
    this.facts = options.facts ?? {
      resource: this.resource,
      nodes: [{ name: 'db1', target: 'minion-db1' }],
      labels: {},
    };
    this.#healer = new Healer({
      agenda: this.agenda,
      clock: new HealerClock(this.agenda),
      outside: this.#outside(),
      commitMs: null,
      playbookOf: () => this.playbook,
      factsOf: () => this.facts,
      onWritten: (entry) => this.#write(entry),
      onHappened: () => {},
    });
    this.#healer.start([this.resource]);
  }

  /** Ms since the world began. */
  get elapsed(): number {
    return this.agenda.now - worldBegan;
  }

  get state(): ResourceState {
    return this.#healer.stored.records.get(this.resource)?.machine ?? initialResourceState(this.resource);
  }

  get fleet(): FleetState {
    return this.#healer.stored.fleet;
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
      resources: [this.resource],
      callEveryMs: change.callEveryMs ?? 1_000,
      call: change.call ?? (() => this.fault),
      report: (report) => this.#healer.observe({ type: 'report', report }),
    });
    this.applications.push(application);
    return application;
  }

  input(input: ResourceInput): void {
    this.#healer.input(this.resource, input);
  }

  tellFleet(input: FleetInput): void {
    this.#healer.tellFleet(input);
  }

  command(command: OperatorCommand['command']): void {
    this.input({ type: 'operator', command: { id: `c${this.elapsed}`, by: 'ada', command } });
  }

  /** The healer dies with all it had in memory, and starts again later. Orders that were sent go on. */
  crash(downForMs: number): void {
    this.#healer.crash();
    this.agenda.after(downForMs, 'script', () => this.#healer.start([]));
  }

  /** The orders that were sent, with when, in ms since the beginning. */
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

  #write(entry: WrittenEntry): void {
    const at = this.elapsed;
    if (entry.type === 'event') this.events.push({ at, event: entry.event });
    else if (entry.type === 'command') this.commands.push({ at, command: entry.command });
    else if (entry.type === 'input') this.inputs.push({ at: this.agenda.now, input: entry.input });
  }

  #outside(): Outside {
    return {
      probe: (_resource, _node, _timeoutMs, done) => {
        const answer = () => {
          if (!this.probeAnswers) return this.agenda.after(1_000, 'world', answer);
          const passed = this.probePasses ?? this.fault === null;
          done({ passed, detail: passed ? 'answered' : 'connect ECONNREFUSED' });
        };
        this.agenda.after(this.probeTakesMs, 'world', answer);
      },
      resolve: (command, done) => {
        const targets = command.failing.map(({ node, target }) => ({ id: target, responding: true, node }));
        const resolution = this.#options.resolve?.(command) ?? { resolved: true, targets };
        this.agenda.after(20, 'world', () => done(resolution));
      },
      send: (order, answers) => this.#send(order, answers),
      find: (order, answers, done) => {
        const job = this.#jobs.get(order.attempt);
        if (job === undefined) return done({ found: 'never-sent' });
        job.answers = answers;
        if (job.result !== null) done({ found: 'ended', result: job.result });
        else done({ found: 'running', reference: `job-${order.attempt}` });
      },
      cancel: () => {},
      direct: (instances, directive: Directive) => {
        for (const each of this.applications) if (instances.includes(each.instance)) each.obey(directive);
      },
      notify: () => {},
    };
  }

  #send(order: AttemptOrder, answers: OrderAnswers): void {
    const job: { answers: OrderAnswers; result: ActionResult | null } = { answers, result: null };
    this.#jobs.set(order.attempt, job);
    const { tookMs, result } = this.#options.act?.(order, this) ?? { tookMs: 100, result: succeeded };
    this.agenda.after(10, 'backend', () => job.answers.onReference(`job-${order.attempt}`));
    this.agenda.after(tookMs, 'backend', () => {
      job.result = result;
      job.answers.onResult(result);
    });
  }
}
