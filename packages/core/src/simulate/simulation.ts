import type { FaultKind } from '@prunella/protocol';
import type { OperatorCommand } from '../decide/input.ts';
import { Agenda } from './agenda.ts';
import { Application } from './application.ts';
import { Backend } from './backend.ts';
import { happen } from './happen.ts';
import { Healer } from './healer.ts';
import { HealerClock } from './healer-clock.ts';
import type { History, HistoryService } from './history/history.ts';
import type { Living } from './living.ts';
import { Network } from './network.ts';
import { makeOutside } from './outside.ts';
import { Random } from './random.ts';
import type { Entry, Run, WorldEntry, WrittenEntry } from './record.ts';
import { Targets } from './targets.ts';
import { Truth } from './truth.ts';
import { worldBegan } from './world.ts';

const personTriesAgainMs = 30_000;
const personTriesAtMost = 20;

/** A history being lived: everything in it is seeded, and nothing outside of it is asked. */
export class Simulation implements Living {
  readonly history: History;
  readonly agenda: Agenda;
  readonly clock: HealerClock;
  readonly network: Network;
  readonly truth: Truth;
  readonly backend: Backend;
  readonly healer: Healer;
  readonly applications: Application[] = [];
  readonly silentMinions = new Set<string>();
  /** Whom the backend names besides those that it is asked for. */
  readonly strayTargets = new Set<string>();
  /** Kinds of faults that calls of a service meet by its own doing, by `service resource`. */
  readonly ownFaults = new Map<string, FaultKind>();
  readonly entries: Entry[] = [];
  readonly #beganAt: number;
  readonly #random: Random;
  #processes = 0;
  #answers = 0;
  #commands = 0;

  constructor(history: History) {
    this.history = history;
    this.#beganAt = history.beganAt ?? worldBegan;
    this.agenda = new Agenda(this.#beganAt);
    const random = new Random(history.seed);
    this.#random = random.fork('world');
    this.clock = new HealerClock(this.agenda, history.healer.driftPerMillion);
    this.network = new Network(this.agenda, random.fork('network'), history.network);
    this.truth = new Truth(
      history.resources.flatMap(({ facts }) =>
        facts.nodes.map(({ name, target }) => ({
          resource: facts.resource,
          node: name,
          target: target ?? null,
        })),
      ),
      ({ resource, node, fault }) => this.note({ type: 'truth', resource, node, fault }),
    );
    this.backend = this.#makeBackend(random.fork('backend'));
    this.healer = this.#makeHealer(random.fork('disk'));
  }

  /** Lives the whole history. */
  run(): Run {
    const { history } = this;
    this.healer.start(history.resources.map(({ facts }) => facts.resource));
    for (const service of history.services)
      for (const host of service.hosts) this.startProcess(service, host);
    for (const happening of history.happenings) {
      this.agenda.at(this.#beganAt + happening.at, 'world', () => happen(this, happening));
    }
    this.agenda.runUntil(this.#beganAt + history.durationMs);
    return { history, entries: this.entries, fleet: this.healer.stored.fleet };
  }

  note(entry: WorldEntry | WrittenEntry, clock = this.clock.now()): void {
    this.entries.push({ ...entry, at: this.agenda.now - this.#beganAt, clock });
  }

  startProcess(service: HistoryService, host: string): void {
    this.#processes += 1;
    const number = this.#processes;
    const { agenda, network } = this;
    const { name, resources, callEveryMs } = service;
    const starts = Math.floor(this.#random.next() * callEveryMs);
    agenda.after(starts, 'world', () => {
      const application: Application = new Application(agenda, {
        service: name,
        host,
        process: `p${number}`,
        resources,
        callEveryMs,
        call: (resource) => this.#call(name, host, resource, number),
        report: (report) =>
          network.post(`host:${host}`, 'healer', () => this.healer.observe({ type: 'report', report })),
      });
      this.applications.push(application);
    });
  }

  /** A person says something to the healer, and says it again while nobody is there. */
  tell(resource: string, command: OperatorCommand['command'], tries = 0): void {
    if (this.healer.up) {
      this.#commands += 1;
      const full = { id: `command-${this.#commands}`, by: 'ada', command };
      this.note({ type: 'person', resource, command: full });
      this.healer.input(resource, { type: 'operator', command: full });
    } else if (tries < personTriesAtMost) {
      this.agenda.after(personTriesAgainMs, 'world', () => this.tell(resource, command, tries + 1));
    }
  }

  /** What a call of a process meets: its own trouble, a cut, or what is wrong with the node that it uses. */
  #call(service: string, host: string, resource: string, process: number): FaultKind | null {
    const own = this.ownFaults.get(`${service} ${resource}`);
    if (own !== undefined) return own;
    const nodes = this.truth.of(resource);
    const node = nodes[process % Math.max(1, nodes.length)];
    if (node === undefined) return null;
    if (!this.network.reaches(`host:${host}`, `node:${node.node}`)) return 'unreachable';
    return node.fault;
  }

  #makeBackend(random: Random): Backend {
    const { agenda, history, truth } = this;
    const targets = new Targets({
      agenda,
      truth,
      checksFences: history.targetsCheckFences,
      clock: () => agenda.now - history.targetsBehindMs,
      startingMs: random.whole(2_000, 20_000),
      record: (entry) => this.note(entry),
    });
    let orders = 0;
    return new Backend({
      agenda,
      targets,
      fateOf: () => {
        orders += 1;
        return history.fates[orders - 1] ?? 'succeeds';
      },
      tookMs: () => random.whole(200, 20_000),
      lateByMs: () => random.whole(60_000, 600_000),
    });
  }

  #makeHealer(random: Random): Healer {
    const { agenda, clock, history } = this;
    const [least, most] = history.healer.commitMs;
    const playbooks = new Map(history.resources.map(({ facts, playbook }) => [facts.resource, playbook]));
    const facts = new Map(history.resources.map((each) => [each.facts.resource, each.facts]));
    return new Healer({
      agenda,
      clock,
      outside: makeOutside(this),
      commitMs: () => random.whole(least, most),
      playbookOf: (resource) => playbooks.get(resource),
      factsOf: (resource) => facts.get(resource) ?? { resource, nodes: [], labels: {} },
      onWritten: (entry, clock) => this.#written(entry, clock),
      onHappened: (entry) => this.note(entry),
    });
  }

  /** People read what is written down. */
  #written(entry: WrittenEntry, clock: number): void {
    this.note(entry, clock);
    if (entry.type !== 'event' || entry.event.type !== 'approval-requested') return;
    const answer = this.history.answers[this.#answers];
    this.#answers += 1;
    if (answer === undefined) return;
    const { attempt } = entry.event;
    const command =
      answer.says === 'yes'
        ? ({ type: 'approve', attempt } as const)
        : ({ type: 'reject', attempt, reason: 'not now' } as const);
    this.agenda.after(answer.afterMs, 'world', () => this.tell(entry.resource, command));
  }
}
