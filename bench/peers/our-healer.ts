import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Sender } from '../healer/send.ts';
import { SpokenLines } from './spoken-lines.ts';

const startDeadlineMs = 60_000;

interface Tokens {
  readonly reporter: string;
  readonly operator: string;
}

/** A healer in a process of its own. It ends when this process does, however that ends. */
export class OurHealer {
  readonly #child: ChildProcess;
  readonly #address: string;
  readonly #tokens: Tokens;
  readonly lines: SpokenLines;

  private constructor(child: ChildProcess, lines: SpokenLines, address: string, tokens: Tokens) {
    this.#child = child;
    this.lines = lines;
    this.#address = address;
    this.#tokens = tokens;
  }

  static async start(
    program: string,
    configurationFile: string,
    options: { readonly actionMs?: number; readonly environment?: Readonly<Record<string, string>> } = {},
  ): Promise<OurHealer> {
    const source = program.endsWith('.ts') ? ['--conditions=prunella-source'] : [];
    const child = spawn(
      process.execPath,
      [
        ...source,
        '--disable-warning=ExperimentalWarning',
        program,
        configurationFile,
        String(options.actionMs ?? 0),
      ],
      { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...options.environment } },
    );
    const lines = new SpokenLines(child.stdout);
    const ended = once(child, 'exit').then(() => null);
    const late = new Promise<null>((resolve) => setTimeout(resolve, startDeadlineMs, null).unref());
    const ready = await Promise.race([lines.ready(), ended, late]);
    if (ready === null) {
      child.kill('SIGKILL');
      throw new Error('the healer did not start');
    }
    const { address, ...tokens }: { address: string } & Tokens = JSON.parse(ready);
    return new OurHealer(child, lines, address, tokens);
  }

  sender(connections: number): Sender {
    return new Sender(this.#address, this.#tokens.reporter, connections);
  }

  /** Opens an incident where `type` is `process.exit`; of `note` nobody wants to know. */
  signal(
    sender: Sender,
    resource: string,
    type: 'process.exit' | 'note',
    id = resource,
    status: 'firing' | 'resolved' = 'firing',
  ): Promise<void> {
    const body = { id, source: 'bench', type, resource, node: 'one', status, summary: 'gone' };
    return sender.post('/v1/signals', JSON.stringify(body));
  }

  /** Resources with an incident, open or not, the newest thousand. */
  async resourcesWithIncidents(): Promise<readonly string[]> {
    return (await this.#incidents('')).map(({ resource }) => resource);
  }

  async openIncidents(): Promise<number> {
    return (await this.#incidents('&open=true')).length;
  }

  async #incidents(query: string): Promise<readonly { readonly resource: string }[]> {
    const answer = await fetch(`${this.#address}/v1/incidents?limit=1000${query}`, {
      headers: { authorization: `Bearer ${this.#tokens.operator}` },
    });
    const { incidents } = (await answer.json()) as { incidents: readonly { readonly resource: string }[] };
    return incidents;
  }

  async kill(): Promise<void> {
    await this.#end(() => this.#child.kill('SIGKILL'));
  }

  async stop(): Promise<void> {
    const late = setTimeout(() => this.#child.kill('SIGKILL'), startDeadlineMs);
    await this.#end(() => this.#child.stdin?.end());
    clearTimeout(late);
  }

  async #end(ask: () => void): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    ask();
    await exited;
  }
}
