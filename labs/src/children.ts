import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { Socket } from 'node:net';

/**
 * Lives beside this process, in a session of its own so that Ctrl-C passes it by, and reads which process
 * groups there are. When its input closes (an orderly end, a crash and SIGKILL all close it) it kills
 * those left, and ends. A shell, because it is on every machine and takes 1 MB.
 */
const watcherScript = `
trap '' INT TERM HUP
groups=' '
while read -r sign group; do
  case "$sign" in
    +) groups="$groups$group " ;;
    -) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
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

/** Sends a signal to the whole group of a process that `spawnKept` started. False where it is gone. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}
