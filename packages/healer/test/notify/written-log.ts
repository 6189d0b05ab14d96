import type { LogEntry, ResourceEvent } from '@prunella/core';
import type { Surroundings } from '../../src/notify/surroundings.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { presentOf } from './messages.ts';
import { openNotifierUnderTest } from './notifier-under-test.ts';
import type { RecordingChannel } from './recording-channel.ts';

/** A log that the test writes, of resources about which nothing more is known. */
export class WrittenLog {
  readonly entries: LogEntry[] = [];
  readonly #listeners = new Set<(entry: LogEntry) => void>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  write(resource: string, event: ResourceEvent): void {
    const sequence = this.entries.length + 1;
    const entry = { sequence, at: this.#now(), resource, incident: `${resource}.1`, event };
    this.entries.push(entry);
    for (const listener of this.#listeners) listener(entry);
  }

  async log({ after = 0, limit }: { readonly after?: number; readonly limit: number }) {
    return this.entries.filter(({ sequence }) => sequence > after).slice(0, limit);
  }

  onLog(listener: (entry: LogEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** Of resources about which nothing more is known. */
export const surroundings: Surroundings = {
  explanation: () => null,
  incident: async () => null,
  facts: () => ({ labels: {}, playbook: null }),
  present: async () => presentOf(),
};

export const opened: ResourceEvent = {
  type: 'incident-opened',
  reason: 'refused',
  firstFaultAt: 1,
  playbook: 'p',
};
export const closed: ResourceEvent = { type: 'incident-closed', reason: 'well', credit: { to: 'itself' } };
export const names = (count: number) => Array.from({ length: count }, (_, index) => `redis/r${index}`);

/** A notifier with one channel, `hook`, that follows a log which the test writes. `given`: its folder. */
export async function startWithLog(
  channel: RecordingChannel,
  written: Readonly<Record<string, unknown>> = {},
  given?: string,
) {
  const folder = given ?? (await temporaryFolder());
  const under = await openNotifierUnderTest({ folder, channels: { hook: channel }, written });
  const log = new WrittenLog(() => under.clock.now());
  await under.notifier.follow(log, surroundings);
  return { ...under, log, folder };
}
