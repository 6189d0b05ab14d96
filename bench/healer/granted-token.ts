import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';

/**
 * A reporter's token that may send `process.exit`, which playbooks act on without a probe, as the healer's own runners
 * may: of the local socket (`unix:PATH`), which stands for an admin.
 */
export function grantedToken(socket: string | null): Promise<string> {
  const body = JSON.stringify({
    name: `bench-${randomUUID()}`,
    role: 'reporter',
    signals: ['process.exit'],
  });
  return new Promise((resolve, reject) => {
    const call = request(
      {
        socketPath: socket?.replace(/^unix:/, ''),
        method: 'POST',
        path: '/v1/tokens',
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        text(response)
          .then((answer) => {
            if (response.statusCode === 201) resolve((JSON.parse(answer) as { secret: string }).secret);
            else reject(new Error(`no token: ${response.statusCode} ${answer}`));
          })
          .catch(reject);
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}
