import { readdirSync } from 'node:fs';
import { askRunner } from './runner-client.ts';

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
      await askRunner(`${stateFolder}/${name}`, request, () => {}).catch(() => {});
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
