import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const rows = 400;

/** The same job for a browser without any of ours: rows of two lines in a box that scrolls, and no script. */
const page = `<!doctype html><title>floor</title><style>
  body { font: 15px/1.5 system-ui, sans-serif; }
  .box { height: 600px; overflow-y: auto; border: 1px solid #ccc; border-radius: 10px; background: #fff; }
  .box div { box-sizing: border-box; height: 60px; padding: 6px 16px; border-bottom: 1px solid #ccc; }
</style><h1 class="there">Rows</h1><div class="box">${Array.from({ length: rows }, (_, index) => `<div><a href="#${index}">web/shop-${index}</a> ok<br><small>1 instance observes it, none is sick</small></div>`).join('')}</div>`;

const small = '<!doctype html><title>floor</title><h1 class="there">There</h1>';

/** Serves the pages that ours are measured beside. */
export class FloorServer {
  readonly #server: Server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(request.url === '/rows' ? page : small);
  });

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  end(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
