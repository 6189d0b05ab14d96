import { type ObservationSummary, type Witness, witnessLimit } from '@prunella/protocol';
import type { InstanceChange } from './event.ts';
import { relapsing } from './relapse.ts';
import type { WitnessBook, WitnessRecord, WitnessSight } from './state.ts';
import { change, openIncident, type Turn } from './turn.ts';

/** Changes told of one instance from an opening or reopening to the next. */
const toldLimit = 32;
/** Changes kept of one instance while no incident is open, the newest. */
const untoldLimit = 8;

/** Takes the names out of a summary: what they saw is kept apart, and only where something follows them. */
export function receiveWitnesses(turn: Turn, summary: ObservationSummary): ObservationSummary {
  if (summary.witnesses === undefined) return summary;
  const { witnesses, ...counts } = summary;
  const book = turn.state.witnesses;
  if (book === undefined) return counts;
  const known = new Map(book.instances.map((record) => [record.instance, record]));
  const isOpen = openIncident(turn.state)?.id === book.incident;
  let changed = false;
  for (const witness of witnesses) {
    const record = known.get(witness.instance);
    // A summary may be older than what `observe` was told last: whoever gave up their place gets none anew.
    if (record === undefined && (known.size >= witnessLimit || hasGone(witness))) continue;
    if (record?.last != null && sameSight(record.last, witness)) continue;
    known.set(witness.instance, noted(record ?? unheard(witness), witness, isOpen, turn.now));
    changed = true;
  }
  if (changed) change(turn, { witnesses: { ...book, instances: [...known.values()] } });
  return counts;
}

function sameSight(left: WitnessSight, right: WitnessSight): boolean {
  return left.condition === right.condition && left.kind === right.kind;
}

function unheard({ instance, service, host }: Witness): WitnessRecord {
  return { instance, service, host, told: 0, last: null, untold: [] };
}

function noted(
  record: WitnessRecord,
  { condition, kind, since }: Witness,
  isOpen: boolean,
  now: number,
): WitnessRecord {
  // Dated by what the instance says: never before what it said last, not in the future, and always a time of day.
  const sight = { condition, kind, since: Math.min(now, Math.max(since, record.last?.since ?? 0)) };
  if (!isOpen) return { ...record, last: sight, untold: [...record.untold, sight].slice(-untoldLimit) };
  const isFull = record.told + record.untold.length >= toldLimit;
  return { ...record, last: sight, untold: isFull ? record.untold : [...record.untold, sight] };
}

/** Tells the log what was seen and not told yet. While no incident is open it waits. */
export function tellWitnesses(turn: Turn): void {
  const book = turn.state.witnesses;
  if (book === undefined || openIncident(turn.state)?.id !== book.incident) return;
  const instances = book.instances.flatMap(changesOf);
  if (instances.length === 0) return;
  instances.sort((left, right) => left.since - right.since || (left.instance < right.instance ? -1 : 1));
  turn.events.push({ type: 'instances-changed', instances, others: othersOf(turn, book) });
  const told = book.instances.map((record) =>
    record.untold.length === 0 ? record : { ...record, told: record.told + record.untold.length, untold: [] },
  );
  change(turn, { witnesses: { ...book, instances: told } });
}

function changesOf({ instance, service, host, told, untold }: WitnessRecord): InstanceChange[] {
  return untold.map(({ condition, kind, since }, index) => ({
    instance,
    service,
    host,
    condition,
    ...(kind !== null && { kind }),
    since,
    ...(told + index + 1 >= toldLimit && { last: true as const }),
  }));
}

/** Those that no name stands for, by what all of them amount to. */
function othersOf({ state: { summary } }: Pick<Turn, 'state'>, { instances }: WitnessBook) {
  const here = instances.filter(({ last }) => last !== null && last.condition !== 'left');
  const sick = here.filter(({ last }) => isSickSight(last));
  const { observers = 0, conditions } = summary ?? {};
  const allSick = (conditions?.down ?? 0) + (conditions?.degraded ?? 0);
  return { observers: Math.max(0, observers - here.length), sick: Math.max(0, allSick - sick.length) };
}

export function isSickSight(sight: WitnessSight | null): boolean {
  return sight !== null && (sight.condition === 'down' || sight.condition === 'degraded');
}

/**
 * Keeps `observe` following by name while anything is suspected or open, and after a closing for as long as a relapse
 * would reopen it. After a start it has forgotten whom.
 */
export function keepWitnesses(turn: Turn, isStart: boolean): void {
  const book = turn.state.witnesses;
  const wanted = wantedBook(turn);
  if (wanted === null) {
    if (book !== undefined) letGo(turn, book);
    return;
  }
  const isSame = book?.incident === wanted.incident && book.until === wanted.until;
  if (book === undefined || !isSame || book.openedAt !== wanted.openedAt || isStart) {
    begin(turn, book?.incident === wanted.incident ? book : { ...wanted, instances: [] }, wanted, isStart);
  }
  tellWitnesses(turn);
}

type Wanted = Omit<WitnessBook, 'instances'>;

function wantedBook(turn: Turn): Wanted | null {
  const { suspicion, incident, witnesses } = turn.state;
  const open = openIncident(turn.state);
  if (open !== null) return { incident: open.id, until: null, openedAt: open.reopenedAt ?? open.openedAt };
  const openedAt = witnesses?.openedAt ?? null;
  if (suspicion !== null) {
    return {
      incident: suspicion.incident,
      until: null,
      openedAt: witnesses?.incident === suspicion.incident ? openedAt : null,
    };
  }
  if (incident?.closed == null || relapsing(turn) === null) return null;
  return { incident: incident.id, until: incident.closed.at + turn.playbook.limits.relapseMs, openedAt };
}

function begin(turn: Turn, book: WitnessBook, wanted: Wanted, isStart: boolean): void {
  const isOpening = wanted.openedAt !== null && book.openedAt !== wanted.openedAt;
  const kept = isOpening ? book.instances.filter(hasMoreToSay) : book.instances;
  const instances = kept.map((record) => ({
    ...record,
    ...(isOpening && { told: 0 }),
    ...(isStart && { last: null }),
  }));
  change(turn, { witnesses: { ...wanted, instances } });
  if (isOpening && kept.length === book.instances.length && book.until === wanted.until && !isStart) return;
  const names = instances.map(({ instance }) => instance);
  const { resource } = turn.state;
  turn.commands.push({ type: 'follow-witnesses', resource, what: 'begin', until: wanted.until, names });
}

/** At a reopening: whoever has gone leaves their place to another. */
function hasMoreToSay({ last, untold }: WitnessRecord): boolean {
  return untold.length > 0 || (last !== null && !hasGone(last));
}

function hasGone({ condition }: Pick<WitnessSight, 'condition'>): boolean {
  return condition === 'left' || condition === 'silent';
}

function letGo(turn: Turn, { until }: WitnessBook): void {
  const { witnesses: _, ...rest } = turn.state;
  turn.state = rest;
  // What was followed until a time, `observe` lets go by itself.
  if (until === null) {
    turn.commands.push({ type: 'follow-witnesses', resource: rest.resource, what: 'end' });
  }
}
