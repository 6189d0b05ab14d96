import { Agent, request } from 'node:http';

/** Requests over connections that stay open. */
export class Sender {
  readonly #agent: Agent;
  readonly #address: URL;
  readonly #token: string;

  constructor(address: string, token: string, connections: number) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
    this.#address = new URL(address);
    this.#token = token;
  }

  async post(path: string, body: string): Promise<void> {
    await this.ask(path, body);
  }

  /** The answer, with any status of success; rejects with it where it has none. */
  ask(path: string, body: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const call = request(
        {
          agent: this.#agent,
          host: this.#address.hostname,
          port: this.#address.port,
          method: 'POST',
          path,
          headers: {
            authorization: `Bearer ${this.#token}`,
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
          },
        },
        (response) => {
          let text = '';
          response.on('data', (chunk) => {
            text += chunk;
          });
          response.on('error', reject);
          response.on('end', () => {
            const { statusCode = 0 } = response;
            if (statusCode >= 200 && statusCode < 300) resolve(text);
            else reject(new Error(`${path}: ${statusCode} ${text}`));
          });
        },
      );
      call.on('error', reject);
      call.end(body);
    });
  }

  /** All of them, as many at one moment as there are connections; answers as they come. */
  async askAll(path: string, bodies: readonly string[], atOnce: number): Promise<string[]> {
    const answers: string[] = [];
    let next = 0;
    const work = async () => {
      for (let body = bodies[next++]; body !== undefined; body = bodies[next++])
        answers.push(await this.ask(path, body));
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return answers;
  }

  close(): void {
    this.#agent.destroy();
  }
}
