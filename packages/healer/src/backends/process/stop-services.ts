import { readdirSync } from 'node:fs';
import { askRunner } from './runner-client.ts';

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
    listFolders(stateFolder).map(async (name) => {
      const request = { type: 'shutdown', stopService: options.stopServices ?? true } as const;
      // Where nobody answers, no runner lives.
      const patience = AbortSignal.timeout(shutdownWithinMs);
      await askRunner(`${stateFolder}/${name}`, request, () => {}, patience).catch(() => {});
    }),
  );
}

function listFolders(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}
