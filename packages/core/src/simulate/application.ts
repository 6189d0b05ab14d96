import {
  type Condition,
  type Directive,
  type FaultKind,
  protocolVersion,
  type Report,
} from '@prunella/protocol';
import type { Agenda } from './agenda.ts';

export interface ApplicationOptions {
  readonly service: string;
  readonly host: string;
  readonly process: string;
  readonly resource: string;
  /** Null where the call succeeds; the kind of its fault otherwise. */
  readonly call: () => FaultKind | null;
  readonly callEveryMs: number;
  readonly report: (report: Report) => void;
}

/** A stand-in for one process with a guard: calls the resource, and says what it sees. */
export class Application {
  readonly instance: string;
  readonly #options: ApplicationOptions;
  readonly #agenda: Agenda;
  #condition: Condition = 'unknown';
  #since: number;
  #firstFaultAt: number | null = null;
  #lastSuccessAt: number | null = null;
  #kind: FaultKind | null = null;
  #sequence = 0;
  #successes = 0;
  #lastDirective = 0;
  #running = true;

  constructor(agenda: Agenda, options: ApplicationOptions) {
    this.#agenda = agenda;
    this.#options = options;
    this.instance = `${options.service}/${options.host}/${options.process}`;
    this.#since = agenda.now;
    this.#callOn();
    this.#beatOn();
  }

  /** Ends without a word, or with a goodbye. */
  stop(how: 'crash' | 'goodbye'): void {
    this.#running = false;
    this.#agenda.drop(this.instance);
    this.#agenda.drop(`${this.instance}/beat`);
    if (how === 'goodbye') this.#options.report({ ...this.#report(), goodbye: true, conditions: [] });
  }

  obey(directive: Directive): void {
    if (!this.#running || directive.sequence <= this.#lastDirective) return;
    this.#lastDirective = directive.sequence;
    // As a guard does: a fresh call, and a report of it whether or not anything changed.
    this.#agenda.after(directive.spreadMs / 2, this.instance, () => {
      this.#call();
      this.#beatOn();
    });
  }

  #callOn(): void {
    this.#call();
    this.#agenda.after(this.#options.callEveryMs, this.instance, () => this.#callOn());
  }

  #beatOn(): void {
    this.#options.report(this.#report());
    this.#agenda.drop(`${this.instance}/beat`);
    this.#agenda.after(this.#heartbeatMs(), `${this.instance}/beat`, () => this.#beatOn());
  }

  #heartbeatMs(): number {
    return this.#condition === 'ok' || this.#condition === 'unknown' ? 30_000 : 5_000;
  }

  #call(): void {
    const kind = this.#options.call();
    const { now } = this.#agenda;
    if (kind === 'caller' || kind === 'local') return;
    const condition = kind === null ? 'ok' : 'down';
    if (kind === null) {
      this.#successes += 1;
      this.#lastSuccessAt = now;
      this.#firstFaultAt = null;
    } else {
      this.#firstFaultAt ??= now;
    }
    const changed = condition !== this.#condition || kind !== this.#kind;
    this.#kind = kind;
    if (condition !== this.#condition) this.#since = now;
    this.#condition = condition;
    if (changed) this.#beatOn();
  }

  #report(): Report {
    const { now } = this.#agenda;
    const { service, host, process, resource } = this.#options;
    this.#sequence += 1;
    return {
      protocol: protocolVersion,
      service,
      host,
      instance: this.instance,
      epoch: process,
      sequence: this.#sequence,
      heartbeatMs: this.#heartbeatMs(),
      conditions: [
        {
          resource,
          condition: this.#condition,
          sinceMs: now - this.#since,
          successes: this.#successes,
          faults: {},
          ...(this.#firstFaultAt === null ? {} : { firstFaultAgeMs: now - this.#firstFaultAt }),
          ...(this.#lastSuccessAt === null ? {} : { lastSuccessAgeMs: now - this.#lastSuccessAt }),
          ...(this.#kind === null ? {} : { lastFaultKind: this.#kind, sample: `stand-in: ${this.#kind}` }),
        },
      ],
    };
  }
}
