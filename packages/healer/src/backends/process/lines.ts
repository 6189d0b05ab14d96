import type { Socket } from 'node:net';

/** A line longer than this is not one of ours: the connection is ended. */
const longestLine = 1_000_000;

/** Calls back with every JSON value that comes in, a line each. A line that is not JSON ends the connection. */
export function onJsonLines(socket: Socket, onValue: (value: unknown) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > longestLine) {
      socket.destroy(new Error(`a line of more than ${longestLine} characters came in`));
      return;
    }
    for (const line of lines) {
      try {
        onValue(JSON.parse(line));
      } catch (error) {
        socket.destroy(error instanceof Error ? error : new Error(String(error)));
        return;
      }
    }
  });
}

export function sendJsonLine(socket: Socket, value: unknown): void {
  if (socket.writable) socket.write(`${JSON.stringify(value)}\n`);
}
