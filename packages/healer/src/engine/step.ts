import {
  type Command,
  decide,
  decideFleet,
  type FleetFacts,
  type FleetInput,
  type FleetSettings,
  type FleetState,
  factsUnder,
  fleetFacts,
  initialResourceState,
  type Playbook,
  playbookUnder,
  type ResourceEvent,
  type ResourceFacts,
  type ResourceInput,
  type ResourceState,
  standingOf,
  type TargetResolution,
  viewIncident,
} from '@prunella/core';
import type { Changes } from './changes.ts';
import { type Account, enter } from './ledger.ts';
import type { ResolveTargets } from './target-resolver.ts';
import type { ResourceRecord } from './world.ts';

/** What moves a machine. */
export type MachineInput =
  | { readonly for: 'resource'; readonly resource: string; readonly input: ResourceInput }
  /** To every machine, before what the first of them leads to reaches another. */
  | { readonly for: 'every-resource'; readonly input: ResourceInput }
  | { readonly for: 'fleet'; readonly input: FleetInput };

type Incident = NonNullable<ResourceState['incident']>;

export type Direct = Extract<Command, { type: 'direct' }>;

export interface StepContext {
  readonly now: number;
  /** When the healer started; a machine made later learns of it as if it had been there. */
  readonly startedAt: number;
  readonly playbooks: readonly Playbook[];
  readonly factsOf: (resource: string) => ResourceFacts;
  /** How many resources have a machine. */
  readonly resourceCount: number;
  readonly fleetSettings: FleetSettings;
  readonly recipientsOf: (command: Direct) => readonly string[];
  /** Whom a step's target means, where nobody has to be asked; else null. */
  readonly targetsAtOnce: (command: ResolveTargets) => TargetResolution | null;
}

/** A step under way. */
interface Course extends StepContext {
  /** The machines to which something happened, as they were before the step. */
  readonly before: Map<string, ResourceState>;
}

/** What the log names where an entry is about all resources. */
const everyResource = '*';

/** Inputs that one input may lead to, by way of the fleet and back. Beyond it a machine runs in a circle. */
const inputsAtMost = 1_000;

/**
 * One input through the machines, with all that follows from it at once: a permit asked for is answered in the
 * same transaction, and so is whom a step means, where its backend knows. What concerns the outside is only written
 * down here.
 */
export function step(changes: Changes, first: MachineInput, given: StepContext): void {
  const context: Course = { ...given, before: new Map() };
  const work: MachineInput[] = [first];
  // A pause reaches every machine; that many inputs are no circle.
  const limit = inputsAtMost + 2 * context.resourceCount;
  for (let count = 0; work.length > 0; count += 1) {
    if (count > limit) {
      throw new Error(`one input led to more than ${limit} others: ${JSON.stringify(first).slice(0, 300)}`);
    }
    const input = work.shift();
    if (input?.for === 'every-resource') {
      const each = changes.resources().map((resource) => ({ ...input, for: 'resource' as const, resource }));
      work.unshift(...each);
    } else if (input?.for === 'fleet') {
      work.push(...stepFleet(changes, input.input, context));
    } else if (input?.for === 'resource') {
      work.push(...stepResource(changes, input.resource, input.input, context));
    }
  }
  for (const [resource, before] of context.before) {
    const after = changes.record(resource)?.machine;
    if (after !== undefined) writeStories(changes, before, after);
  }
}

function stepFleet(changes: Changes, input: FleetInput, context: Course): MachineInput[] {
  const before = changes.fleet;
  const { state, permits, facts, told } = decideFleet(before, input, context.now, context.fleetSettings);
  if (state !== before) {
    changes.setFleet(state, permits.length > 0 || input.type !== 'tick' || facts !== null);
  }
  if (facts !== null && (input.type === 'pause' || input.type === 'resume')) {
    const paused = input.type === 'pause';
    const reason = input.type === 'pause' ? input.reason : 'resumed';
    const event: ResourceEvent = { type: 'kill-switch', paused, by: input.by, reason };
    changes.events.push({ at: context.now, resource: everyResource, incident: null, event });
  }
  for (const event of alarmEvents(before, state)) {
    changes.events.push({ at: context.now, resource: everyResource, incident: null, event });
  }
  const follows = permits.map(
    ({ resource, attempt, decision }): MachineInput => ({
      for: 'resource',
      resource,
      input: { type: 'permit', attempt, decision },
    }),
  );
  if (facts !== null) {
    for (const resource of changes.resources()) {
      follows.push({ for: 'resource', resource, input: { type: 'fleet', fleet: facts } });
    }
  }
  for (const { resource, input: learnt } of told) {
    follows.push({ for: 'resource', resource, input: learnt });
  }
  return follows;
}

/** An alarm that goes on with other numbers is told once. */
function alarmEvents(before: FleetState, after: FleetState): ResourceEvent[] {
  return (['storm', 'isolation'] as const).flatMap((alarm): ResourceEvent[] => {
    const [was, is] = [before[alarm] ?? null, after[alarm] ?? null];
    if ((was === null) === (is === null)) return [];
    return [{ type: 'fleet-alarm', alarm, began: is !== null, reason: (is ?? was)?.reason ?? '' }];
  });
}

function stepResource(
  changes: Changes,
  resource: string,
  input: ResourceInput,
  context: Course,
): MachineInput[] {
  if (changes.record(resource) !== undefined) {
    return feed(changes, resource, input, context, context.now);
  }
  // A machine of a resource that was not heard of before learns what all the others know.
  changes.records.set(resource, freshRecord(resource));
  const fleet = fleetFacts(changes.fleet);
  return [
    ...feed(changes, resource, { type: 'healer-started' }, context, context.startedAt),
    ...(isQuiet(fleet) ? [] : feed(changes, resource, { type: 'fleet', fleet }, context, context.now)),
    ...feed(changes, resource, input, context, context.now),
  ];
}

/** Nothing that a machine made anew would not assume by itself. */
function isQuiet({ paused, storm, isolation }: FleetFacts): boolean {
  return paused === null && storm == null && isolation == null;
}

function freshRecord(resource: string): ResourceRecord {
  return {
    version: 1,
    machine: initialResourceState(resource),
    wakeAt: null,
    playbook: null,
    watched: false,
    pending: 0,
  };
}

/** One input into the machine of a resource that has a record; answers with what it leads to at once. */
function feed(
  changes: Changes,
  resource: string,
  input: ResourceInput,
  context: Course,
  now: number,
): MachineInput[] {
  const before = changes.record(resource) ?? freshRecord(resource);
  const declared = context.factsOf(resource);
  const playbook = before.playbook ?? playbookUnder(declared, context.playbooks);
  if (playbook === undefined) {
    return leaveFleet(changes, resource);
  }
  const { state, events, commands } = decide(
    before.machine,
    input,
    playbook,
    factsUnder(playbook, declared),
    now,
  );
  // A wake is good for one tick: what is still waited for is said anew.
  const isWakeUsed = input.type === 'tick' && before.wakeAt !== null && before.wakeAt <= now;
  let record: ResourceRecord = { ...before, machine: state, wakeAt: isWakeUsed ? null : before.wakeAt };
  if (events.length > 0) {
    if (!context.before.has(resource)) context.before.set(resource, before.machine);
    record = writeEvents(changes, before, record, events, context.now);
    for (const event of events) {
      record = noteEvent(record, event, playbook);
    }
  }
  const follows: MachineInput[] = [];
  for (const command of commands) {
    record = takeCommand(changes, record, command, context, follows);
  }
  changes.records.set(resource, record);
  return follows;
}

/** Nobody looks after it any more: what it said of itself last would hold others, and feed alarms, for ever. */
function leaveFleet(changes: Changes, resource: string): MachineInput[] {
  const told = standingOf(changes.fleet, resource);
  if (told === undefined) {
    return [];
  }
  const standing = { ...told, incident: null, probesFailSince: null, silentSince: null };
  return [{ for: 'fleet', input: { type: 'standing', standing } }];
}

/** `wake` stays here; machine to machine goes on at once; the rest goes out when it is on disk. */
function takeCommand(
  changes: Changes,
  record: ResourceRecord,
  command: Command,
  context: Course,
  follows: MachineInput[],
): ResourceRecord {
  switch (command.type) {
    case 'wake':
      return { ...record, wakeAt: command.at };
    case 'request-permit':
      follows.push({ for: 'fleet', input: { type: 'request', request: command.request } });
      return record;
    case 'release-permit':
      follows.push({
        for: 'fleet',
        input: {
          type: 'release',
          attempt: command.attempt,
          ...(command.unsent === true && { unsent: true }),
          ...(command.turn === true && { turn: true }),
        },
      });
      return record;
    case 'tell-fleet':
      follows.push({ for: 'fleet', input: { type: 'standing', standing: command.standing } });
      return record;
    case 'follow-cohort':
    case 'follow-witnesses':
      changes.follows.push(command);
      return record;
    case 'dispatch':
      // Used from here on: it is decided, and what was sent can only be awaited.
      follows.push({ for: 'fleet', input: { type: 'used', attempt: command.order.attempt } });
      changes.attempts.set(command.order.attempt, { order: command.order, reference: null, ended: false });
      changes.outgoing.push({ command, recipients: [] });
      return record;
    case 'direct':
      changes.outgoing.push({ command, recipients: context.recipientsOf(command) });
      return record;
    case 'resolve-targets': {
      const resolution = context.targetsAtOnce(command);
      if (resolution === null) {
        changes.outgoing.push({ command, recipients: [] });
      } else {
        const { resource, attempt } = command;
        const input = { type: 'targets', attempt, resolution } as const;
        follows.push({ for: 'resource', resource, input });
      }
      return record;
    }
    case 'probe':
    case 'cancel':
    case 'notify':
      changes.outgoing.push({ command, recipients: [] });
      return record;
  }
}

function noteEvent(record: ResourceRecord, event: ResourceEvent, playbook: Playbook): ResourceRecord {
  switch (event.type) {
    case 'incident-suspected':
      return { ...record, watched: true };
    case 'suspicion-ended':
      return { ...record, watched: false };
    case 'incident-opened':
    case 'incident-reopened':
      return { ...record, watched: true, playbook };
    case 'incident-closed':
      return { ...record, watched: false, playbook: null };
    default:
      return record;
  }
}

/** Into the log and the ledger; answers with how many triggers wait here then. */
function writeEvents(
  changes: Changes,
  before: ResourceRecord,
  after: ResourceRecord,
  events: readonly ResourceEvent[],
  at: number,
): ResourceRecord {
  const { resource } = after.machine;
  const incident = openIn(before.machine) ?? openIn(after.machine);
  let account: Account = { counts: changes.ledger, pendingHere: after.pending };
  for (const event of events) {
    changes.events.push({ at, resource, incident, event });
    account = enter(account, event);
  }
  if (account.counts !== changes.ledger) {
    changes.setLedger(account.counts);
  }
  return { ...after, pending: account.pendingHere };
}

function openIn({ incident }: ResourceState): string | null {
  return incident?.closed === null ? incident.id : null;
}

/** What people see of incidents, where that is otherwise than before. */
function writeStories(changes: Changes, before: ResourceState, after: ResourceState): void {
  const { resource } = after;
  const known = new Map(incidentsOf(before).map((incident) => [incident.id, incident]));
  for (const incident of incidentsOf(after)) {
    const was = known.get(incident.id);
    // Never changed in place.
    if (was === incident) continue;
    const story = viewIncident(resource, incident);
    if (was !== undefined && JSON.stringify(viewIncident(resource, was)) === JSON.stringify(story)) continue;
    const { openedAt, closedAt } = story;
    changes.incidents.set(incident.id, { incident: incident.id, resource, openedAt, closedAt, story });
  }
}

function incidentsOf({ incident, past }: ResourceState): readonly Incident[] {
  return incident === null ? past : [incident, ...past];
}
