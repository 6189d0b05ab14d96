import { Agent, request } from 'node:http';
import type { SaltLab } from '@prunella/labs';
import { minions } from './salt-mark.ts';

/** The least that finds out who answers, and then gives the order: with one login, over one connection. */
export class BareSalt {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #lab: SaltLab;
  #token = '';

  constructor(lab: SaltLab) {
    this.#lab = lab;
  }

  async login(): Promise<void> {
    const { username, password, eauth } = this.#lab.api;
    const [answer] = await this.#post('/login', { username, password, sharedsecret: password, eauth });
    this.#token = String(answer?.['token']);
  }

  async resolveAndMark(id: string): Promise<void> {
    const target = { tgt: [minions.alone], tgt_type: 'list' };
    const [answering] = await this.#post('/', [{ client: 'local', ...target, fun: 'test.ping' }]);
    const found = Object.keys(answering ?? {});
    if (found.length === 0) throw new Error('the minion does not answer');
    await this.#post('/', [
      { client: 'local_async', tgt: found, tgt_type: 'list', fun: 'bench.mark', kwarg: { id } },
    ]);
  }

  close(): void {
    this.#agent.destroy();
  }

  #post(path: string, content: unknown): Promise<readonly Record<string, unknown>[]> {
    const { hostname, port } = new URL(this.#lab.api.url);
    const body = JSON.stringify(content);
    return new Promise((resolve, reject) => {
      const call = request(
        {
          agent: this.#agent,
          host: hostname,
          port,
          method: 'POST',
          path,
          headers: {
            accept: 'application/json',
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
            ...(this.#token === '' ? {} : { 'x-auth-token': this.#token }),
          },
        },
        (response) => {
          let text = '';
          response.on('data', (chunk) => {
            text += chunk;
          });
          response.on('error', reject);
          response.on('end', () => {
            if (response.statusCode !== 200) reject(new Error(`${path}: ${response.statusCode} ${text}`));
            else resolve(JSON.parse(text).return);
          });
        },
      );
      call.on('error', reject);
      call.end(body);
    });
  }
}
