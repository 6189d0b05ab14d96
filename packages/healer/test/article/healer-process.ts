import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { spawnKept } from '@prunella/labs';

const bin = fileURLToPath(new URL('../../src/bin.ts', import.meta.url));

/** `prunella up` in a process of its own. */
export interface HealerProcess {
  /** `unix:/path` */
  readonly socket: string;
  kill(): Promise<void>;
}

export async function startHealerProcess(configurationFile: string): Promise<HealerProcess> {
  const args = ['--conditions=prunella-source', bin, 'up', '--config', configurationFile, '--json'];
  const child = spawnKept(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  if (child.stdout === null) throw new Error('`prunella up` has no output');
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended]);
  if (typeof line !== 'string') throw new Error(`\`prunella up\` ended with status ${line}`);
  const facts: { readonly socket: string } = JSON.parse(line);
  return {
    socket: facts.socket,
    kill: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}
