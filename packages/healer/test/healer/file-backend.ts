import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionResult, AttemptOrder } from '@prunella/core';
import type { Backend, DispatchContext } from '../../src/backends/backend.ts';

/** What was dispatched, one line each: by which process, which attempt. */
export function dispatchesIn(folder: string): readonly { readonly pid: number; readonly attempt: string }[] {
  const file = join(folder, 'dispatched');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** The file whose presence ends every action: the test makes it when it has done the repair. */
export function repairedFile(folder: string): string {
  return join(folder, 'repaired');
}

/**
 * A stand-in for a backend: it writes down what it was given, and its action takes until the test says that the
 * repair is done. What it has written down it finds again, as Salt finds a job.
 */
export function fileBackend(folder: string): Backend {
  const action = 'file.repair';
  return {
    name: 'file',
    promises: { finds: true, fences: false, cancels: false, dryRuns: false },
    actions: new Map([[action, { action, effect: 'disrupts', highestAutonomy: 'auto' }]]),
    resolve: async ({ failing }) => ({
      resolved: true,
      targets: failing.map(({ node, target }) => ({ id: target, node, responding: true })),
    }),
    dispatch: async (order, context) => {
      const line = { pid: process.pid, attempt: order.attempt };
      appendFileSync(join(folder, 'dispatched'), `${JSON.stringify(line)}\n`);
      context.onReference(order.attempt);
      return untilRepaired(folder, order, context);
    },
    find: async (order, _reference, context) => {
      const known = dispatchesIn(folder).some(({ attempt }) => attempt === order.attempt);
      if (!known) return { found: 'never-sent' };
      const result = untilRepaired(folder, order, context);
      return { found: 'running', reference: order.attempt, result };
    },
    check: async () => ({ ok: true, detail: 'a file' }),
    close: async () => {},
  };
}

async function untilRepaired(
  folder: string,
  order: AttemptOrder,
  { signal, now }: DispatchContext,
): Promise<ActionResult> {
  while (!existsSync(repairedFile(folder)) && !signal.aborted && now() < order.deadlineAt) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const outcome = existsSync(repairedFile(folder)) ? 'succeeded' : 'unknown';
  return {
    outcome,
    summary: `the file said: ${outcome}`,
    targets: order.targets.map((id) => ({ id, outcome, detail: '', fenced: false })),
  };
}
