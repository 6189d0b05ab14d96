import type { CommandIo, CommandTerminal } from '../command.ts';
import { askHealer, type HealerConnection } from '../healer-client.ts';
import { coloursFor } from '../output.ts';
import { FleetWatch } from './fleet-watch.ts';
import { Painter } from './painter.ts';
import { renderScreen } from './screen.ts';

/** Countdowns go on without anything being heard. */
const tickMs = 1_000;
const quitKeys: ReadonlySet<string> = new Set(['q', 'Q', '\u0003', '\u0004']);

/** Until `q` or Ctrl-C; then the terminal is as it was. */
export async function watchOnTerminal(
  connection: HealerConnection,
  resource: string | null,
  terminal: CommandTerminal,
  io: CommandIo,
): Promise<void> {
  const quit = new AbortController();
  const signal = AbortSignal.any([io.interrupted, quit.signal]);
  const colours = coloursFor(io.stdout, io.environment);
  let painter: Painter | null = null;
  const draw = () => painter?.draw(renderScreen(watch.view, terminal.size(), colours, Date.now()));
  const watch = new FleetWatch({ ...connection, interrupted: signal }, resource, draw);
  // A healer that cannot be reached is told on the screen that is there.
  await askHealer(connection, 'GET', 'v1/healer');
  painter = new Painter(io.stdout, terminal);
  const timer = setInterval(draw, tickMs);
  const endResize = terminal.onResize(() => {
    painter?.forget();
    draw();
  });
  const endKeys = terminal.readKeys((key) => {
    if (quitKeys.has(key)) quit.abort();
  });
  try {
    draw();
    await watch.run(signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    clearInterval(timer);
    endResize();
    endKeys();
    painter.close();
  }
}
