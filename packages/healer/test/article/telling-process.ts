import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { spawnKept } from '@prunella/labs';

/** A program in a process of its own that says what it sees, a line of JSON at a time. */
export interface TellingProcess<Told> {
  readonly pid: number;
  readonly told: readonly Told[];
  /** SIGTERM, at which it says goodbye, or SIGKILL; resolves when it is gone. */
  end(how?: 'goodbye' | 'kill'): Promise<void>;
}

export function startTelling<Told>(program: string, args: readonly string[]): TellingProcess<Told> {
  const child = spawnKept(process.execPath, ['--conditions=prunella-source', program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const told: Told[] = [];
  const ended = once(child, 'exit');
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => told.push(JSON.parse(line)));
  }
  return {
    pid: child.pid ?? 0,
    told,
    end: async (how = 'goodbye') => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(how === 'kill' ? 'SIGKILL' : 'SIGTERM');
      }
      await ended;
    },
  };
}
