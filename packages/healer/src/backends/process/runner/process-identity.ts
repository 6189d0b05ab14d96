import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A pid and what tells it from a later process with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the process started, in the system's own unit; compared, never computed with. */
  readonly startMark: string;
  /** Differs after a restart of the machine; null where the system does not tell. */
  readonly bootId: string | null;
}

export function identifyProcess(pid: number): ProcessIdentity | null {
  const startMark = readStartMark(pid);
  return startMark === null ? null : { pid, startMark, bootId: readBootId() };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identity.bootId === readBootId() && readStartMark(identity.pid) === identity.startMark;
}

export function readBootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
}

/** Null where there is no such process, or only a zombie of it. */
function readStartMark(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name, in brackets, may hold anything: count from behind it. State is field 3, start 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
  } catch {
    return process.platform === 'linux' ? null : startMarkByPs(pid);
  }
}

function startMarkByPs(pid: number): string | null {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return line === '' || line.startsWith('Z') ? null : line.replace(/^\S+\s+/, '');
  } catch {
    return null;
  }
}

/** Sends a signal to every process of the group. False where there is none. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}

/**
 * Ends what a service left behind after its main process went: workers that would hold its port or its files.
 * While a group has members no new process gets its number, so a living process with that number means that
 * the group is gone and the number belongs to a stranger.
 */
export function killLeftovers({ pid, bootId }: ProcessIdentity): void {
  // After a restart of the machine the number may be anybody's.
  if (bootId === readBootId() && readStartMark(pid) === null) signalGroup(pid, 'SIGKILL');
}
