import type { CommandTerminal } from './command.ts';

/** The terminal of this process; undefined where its output is none. */
export function systemTerminal(): CommandTerminal | undefined {
  const { stdin, stdout } = process;
  if (stdout.isTTY !== true) return undefined;
  return {
    size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
    onResize(listener) {
      stdout.on('resize', listener);
      return () => void stdout.off('resize', listener);
    },
    readKeys: (listener) => readKeys(stdin, listener),
    onProcessEnd(restore) {
      process.on('exit', restore);
      return () => void process.off('exit', restore);
    },
  };
}

function readKeys(stdin: NodeJS.ReadStream, listener: (key: string) => void): () => void {
  if (stdin.isTTY !== true) return () => {};
  const onData = (data: Buffer) => {
    for (const key of data.toString('utf8')) listener(key);
  };
  // A terminal that was closed is no fault of ours; SIGHUP ends us.
  const onError = () => {};
  stdin.setRawMode(true);
  stdin.on('data', onData);
  stdin.on('error', onError);
  stdin.resume();
  return () => {
    stdin.off('data', onData);
    try {
      stdin.setRawMode(false);
    } catch {
      // It is gone.
    }
    stdin.pause();
  };
}
