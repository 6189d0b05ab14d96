import { readdirSync } from 'node:fs';
import type { RunnerStatus } from './messages.ts';
import { askRunner, statusWithinMs } from './runner-client.ts';

/** The order in progress and the service's own stop timeout; a runner that is stuck is left behind. */
const shutdownWithinMs = 60_000;

/**
 * Ends every runner below a state folder, and by default its service with it: for a demonstration's end, a
 * test's, or a person who wants all of it gone. Resolves when they are gone.
 */
export async function stopProcessServices(
  stateFolder: string,
  options: { readonly stopServices?: boolean } = {},
): Promise<void> {
  await Promise.all(
    listFolders(stateFolder).map((name) =>
      shutDown(`${stateFolder}/${name}`, options.stopServices ?? true, new AbortController().signal),
    ),
  );
}

/** A runner below the state folder, whether or not its service is still declared. */
export interface FoundRunner {
  readonly service: string;
  /** Null where a runner lives that does not answer. */
  readonly status: RunnerStatus | null;
}

/** Every runner that lives, by the name of its service. */
export async function findRunners(stateFolder: string): Promise<readonly FoundRunner[]> {
  const asked = listFolders(stateFolder)
    .sort()
    .map(async (service): Promise<FoundRunner[]> => {
      const statuses: RunnerStatus[] = [];
      const lives = await askRunner(
        `${stateFolder}/${service}`,
        { type: 'status' },
        (answer) => {
          if (answer.type === 'status') statuses.push(answer.status);
        },
        AbortSignal.timeout(statusWithinMs),
      ).then(
        () => true,
        () => false,
      );
      return lives ? [{ service, status: statuses[0] ?? null }] : [];
    });
  return (await Promise.all(asked)).flat();
}

/** Ends one service and its runner. False where the runner did not say that both are gone. */
export function stopProcessService(
  stateFolder: string,
  service: string,
  signal: AbortSignal,
): Promise<boolean> {
  return shutDown(`${stateFolder}/${service}`, true, signal);
}

async function shutDown(folder: string, stopService: boolean, signal: AbortSignal): Promise<boolean> {
  let isDone = false;
  const patience = AbortSignal.any([signal, AbortSignal.timeout(shutdownWithinMs)]);
  // Where nobody answers, no runner lives.
  await askRunner(
    folder,
    { type: 'shutdown', stopService },
    ({ type }) => {
      isDone ||= type === 'done';
    },
    patience,
  ).catch(() => {});
  return isDone;
}

function listFolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}
