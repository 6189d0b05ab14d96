import { http } from '../node-http.ts';

/**
 * Waits for the end of the healer behind a local socket. `ended`: it was there and is gone. `unreachable`: it
 * was not there, or did not answer as a healer. Never rejects; an abort is an `ended`. `onPresent` is called
 * when it has answered.
 */
export function presenceEnds(
  socketPath: string,
  signal: AbortSignal,
  onPresent: () => void,
): Promise<'ended' | 'unreachable'> {
  return new Promise((resolve) => {
    let present = false;
    const settle = () => resolve(present || signal.aborted ? 'ended' : 'unreachable');
    const call = http.request({ socketPath, path: '/v1/presence', agent: false, signal }, (response) => {
      present = response.statusCode === 200;
      if (present) onPresent();
      else response.destroy();
      response.resume();
      response.on('error', settle);
      response.on('close', settle);
    });
    call.on('error', settle);
    // Waiting for somebody else's end must not keep this process alive.
    call.on('socket', (socket) => socket.unref());
    call.end();
  });
}
