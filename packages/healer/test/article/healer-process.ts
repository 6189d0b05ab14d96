import { fileURLToPath } from 'node:url';
import { waitFor } from '@prunella/labs';
import { startTelling } from './telling-process.ts';

const program = fileURLToPath(new URL('../../src/bin.ts', import.meta.url));

/** `prunella up` in a process of its own. */
export interface HealerProcess {
  /** `unix:/path` */
  readonly socket: string;
  kill(): Promise<void>;
}

export async function startHealerProcess(configurationFile: string): Promise<HealerProcess> {
  const args = ['up', '--config', configurationFile, '--json'];
  const healer = startTelling<{ readonly socket: string }>(program, args);
  const { socket } = await waitFor(() => healer.told[0], { what: '`prunella up` to be ready' });
  return { socket, kill: () => healer.end('kill') };
}
