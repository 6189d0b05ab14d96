import { fileURLToPath } from 'node:url';
import { type ApplicationOptions, startApplication, type Told } from './application.ts';
import { startTelling } from './telling-process.ts';

const program = fileURLToPath(new URL('./application-process.ts', import.meta.url));

/** A running instance of the application, and what it has told so far. */
export interface Instance {
  readonly told: readonly Told[];
  /** With a goodbye, unless it is killed. */
  end(how?: 'goodbye' | 'kill'): Promise<void>;
}

/** In this process: at most one, since all guards of a process report as one instance. */
export function startHere(options: ApplicationOptions): Instance {
  const told: Told[] = [];
  const application = startApplication(options, (one) => told.push(one));
  return { told, end: () => application.stop() };
}

export function startBeside({ port, healer }: ApplicationOptions): Instance {
  return startTelling<Told>(program, [String(port), healer]);
}

export function conditionOf({ told }: Instance): string {
  return told.findLast((one) => one.type === 'condition')?.condition ?? 'unknown';
}
