import { lookup } from 'node:dns/promises';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LabService, waitFor } from '@prunella/labs';
import { afterAll } from 'vitest';
import type { Adapter, Classification } from '../../src/index.ts';

export type CallOutcome<Result> =
  | { readonly ended: 'answered'; readonly value: Result }
  | ({ readonly ended: 'failed'; readonly error: unknown } & Classification)
  | { readonly ended: 'deadline'; readonly local: boolean };

/**
 * A stand-in for the guard's runtime: one call with a deadline, and nothing else. The deadline is in ms, or a
 * promise: it is missed when that resolves, so that a test need not guess how long its server takes to get there.
 */
export async function call<Handle, Result>(
  adapter: Adapter<Handle>,
  fn: (handle: Handle) => Promise<Result>,
  deadline: number | Promise<unknown> = 15_000,
): Promise<CallOutcome<Result>> {
  const lease = adapter.lease();
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  const missed =
    typeof deadline === 'number'
      ? new Promise((resolve) => {
          timer = setTimeout(resolve, deadline);
        })
      : deadline;
  const late = missed.then((): CallOutcome<Result> => {
    const local = lease.waitsForOwnPool();
    if (!isOver) lease.abandon();
    return { ended: 'deadline', local };
  });
  const answered = fn(lease.handle).then(
    (value): CallOutcome<Result> => ({ ended: 'answered', value }),
    (error: unknown): CallOutcome<Result> => ({ ended: 'failed', error, ...adapter.classify(error) }),
  );
  try {
    return await Promise.race([answered, late]);
  } finally {
    isOver = true;
    clearTimeout(timer);
    lease.end();
  }
}

/** A function of a call that asks and then waits for something else; `waits` resolves when it does. */
export function waitsElsewhere<Handle>(ask: (handle: Handle) => Promise<unknown>) {
  const { promise: waits, resolve } = Promise.withResolvers<void>();
  const work = async (handle: Handle): Promise<never> => {
    await ask(handle);
    resolve();
    return new Promise(() => {});
  };
  return { work, waits };
}

/** The rejections that nobody handled, until `work` is done: each would end a process. */
export async function unhandledDuring(work: () => Promise<unknown>): Promise<unknown[]> {
  // vitest would fail the whole run for one.
  const listeners = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  const unhandled: unknown[] = [];
  process.on('unhandledRejection', (reason) => unhandled.push(reason));
  try {
    await work();
    // Node tells after the microtasks of a turn.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.removeAllListeners('unhandledRejection');
    for (const listener of listeners) process.on('unhandledRejection', listener);
  }
  return unhandled;
}

/** As a function that has begun something and waits for something else before it comes to await it. */
export function begins<Handle>(start: (handle: Handle) => unknown): (handle: Handle) => Promise<never> {
  return (handle) => {
    start(handle);
    return new Promise(() => {});
  };
}

/** What a ping came to: `passed`, `late` after the deadline, or the classification of its error. */
export async function ping(
  adapter: Adapter<unknown>,
  deadlineMs = 10_000,
): Promise<'passed' | 'late' | Classification> {
  const controller = new AbortController();
  const late = new Error('the deadline of this test');
  const timer = setTimeout(() => controller.abort(late), deadlineMs);
  try {
    await adapter.ping(controller.signal);
    return 'passed';
  } catch (error) {
    return error === late ? 'late' : adapter.classify(error);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A folder directly below the one for temporary files, gone after this file's tests. To be called while the file
 * is read, so that it goes last, after what runs in it has ended.
 */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'prunella-guard-'));
  chmodSync(folder, 0o755);
  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** PostgreSQL refuses to start while a process of the one that was killed is still on its way out. */
export async function restartAfterKill(server: LabService): Promise<void> {
  const restarted = () => server.restart().then(() => true);
  await waitFor(restarted, { what: `${server.name} to start again` });
}

/** Where this host has no resolver that answers, it is not known that nobody has the name. */
export async function kindOfUnknownName(): Promise<'unreachable' | 'local'> {
  const error: unknown = await lookup('no-such-host.invalid').catch((reason: unknown) => reason);
  return Reflect.get(Object(error), 'code') === 'ENOTFOUND' ? 'unreachable' : 'local';
}
