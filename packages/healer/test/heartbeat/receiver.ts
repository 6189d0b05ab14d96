import { createServer } from 'node:http';
import { onTestFinished } from 'vitest';

/** A real server that notes who asks it, and answers as the test says: `null` is no answer at all. */
export async function receiver() {
  const asked: {
    readonly method: string | undefined;
    readonly path: string | undefined;
    readonly body: string;
  }[] = [];
  const answer: { status: number | null } = { status: 200 };
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      asked.push({ method: request.method, path: request.url, body });
      if (answer.status !== null) response.writeHead(answer.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { asked, answer, url: `http://127.0.0.1:${port}/ping/secret-id` };
}
