import {
  type Condition,
  type Directive,
  type FaultKind,
  protocolVersion,
  type Report,
  type ResourceCondition,
} from '@prunella/protocol';
import type { Agenda } from './agenda.ts';
import { GuardView } from './guard-view.ts';

export interface ApplicationOptions {
  readonly service: string;
  readonly host: string;
  readonly process: string;
  readonly resources: readonly string[];
  /** Null where the call succeeds; the kind of its fault otherwise. */
  readonly call: (resource: string) => FaultKind | null;
  readonly callEveryMs: number;
  readonly report: (report: Report) => void;
}

const okHeartbeatMs = 30_000;
const sickHeartbeatMs = 5_000;

/** One process with a guard around each resource that it uses: calls them, and says what it sees. */
export class Application {
  readonly instance: string;
  readonly host: string;
  readonly #options: ApplicationOptions;
  readonly #agenda: Agenda;
  readonly #guards: ReadonlyMap<string, GuardView>;
  readonly #lastDirectives = new Map<string, number>();
  #sequence = 0;
  #running = true;

  constructor(agenda: Agenda, options: ApplicationOptions) {
    this.#agenda = agenda;
    this.#options = options;
    this.host = options.host;
    this.instance = `${options.service}/${options.host}/${options.process}`;
    this.#guards = new Map(
      options.resources.map((resource) => [resource, new GuardView(agenda.now, options.callEveryMs)]),
    );
    this.#callOn();
    this.#beatOn();
  }

  get running(): boolean {
    return this.#running;
  }

  /** What its guard says of the resource now. */
  condition(resource: string): Condition {
    return this.#guards.get(resource)?.condition ?? 'unknown';
  }

  /** Ends without a word, or with a goodbye. */
  stop(how: 'crash' | 'goodbye'): void {
    if (!this.#running) return;
    this.#running = false;
    this.#agenda.drop(this.instance);
    this.#agenda.drop(`${this.instance}/beat`);
    if (how === 'goodbye') this.#options.report({ ...this.#report(), goodbye: true, conditions: [] });
  }

  obey(directive: Directive): void {
    const { resource, incident, sequence, spreadMs } = directive;
    if (!this.#running || !this.#guards.has(resource)) return;
    if (sequence <= (this.#lastDirectives.get(incident) ?? 0)) return;
    this.#lastDirectives.set(incident, sequence);
    // As a guard does: a fresh call, and a report of it whether or not anything changed.
    this.#agenda.after(spreadMs / 2, this.instance, () => {
      this.#call(resource);
      this.#beatOn();
    });
  }

  #callOn(): void {
    const changes = this.#options.resources.map((resource) => this.#call(resource));
    if (changes.includes(true)) this.#beatOn();
    this.#agenda.after(this.#options.callEveryMs, this.instance, () => this.#callOn());
  }

  #beatOn(): void {
    this.#options.report(this.#report());
    this.#agenda.drop(`${this.instance}/beat`);
    this.#agenda.after(this.#heartbeatMs(), `${this.instance}/beat`, () => this.#beatOn());
  }

  #heartbeatMs(): number {
    const isSick = [...this.#guards.values()].some(
      ({ condition }) => condition === 'down' || condition === 'degraded',
    );
    return isSick ? sickHeartbeatMs : okHeartbeatMs;
  }

  /** True where what the guard says has changed. */
  #call(resource: string): boolean {
    const kind = this.#options.call(resource);
    return this.#guards.get(resource)?.note(kind, this.#agenda.now) ?? false;
  }

  #report(): Report {
    const { service, host, process } = this.#options;
    const conditions: ResourceCondition[] = [];
    for (const [resource, guard] of this.#guards) conditions.push(guard.say(resource, this.#agenda.now));
    this.#sequence += 1;
    return {
      protocol: protocolVersion,
      service,
      host,
      instance: this.instance,
      epoch: process,
      sequence: this.#sequence,
      heartbeatMs: this.#heartbeatMs(),
      conditions,
    };
  }
}
