import { createServer } from '../../src/server/create-server.ts';
import { everyPart } from './every-part.ts';
import { StandInEngine } from './stand-in-engine.ts';

/** What a healer with every part answers at `/v1/openapi.json`. */
export async function servedOpenapi(): Promise<Record<string, unknown>> {
  const server = createServer(new StandInEngine(), {
    access: { type: 'local' },
    facts: () => {
      throw new Error('nobody asks for them here');
    },
    ...everyPart(),
  });
  try {
    const address = await server.listen({ host: '127.0.0.1', port: 0 });
    const answer = await fetch(`${address}/v1/openapi.json`);
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Record<string, unknown>;
  } finally {
    await server.close();
  }
}
