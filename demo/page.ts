import { once } from 'node:events';
import { spawnKept } from '@prunella/labs';
import { type HealerProcess, prunellaProgram } from './healer.ts';
import type { Screen } from './screen.ts';

/** `prunella page`, as a user runs it: prints the page's address, and opens it where there is a screen. */
export async function openPage(healer: HealerProcess, screen: Screen, open: boolean): Promise<void> {
  screen.say("the healer's page, signed in (the address is good once, for 2 minutes):");
  const words = ['page', '--healer', healer.address, '--token-file', healer.operatorTokenFile];
  const child = spawnKept(
    process.execPath,
    ['--conditions=prunella-source', prunellaProgram, ...words, ...(open ? [] : ['--no-open'])],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  await once(child, 'exit');
}
