import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { spawnKept } from '@prunella/labs';
import { type ApplicationOptions, startApplication, type Told } from './application.ts';

const program = fileURLToPath(new URL('./application-process.ts', import.meta.url));

/** A running instance of the application, and what it has told so far. */
export interface Instance {
  readonly told: readonly Told[];
  readonly condition: string;
  /** With a goodbye, unless it is killed. */
  end(how?: 'goodbye' | 'kill'): Promise<void>;
}

class Running {
  readonly told: Told[] = [];

  get condition(): string {
    return this.told.findLast((told) => told.type === 'condition')?.condition ?? 'unknown';
  }
}

/** In this process: at most one, since all guards of a process report as one instance. */
export function startHere(options: ApplicationOptions): Instance {
  const running = new Running();
  const application = startApplication(options, (told) => running.told.push(told));
  return Object.assign(running, { end: () => application.stop() });
}

export function startBeside({ port, healer }: ApplicationOptions): Instance {
  const running = new Running();
  const args = ['--conditions=prunella-source', program, String(port), healer];
  const child = spawnKept(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => running.told.push(JSON.parse(line)));
  }
  return Object.assign(running, {
    end: async (how: 'goodbye' | 'kill' = 'goodbye') => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(how === 'kill' ? 'SIGKILL' : 'SIGTERM');
      }
      await ended;
    },
  });
}
