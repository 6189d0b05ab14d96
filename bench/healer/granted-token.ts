import { randomUUID } from 'node:crypto';
import { request } from 'node:http';

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
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode === 201) resolve((JSON.parse(text) as { secret: string }).secret);
          else reject(new Error(`no token: ${response.statusCode} ${text}`));
        });
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}
