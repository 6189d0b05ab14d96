import type { LogEntry } from '../decide/event.ts';
import type { ActionResult, OperatorCommand, ResourceFacts } from '../decide/input.ts';
import { presentAttempt } from '../decide/turn.ts';
import { whyNot } from '../explain/why-not.ts';
import type { FleetSettings } from '../fleet/settings.ts';
import { factsUnder, playbookUnder } from '../playbook/override.ts';
import type { Playbook } from '../playbook/playbook.ts';
import { Agenda } from '../simulate/agenda.ts';
import { Application } from '../simulate/application.ts';
import type { Outside } from '../simulate/errands.ts';
import { Healer } from '../simulate/healer.ts';
import { HealerClock } from '../simulate/healer-clock.ts';
import { countsOf, type Evidence, evidenceOf, faultAt, type Span, standInsFor } from './evidence.ts';

/** What another healer would have written, had it seen the same. */
export interface Replayed {
  readonly entries: readonly LogEntry[];
  /** For orders of the log, by resource, step and time: why they were not given now. */
  readonly whyNot: ReadonlyMap<string, string>;
}

/** What the configuration says beside the playbooks. */
export interface Installation {
  /** What is declared for a resource; a resource that was only heard of has no nodes and no labels. */
  readonly declared: (resource: string) => ResourceFacts;
  /** The defaults where left out. */
  readonly fleetSettings?: FleetSettings;
  /** Nothing is lived beyond it, in ms since 1970: the present. 20 minutes after the last trouble where left out. */
  readonly until?: number;
}

const quickResult: ActionResult = { outcome: 'succeeded', summary: 'taken to have succeeded', targets: [] };
const quickMs = 5_000;

/** The key of an order in `Replayed.whyNot`. */
export function orderKey(resource: string, step: string, at: number): string {
  return `${resource} ${step} ${at}`;
}

/**
 * Lives what a log saw once more, under these playbooks. What was seen stays as it was, whatever is decided now:
 * an order that was not given then changes nothing here. Pure; `log` in its own order.
 */
export function replay(
  log: readonly LogEntry[],
  playbooks: readonly Playbook[],
  installation: Installation,
): Replayed {
  const [first] = log;
  if (first === undefined) return { entries: [], whyNot: new Map() };
  return new Replay(log, playbooks, installation, first.at).run();
}

class Replay {
  readonly #agenda: Agenda;
  readonly #evidence: ReadonlyMap<string, Evidence>;
  readonly #healer: Healer;
  readonly #applications = new Map<string, Application[]>();
  readonly #entries: LogEntry[] = [];
  readonly #whyNot = new Map<string, string>();
  readonly #log: readonly LogEntry[];
  readonly #until: number;
  readonly #owned = new Map<string, { readonly playbook: Playbook; readonly facts: ResourceFacts }>();

  constructor(
    log: readonly LogEntry[],
    playbooks: readonly Playbook[],
    { declared, fleetSettings, until = Number.POSITIVE_INFINITY }: Installation,
    beganAt: number,
  ) {
    this.#log = log;
    this.#until = until;
    const byResource = Map.groupBy(log, ({ resource }) => resource);
    this.#evidence = new Map([...byResource].map(([resource, own]) => [resource, evidenceOf(resource, own)]));
    for (const resource of byResource.keys()) {
      const facts = declared(resource);
      const playbook = playbookUnder(facts, playbooks);
      if (playbook !== undefined) this.#owned.set(resource, { playbook, facts: factsUnder(playbook, facts) });
    }
    const earliest = Math.min(
      beganAt,
      ...[...this.#evidence.values()].flatMap(({ spans }) => spans.map(({ from }) => from)),
    );
    this.#agenda = new Agenda(earliest - 120_000);
    this.#healer = new Healer({
      agenda: this.#agenda,
      clock: new HealerClock(this.#agenda),
      outside: this.#outside(),
      commitMs: null,
      ...(fleetSettings !== undefined && { fleetSettings }),
      playbookOf: (resource) => this.#owned.get(resource)?.playbook,
      factsOf: (resource) => this.#owned.get(resource)?.facts ?? declared(resource),
      onWritten: (entry, clock) => {
        if (entry.type !== 'event') return;
        const { resource, event } = entry;
        this.#entries.push({
          sequence: this.#entries.length + 1,
          at: clock,
          resource,
          incident: null,
          event,
        });
      },
      onHappened: () => {},
    });
  }

  run(): Replayed {
    this.#healer.start([...this.#owned.keys()]);
    for (const evidence of this.#evidence.values()) {
      if (!this.#owned.has(evidence.resource)) continue;
      for (const span of evidence.spans) this.#live(evidence, span);
      for (const { at, signal } of evidence.signals) {
        this.#at(at, () => this.#healer.input(evidence.resource, { type: 'signal', signal }));
      }
      for (const { at, command } of evidence.commands) {
        this.#at(at, () => this.#command(evidence.resource, command));
      }
    }
    this.#followLog();
    const last = this.#log.at(-1)?.at ?? 0;
    const end = Math.max(
      last,
      ...[...this.#evidence.values()].flatMap(({ spans }) => spans.map(({ to }) => to)),
    );
    this.#agenda.runUntil(Math.min(end, Math.max(last, this.#until)));
    return { entries: this.#entries, whyNot: this.#whyNot };
  }

  /** Kill switch and restarts of the healer; and where an order was given then, why it is not given now. */
  #followLog(): void {
    const pauses = new Set<string>();
    for (const { at, resource, event } of this.#log) {
      if (event.type === 'kill-switch' && !pauses.has(`${at} ${event.paused}`)) {
        pauses.add(`${at} ${event.paused}`);
        const { by, reason, paused } = event;
        this.#at(at, () =>
          this.#healer.tellFleet(paused ? { type: 'pause', by, reason } : { type: 'resume', by }),
        );
      } else if (event.type === 'healer-started' && this.#owned.has(resource)) {
        this.#at(at, () => this.#healer.input(resource, { type: 'healer-started' }));
      } else if (event.type === 'attempt-intended') {
        this.#at(at + 1, () => this.#noteWhyNot(resource, event.step, at));
      }
    }
  }

  #noteWhyNot(resource: string, step: string, at: number): void {
    const machine = this.#healer.stored.records.get(resource)?.machine;
    const owned = this.#owned.get(resource);
    if (machine === undefined || owned === undefined) return;
    const { answer } = whyNot(machine, owned.playbook, owned.facts, step, this.#agenda.now);
    this.#whyNot.set(orderKey(resource, step, at), answer);
  }

  /** Stand-ins for the instances, while there is something to see. */
  #live(evidence: Evidence, span: Span): void {
    const { resource, hosts } = evidence;
    const counts = countsOf(evidence, span);
    const count = standInsFor(counts);
    this.#at(span.from, () => {
      const started = Array.from({ length: count }, (_, number) => {
        return new Application(this.#agenda, {
          service: 'application',
          host: `host${number % Math.max(1, hosts)}`,
          process: `p${number}-${span.from}`,
          resources: [resource],
          callEveryMs: 1_000,
          call: () => faultAt(counts, number, count, this.#agenda.now),
          report: (report) => this.#healer.observe({ type: 'report', report }),
        });
      });
      this.#applications.set(resource, started);
    });
    this.#at(span.to, () => {
      for (const application of this.#applications.get(resource) ?? []) application.stop('goodbye');
      this.#applications.delete(resource);
    });
  }

  /** An answer then is the answer to what is asked now. */
  #command(resource: string, given: OperatorCommand): void {
    const { command } = given;
    const machine = this.#healer.stored.records.get(resource)?.machine;
    const asked = machine === undefined ? null : presentAttempt(machine);
    const isAnswer = command.type === 'approve' || command.type === 'reject';
    const translated =
      isAnswer && asked !== null ? { ...given, command: { ...command, attempt: asked.id } } : given;
    this.#healer.input(resource, { type: 'operator', command: translated });
  }

  #at(at: number, run: () => void): void {
    this.#agenda.at(at, 'world', run);
  }

  #evidenceFor(resource: string): Evidence | undefined {
    return this.#evidence.get(resource);
  }

  #outside(): Outside {
    return {
      probe: (resource, node, timeoutMs, done) => {
        const probes = this.#evidenceFor(resource)?.probes ?? [];
        // What nothing probed then is not probed now.
        if (probes.length === 0) return;
        this.#agenda.after(10, 'world', () => {
          const own = probes.filter((each) => each.node === node);
          // A failure was written when its answer came or was missed: one asked for now may stand a little later. A
          // recovery is never taken early: it may be an order's that is not yet given.
          const at = this.#agenda.now;
          const now = own.findLast((each) => each.at <= (each.passed ? at : at + timeoutMs));
          done({ passed: now?.passed ?? true, detail: now?.detail ?? 'as before' });
        });
      },
      resolve: (command, done) => {
        const step = this.#stepOf(command.resource);
        const recorded = this.#evidenceFor(command.resource)?.resolutions.findLast(
          (each) => each.step === step,
        );
        const failing = command.failing.map(({ node, target }) => ({ id: target, responding: true, node }));
        const nodes = this.#owned.get(command.resource)?.facts.nodes ?? [];
        const all = nodes.flatMap(({ name, target }) =>
          target === undefined ? [] : [{ id: target, responding: true, node: name }],
        );
        const written = recorded?.resolution ?? { resolved: true, targets: all };
        const resolution =
          command.target.select === 'failing-nodes' ? { resolved: true, targets: failing } : written;
        this.#agenda.after(10, 'world', () => done(resolution));
      },
      send: (order, answers) => {
        const recorded = this.#evidenceFor(order.resource)
          ?.results.filter(({ step }) => step === order.step)
          .toSorted((left, right) => this.#distance(left.at) - this.#distance(right.at))[0];
        this.#agenda.after(5, 'backend', () => answers.onReference(`replayed-${order.attempt}`));
        this.#agenda.after(recorded?.tookMs ?? quickMs, 'backend', () =>
          answers.onResult(recorded?.result ?? quickResult),
        );
      },
      find: (_order, _answers, done) => done({ found: 'not-found' }),
      cancel: () => {},
      direct: (instances, directive) => {
        const ids = new Set(instances);
        for (const application of this.#applications.get(directive.resource) ?? []) {
          if (ids.has(application.instance)) application.obey(directive);
        }
      },
      notify: () => {},
    };
  }

  #distance(at: number): number {
    return Math.abs(at - this.#agenda.now);
  }

  #stepOf(resource: string): string | null {
    const machine = this.#healer.stored.records.get(resource)?.machine;
    return machine === undefined ? null : (presentAttempt(machine)?.step ?? null);
  }
}
