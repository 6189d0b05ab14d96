import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findBinary, notRun, waitFor } from '@prunella/labs';
import { onTestFinished, type TestContext } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';

/** One system call of the main thread, in the order in which they began. */
export interface SystemCall {
  readonly name: string;
  /** What strace shows of its arguments: paths of files, the bytes written. */
  readonly text: string;
  /** Of failed calls -1. */
  readonly result: number;
}

const watched = 'write,writev,pwrite64,sendto,sendmsg,fsync,fdatasync';

/**
 * Watches a process from outside by strace, from when this resolves until `end`. `inject` makes calls fail, as in
 * `fsync:error=EIO`; the kernel then does not do them.
 */
export async function watchSystemCalls(context: TestContext, pid: number, inject?: string) {
  const strace = findBinary('strace');
  if (strace === null) notRun(context, 'needs strace, a Debian package');
  if (process.getuid?.() !== 0) notRun(context, 'needs root, to look at another process by strace');
  const file = join(await temporaryFolder(), 'calls');
  const faults = inject === undefined ? [] : ['-e', `inject=${inject}`];
  // Without -f: the store and the sockets are the main thread's.
  const args = ['-y', '-s', '70000', '-e', `trace=${watched}`, ...faults, '-o', file, '-p', String(pid)];
  const child = spawn(strace, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGINT');
    await ended;
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  await waitFor(() => (said.includes('attached') ? true : child.exitCode === null ? null : true), {
    what: 'strace to be attached',
  });
  if (!said.includes('attached')) notRun(context, `strace may not look at other processes here: ${said}`);
  return {
    async end(): Promise<readonly SystemCall[]> {
      child.kill('SIGINT');
      await ended;
      return (await readFile(file, 'latin1')).split('\n').flatMap(parseCall);
    },
  };
}

function parseCall(line: string): readonly SystemCall[] {
  const [, name = '', text = '', result = ''] = /^(\w+)\((.*)\)\s+= (-?\d+)/s.exec(line) ?? [];
  return name === '' ? [] : [{ name, text, result: Number(result) }];
}

export type Order =
  | { readonly kept: true }
  /** What was not so, with the calls around it. */
  | { readonly kept: false; readonly why: string };

/**
 * Whether `told` left the process only after `written` was in the write-ahead log and that was synced: a text that the
 * database must hold, and one that goes out by a socket.
 */
export function syncPrecedes(calls: readonly SystemCall[], written: string, told: string): Order {
  const log = (call: SystemCall) => call.text.includes('prunella.db-wal>');
  const answer = calls.findIndex(({ text }) => /^\d+<(socket|TCP|UNIX)/.test(text) && text.includes(told));
  if (answer < 0) return { kept: false, why: `nothing left with ${told}` };
  const before = calls.slice(0, answer);
  const write = before.findLastIndex(
    (call) => call.name === 'pwrite64' && log(call) && call.text.includes(written),
  );
  if (write < 0) return { kept: false, why: `${written} was not in the log when ${told} left` };
  const afterWrite = before.slice(write + 1);
  const isSynced = afterWrite.some(
    (call) => /^f(data)?sync$/.test(call.name) && log(call) && call.result === 0,
  );
  return isSynced ? { kept: true } : { kept: false, why: `the log was not synced when ${told} left` };
}
