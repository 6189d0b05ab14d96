import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';

/**
 * Lives beside this process, in a session of its own so that Ctrl-C passes it by, and reads which process
 * groups there are. When its input closes (an orderly end, a crash and SIGKILL all close it) it kills
 * those left, and what went into groups of its own below one of the homes, and ends. A shell, because it is on every
 * machine and takes 1 MB.
 */
const watcherScript = `
trap '' INT TERM HUP
groups=' '
homes=' '
while read -r sign group; do
  case "$sign" in
    +) groups="$groups$group " ;;
    -) groups="\${groups%% $group *} \${groups#* $group }" ;;
    h) homes="$homes$group " ;;
    H) homes="\${homes%% $group *} \${homes#* $group }" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
for home in $homes; do
  for process in /proc/[0-9]*; do
    if grep -qzxF "HOME=$home" "$process/environ" 2>/dev/null; then kill -s KILL "\${process#/proc/}" 2>/dev/null; fi
  done
done
`;

let watcher: ChildProcess | undefined;

function tellWatcher(line: string): void {
  if (watcher === undefined || watcher.exitCode !== null || watcher.signalCode !== null) {
    watcher = spawn('/bin/sh', ['-c', watcherScript], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    watcher.unref();
    if (watcher.stdin instanceof Socket) watcher.stdin.unref();
  }
  watcher.stdin?.write(`${line}\n`);
}

/**
 * Starts a process, in a process group of its own, that is killed with that whole group when this process
 * ends, however it ends. It does not keep this process alive.
 */
export function spawnKept(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, args, { ...options, detached: true });
  const { pid } = child;
  if (pid !== undefined) {
    tellWatcher(`+ ${pid}`);
    child.once('exit', () => tellWatcher(`- ${pid}`));
  }
  child.unref();
  return child;
}

/**
 * Everything whose HOME is this folder, a temporary one without blanks in its path, is killed when this process ends,
 * however it ends: also what was meant to outlive its parent, such as the runner of a service. Returns what does it at
 * once. Where there is no `/proc`, neither does anything.
 */
export function keepAllBelow(home: string): () => void {
  tellWatcher(`h ${home}`);
  return () => {
    for (const pid of processesBelow(home)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
    tellWatcher(`H ${home}`);
  };
}

function processesBelow(home: string): readonly number[] {
  const pids = existsSync('/proc') ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : [];
  return pids.map(Number).filter((pid) => pid !== process.pid && environmentOf(pid).includes(`HOME=${home}`));
}

function environmentOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** Sends a signal to the whole group of a process that `spawnKept` started. False where it is gone. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}
