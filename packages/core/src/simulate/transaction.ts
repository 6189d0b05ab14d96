import type { AttemptOrder, Command } from '../decide/command.ts';
import { decide } from '../decide/decide.ts';
import type { ResourceEvent } from '../decide/event.ts';
import type { ResourceFacts, ResourceInput } from '../decide/input.ts';
import { decideFleet, type FleetInput, fleetFacts } from '../fleet/fleet.ts';
import type { FleetSettings } from '../fleet/settings.ts';
import type { FleetState } from '../fleet/state.ts';
import type { Playbook } from '../playbook/playbook.ts';
import type { WrittenEntry } from './record.ts';
import { freshRecord, type OpenAttempt, type ResourceRecord, type Stored } from './store.ts';

export type MachineInput =
  | { readonly for: 'resource'; readonly resource: string; readonly input: ResourceInput }
  /** To every machine, before what the first of them leads to reaches another. */
  | { readonly for: 'every-resource'; readonly input: ResourceInput }
  | { readonly for: 'fleet'; readonly input: FleetInput };

export interface Surroundings {
  readonly playbookOf: (resource: string) => Playbook | undefined;
  readonly factsOf: (resource: string) => ResourceFacts;
  readonly startedAt: number;
  /** The defaults where left out. */
  readonly fleetSettings?: FleetSettings;
}

/** With what the healer's clock said when it was decided. */
export interface Written {
  readonly entry: WrittenEntry;
  readonly clock: number;
}

export type Follow = Extract<Command, { type: 'follow-cohort' | 'follow-witnesses' }>;

/** Inputs that one may lead to by way of the fleet and back; beyond it a machine runs in a circle. */
const inputsAtMost = 1_000;

/** Everything that inputs lead to before a disk has it: state, events, and what is to be done outside. */
export class Transaction {
  readonly written: Written[] = [];
  readonly outgoing: { readonly id: number; readonly command: Command }[] = [];
  readonly follows: Follow[] = [];
  readonly records = new Map<string, ResourceRecord>();
  readonly #before: Stored;
  readonly #surroundings: Surroundings;
  readonly #attempts = new Map<string, OpenAttempt | null>();
  #fleet: FleetState;
  #outboxNumber: number;

  constructor(before: Stored, surroundings: Surroundings) {
    this.#before = before;
    this.#surroundings = surroundings;
    this.#fleet = before.fleet;
    this.#outboxNumber = before.outboxNumber;
  }

  /** Takes one input, with all that follows from it at once. */
  take(first: MachineInput, now: number): void {
    const work: MachineInput[] = [first];
    for (let count = 0; work.length > 0; count += 1) {
      if (count > inputsAtMost) throw new Error(`one input led to more than ${inputsAtMost} others`);
      const next = work.shift();
      if (next?.for === 'every-resource') {
        const all = [...this.#before.records.keys()];
        work.unshift(...all.map((resource) => ({ for: 'resource' as const, resource, input: next.input })));
      } else if (next?.for === 'fleet') this.#takeFleet(next.input, now, work);
      else if (next?.for === 'resource') this.#takeResource(next.resource, next.input, now, work);
    }
  }

  attempt(order: AttemptOrder, reference: string | null, ended: boolean): void {
    this.#attempts.set(order.attempt, ended ? null : { order, reference });
  }

  /** What is on disk afterwards. `done` are the numbers of commands that need not be carried out again. */
  result(done: readonly number[]): Stored {
    const { records, outbox, attempts } = this.#before;
    return {
      records: this.records.size === 0 ? records : new Map([...records, ...this.records]),
      fleet: this.#fleet,
      outbox: this.outgoing.length + done.length === 0 ? outbox : this.#outbox(done),
      outboxNumber: this.#outboxNumber,
      attempts: this.#attempts.size === 0 ? attempts : this.#openAttempts(),
    };
  }

  #outbox(done: readonly number[]): Stored['outbox'] {
    const outbox = new Map(this.#before.outbox);
    for (const { id, command } of this.outgoing) outbox.set(id, command);
    for (const id of done) outbox.delete(id);
    return outbox;
  }

  #openAttempts(): Stored['attempts'] {
    const attempts = new Map(this.#before.attempts);
    for (const [id, attempt] of this.#attempts) {
      if (attempt === null) attempts.delete(id);
      else attempts.set(id, attempt);
    }
    return attempts;
  }

  get fleet(): FleetState {
    return this.#fleet;
  }

  #takeFleet(input: FleetInput, now: number, work: MachineInput[]): void {
    const { state, permits, facts, told } = decideFleet(
      this.#fleet,
      input,
      now,
      this.#surroundings.fleetSettings,
    );
    this.#fleet = state;
    const request = input.type === 'request' ? input.request : null;
    for (const { resource, attempt, decision } of permits) {
      const asked = request?.attempt === attempt ? request : null;
      this.#write({ type: 'permit', request: asked, decision }, now);
      work.push({ for: 'resource', resource, input: { type: 'permit', attempt, decision } });
    }
    for (const { resource, input: learnt } of told) work.push({ for: 'resource', resource, input: learnt });
    if (input.type === 'pause') this.#write({ type: 'kill-switch', paused: true }, now);
    if (input.type === 'resume') this.#write({ type: 'kill-switch', paused: false }, now);
    if (facts === null) return;
    for (const resource of new Set([...this.#before.records.keys(), ...this.records.keys()])) {
      work.push({ for: 'resource', resource, input: { type: 'fleet', fleet: facts } });
    }
  }

  #takeResource(resource: string, input: ResourceInput, now: number, work: MachineInput[]): void {
    if (this.#record(resource) === undefined) {
      // A machine of a resource that was not heard of before learns what all the others know.
      this.records.set(resource, freshRecord(resource));
      const fleet = fleetFacts(this.#fleet);
      this.#feed(resource, { type: 'healer-started' }, this.#surroundings.startedAt, work);
      this.#feed(resource, { type: 'fleet', fleet }, now, work);
    }
    this.#feed(resource, input, now, work);
  }

  #record(resource: string): ResourceRecord | undefined {
    return this.records.get(resource) ?? this.#before.records.get(resource);
  }

  #feed(resource: string, input: ResourceInput, now: number, work: MachineInput[]): void {
    const before = this.#record(resource) ?? freshRecord(resource);
    const playbook = before.playbook ?? this.#surroundings.playbookOf(resource);
    if (playbook === undefined) return;
    const facts = this.#surroundings.factsOf(resource);
    this.#write({ type: 'input', resource, input }, now);
    const { state, events, commands } = decide(before.machine, input, playbook, facts, now);
    const isWakeUsed = input.type === 'tick' && before.wakeAt !== null && before.wakeAt <= now;
    let record: ResourceRecord = { ...before, machine: state, wakeAt: isWakeUsed ? null : before.wakeAt };
    for (const event of events) {
      this.#write({ type: 'event', resource, event }, now);
      record = { ...record, playbook: keptPlaybook(event, playbook, record.playbook) };
    }
    for (const command of commands) {
      this.#write({ type: 'command', resource, command }, now);
      if (command.type === 'wake') record = { ...record, wakeAt: command.at };
      else this.#takeCommand(command, work);
    }
    this.records.set(resource, record);
  }

  #takeCommand(command: Exclude<Command, { type: 'wake' }>, work: MachineInput[]): void {
    switch (command.type) {
      case 'request-permit':
        work.push({ for: 'fleet', input: { type: 'request', request: command.request } });
        return;
      case 'release-permit': {
        const { attempt, unsent, turn } = command;
        const how = { ...(unsent && { unsent }), ...(turn && { turn }) };
        work.push({ for: 'fleet', input: { type: 'release', attempt, ...how } });
        return;
      }
      case 'tell-fleet':
        work.push({ for: 'fleet', input: { type: 'standing', standing: command.standing } });
        return;
      case 'follow-cohort':
      case 'follow-witnesses':
        this.follows.push(command);
        return;
      case 'dispatch':
        work.push({ for: 'fleet', input: { type: 'used', attempt: command.order.attempt } });
        this.attempt(command.order, null, false);
        this.#sendOut(command);
        return;
      default:
        this.#sendOut(command);
    }
  }

  #write(entry: WrittenEntry, clock: number): void {
    this.written.push({ entry, clock });
  }

  #sendOut(command: Command): void {
    this.#outboxNumber += 1;
    this.outgoing.push({ id: this.#outboxNumber, command });
  }
}

/** An incident is judged to its end by the playbook that it was opened under. */
function keptPlaybook(event: ResourceEvent, present: Playbook, kept: Playbook | null): Playbook | null {
  if (event.type === 'incident-opened' || event.type === 'incident-reopened') return present;
  return event.type === 'incident-closed' ? null : kept;
}
