import type { ResourceState } from '@prunella/core';
import { checkVersion } from './state-version.ts';
import type { ResourceRecord } from './world.ts';

/**
 * The signals of a resource that nothing opens on, on disk. They have a row of their own under `unheeded/NAME`: most
 * signals are such, change nothing else, and are much shorter than the record of their resource.
 */
interface UnheededState {
  readonly version: 1;
  readonly signals: NonNullable<ResourceState['unheededSignals']>;
}

const prefix = 'unheeded/';

export function unheededKey(resource: string): string {
  return prefix + resource;
}

/** Undefined where it has none: then it needs no row. */
export function unheededStateOf({ machine }: ResourceRecord): UnheededState | undefined {
  const { unheededSignals: signals = [] } = machine;
  return signals.length === 0 ? undefined : { version: 1, signals };
}

/** As it is on disk. */
export function withoutUnheeded(record: ResourceRecord): ResourceRecord {
  if (record.machine.unheededSignals === undefined) return record;
  const { unheededSignals: _signals, ...machine } = record.machine;
  return { ...record, machine };
}

/** From its two rows. */
export function withUnheeded(record: ResourceRecord, states: ReadonlyMap<string, unknown>): ResourceRecord {
  const key = unheededKey(record.machine.resource);
  const state = states.get(key);
  if (state === undefined) return record;
  const { signals: unheededSignals } = checkVersion<UnheededState>(key, state);
  return { ...record, machine: { ...record.machine, unheededSignals } };
}

export function isOtherUnheeded(before: ResourceRecord | undefined, after: ResourceRecord): boolean {
  return before?.machine.unheededSignals !== after.machine.unheededSignals;
}

/** They have changed, and nothing else: whatever a decision leaves alone is the same object as before. */
export function isOnlyUnheeded(before: ResourceRecord | undefined, after: ResourceRecord): boolean {
  return (
    before !== undefined &&
    isOtherUnheeded(before, after) &&
    isSameBut('machine', before, after) &&
    isSameBut('unheededSignals', before.machine, after.machine)
  );
}

function isSameBut<Value extends object>(but: keyof Value, before: Value, after: Value): boolean {
  const isOther = (key: string) => key !== but && before[key as keyof Value] !== after[key as keyof Value];
  return !Object.keys(after).some(isOther) && !Object.keys(before).some(isOther);
}
