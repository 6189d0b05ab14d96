import type { Break, Breaker } from './breaker.ts';
import type { Screen } from './screen.ts';

export interface KeyContext {
  readonly breaker: Breaker;
  readonly screen: Screen;
  readonly signal: AbortSignal;
  /** Stay until Ctrl-C where there is no terminal, too. */
  readonly stay: boolean;
}

const keysLine = 'keys: k kill the database   s stall it (SIGSTOP)   f repairs fail / work again   q quit';

/** Lets the person break more, one key at a time, until q or Ctrl-C. */
export function waitForKeys({ breaker, screen, signal, stay }: KeyContext): Promise<void> {
  const { stdin } = process;
  if (!stdin.isTTY) return withoutKeys(screen, signal, stay);
  return new Promise((resolve, reject) => {
    const finish = () => {
      stdin.off('data', onKey);
      restoreTerminal(stdin);
      resolve();
    };
    const breakWith = async (how: Break) => {
      const following = breaker.begin(how);
      if (following === null) screen.say('the database is broken already; wait until it is healed');
      await following;
      if (following !== null) screen.say(keysLine);
    };
    const onKey = (data: Buffer) => {
      const key = data.toString('utf8').toLowerCase();
      if (key === 'q' || key === '\u0003') finish();
      else if (key === 'k') breakWith('SIGKILL').catch(reject);
      else if (key === 's') breakWith('SIGSTOP').catch(reject);
      else if (key === 'f') breaker.toggleRepairs().catch(reject);
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

function withoutKeys(screen: Screen, signal: AbortSignal, stay: boolean): Promise<void> {
  if (!stay) {
    screen.say('standard input is no terminal, so there are no keys: ending here (--stay does not)');
    return Promise.resolve();
  }
  screen.say('standard input is no terminal, so there are no keys: break things by the page; Ctrl-C ends');
  return new Promise((resolve) => {
    const alive = setInterval(() => {}, 60_000);
    const finish = () => {
      clearInterval(alive);
      resolve();
    };
    signal.addEventListener('abort', finish, { once: true });
    if (signal.aborted) finish();
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
