import type { Screen } from './screen.ts';
import type { Stage } from './stage.ts';

export interface KeyContext {
  readonly stage: Stage;
  readonly screen: Screen;
  readonly signal: AbortSignal;
  readonly breakOnce: (how: 'SIGKILL' | 'SIGSTOP') => Promise<unknown>;
}

const keysLine = 'keys: k kill the database   s stall it (SIGSTOP)   f repairs fail / work again   q quit';

/** Lets the person break more, one key at a time, until q or Ctrl-C. */
export function waitForKeys({ stage, screen, signal, breakOnce }: KeyContext): Promise<void> {
  const { stdin } = process;
  if (!stdin.isTTY) {
    screen.say('standard input is no terminal, so there are no keys: ending here');
    return Promise.resolve();
  }
  return new Promise((resolve, reject) => {
    let busy = false;
    const finish = () => {
      stdin.off('data', onKey);
      restoreTerminal(stdin);
      resolve();
    };
    const breakWith = async (how: 'SIGKILL' | 'SIGSTOP') => {
      if (busy) {
        screen.say('the database is broken already; wait until it is healed');
        return;
      }
      busy = true;
      try {
        await breakOnce(how);
        stage.actioners.send();
      } finally {
        busy = false;
      }
      screen.say(keysLine);
    };
    const onKey = (data: Buffer) => {
      const key = data.toString('utf8').toLowerCase();
      if (key === 'q' || key === '\u0003') finish();
      else if (key === 'k') breakWith('SIGKILL').catch(reject);
      else if (key === 's') breakWith('SIGSTOP').catch(reject);
      else if (key === 'f') toggleRepairs(stage, screen).catch(reject);
      else screen.say(keysLine);
    };
    signal.addEventListener('abort', finish, { once: true });
    stdin.setRawMode(true);
    stdin.on('error', finish);
    stdin.resume();
    stdin.on('data', onKey);
    screen.say(keysLine);
  });
}

/** A terminal that was closed cannot be restored, and needs not. */
function restoreTerminal(stdin: NodeJS.ReadStream): void {
  try {
    stdin.setRawMode(false);
  } catch {
    // It is gone.
  }
  stdin.pause();
}

async function toggleRepairs({ database }: Stage, screen: Screen): Promise<void> {
  const refuse = !database.refusesToStart;
  await database.refuseToStart(refuse);
  screen.say(
    refuse
      ? 'from now on the database refuses to start: the next repair will not help (f again lifts it)'
      : 'the database may start again: the next repair will help',
  );
}
