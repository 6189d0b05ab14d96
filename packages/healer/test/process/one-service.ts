import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AttemptOrder, Signal } from '@prunella/core';
import { processConfiguration } from '../../src/backends/process/configuration.ts';
import { createProcessBackend, type ProcessBackend } from '../../src/backends/process/process-backend.ts';
import { stopProcessServices } from '../../src/backends/process/stop-services.ts';

/** A service that stays, says so, and writes a line when it is told to read its configuration. */
export const stayingService = `
  process.on('SIGHUP', () => console.log('told'));
  console.log('here', process.pid);
  setInterval(() => {}, 1000);
`;

export interface OneService {
  readonly folder: string;
  readonly stateFolder: string;
  readonly backend: ProcessBackend;
  readonly signals: Signal[];
  /** What people were told. */
  readonly problems: string[];
  /** Another backend on the same state, as after a restart of the healer. */
  another(): ProcessBackend;
  order(changes: Partial<AttemptOrder> & Pick<AttemptOrder, 'action'>): AttemptOrder;
  dispatch(order: AttemptOrder): ReturnType<ProcessBackend['dispatch']>;
  /** The pid of the service, or null where it does not run. */
  pid(): Promise<number | null>;
  end(): Promise<void>;
}

/** One declared service `app`, which is the node `one` of `app/main`. */
export async function makeOneService(
  service: Record<string, unknown>,
  stateName = 'state',
): Promise<OneService> {
  const folder = await mkdtemp(join(tmpdir(), 'prunella-process-'));
  const stateFolder = join(folder, stateName);
  const settings = { settle: '150ms', stopTimeout: '300ms', ...service };
  const configuration = processConfiguration({ folder }).parse({ services: { app: settings } });
  const nodes = [{ resource: 'app/main', node: 'one', target: 'app' }];
  const problems: string[] = [];
  const onProblem = (text: string) => problems.push(text);
  const another = () => createProcessBackend(configuration, { stateFolder, nodes, onProblem });
  const backend = another();
  const signals: Signal[] = [];
  let number = 0;
  return {
    folder,
    stateFolder,
    backend,
    signals,
    problems,
    another,
    order: (changes) => {
      number += 1;
      return makeOrder(number, changes);
    },
    dispatch: (order) => backend.dispatch(order, dispatchContext()),
    pid: async () => {
      const health = await backend.check(AbortSignal.timeout(5_000));
      const found = health.ok ? /runs as pid (\d+)/.exec(health.detail)?.[1] : undefined;
      return found === undefined ? null : Number(found);
    },
    end: async () => {
      await backend.close();
      await stopProcessServices(stateFolder);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function dispatchContext(references: string[] = []) {
  return {
    signal: new AbortController().signal,
    onReference: (reference: string) => references.push(reference),
    now: Date.now,
  };
}

export function makeOrder(
  number: number,
  changes: Partial<AttemptOrder> & Pick<AttemptOrder, 'action'>,
): AttemptOrder {
  return {
    attempt: `attempt-${number}`,
    resource: 'app/main',
    incident: 'incident-1',
    step: 'step',
    effect: 'disrupts',
    arguments: {},
    target: { select: 'failing-nodes' },
    targets: ['app'],
    resolved: true,
    fence: { authority: 'installation', generation: 1, number },
    notAfter: Date.now() + 30_000,
    deadlineAt: Date.now() + 30_000,
    ...changes,
  };
}
