import { createServer, type Server } from 'node:http';
import { type Fetch, httpService } from '@prunella/guard/http';
import { type FaultProxy, startFaultProxy } from '@prunella/labs';
import { afterAll, beforeAll } from 'vitest';
import { describeConformance, proxiedServer } from './servers.ts';

let service: Server;
let proxy: FaultProxy;
beforeAll(async () => {
  service = createServer((request, response) => {
    if (request.url === '/slow') return;
    response.writeHead(request.url === '/mistake' ? 422 : 200).end('said');
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  const address = service.address();
  proxy = await startFaultProxy({ targetPort: typeof address === 'object' ? (address?.port ?? 0) : 0 });
});
afterAll(async () => {
  await proxy.stop();
  service.closeAllConnections();
  service.close();
});

const at = (path: string) => `http://127.0.0.1:${proxy.port}${path}`;

describeConformance('http', {
  lend: async (): Promise<Fetch> => (input, init) => fetch(input, init),
  adapt: (lent: Fetch) => httpService(lent, { ping: at('/health') }),
  takeBack: async () => undefined,
  call: async (http) => (await http.fetch(at('/'))).text(),
  mistake: (http) => http.fetch(at('/mistake')),
  slow: (http) => http.fetch(at('/slow')),
  useLent: async (lent) => (await lent(at('/'))).text(),
  server: proxiedServer(() => proxy),
});
