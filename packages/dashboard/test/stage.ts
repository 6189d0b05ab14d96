import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, waitFor } from '@prunella/labs';
import { buildPage } from './built-page.ts';
import { Shop } from './shop.ts';

const bin = fileURLToPath(new URL('../../healer/src/bin.ts', import.meta.url));

/** A service that listens, and says its process's id to whoever asks. */
const program = `
  require('node:http').createServer((_request, response) => response.end(String(process.pid)))
    .listen(Number(process.argv[1]), '127.0.0.1');
`;

const blogPlaybook = `playbook: blog
for: web/blog
dependsOn: [web/shop]
open:
  graceAfterStart: 0s
ladder:
  - id: restart
    action: process.restart
    after: 30s
    autonomy: ask
`;

export interface StageOptions {
  /** Of the one step, which restarts. Default `ask`. */
  readonly autonomy?: 'shadow' | 'ask' | 'auto';
  /** How long a service must run until its start counts as done. Default `200ms`. */
  readonly settle?: string;
  /** How long a question waits. Default `15m`. */
  readonly approval?: string;
  /** Whether `web/blog` has a playbook of its own, which says that it needs `web/shop`. Default: no. */
  readonly blogNeedsShop?: boolean;
}

/** A real healer that supervises a real service, and an application that uses it. */
export class Stage {
  readonly folder = mkdtempSync(join(tmpdir(), 'prunella-page-'));
  readonly #options: StageOptions;
  readonly #environment = { PATH: process.env['PATH'] ?? '', NO_COLOR: '1' };
  #servicePort = 0;
  #healerPort = 0;
  #healer: ChildProcess | null = null;
  #shop: Shop | null = null;

  constructor(options: StageOptions = {}) {
    this.#options = options;
  }

  get address(): string {
    return `http://127.0.0.1:${this.#healerPort}`;
  }

  tokenOf(role: string): string {
    return readFileSync(join(this.folder, 'prunella-data', 'tokens', role), 'utf8').trim();
  }

  async start(): Promise<void> {
    await buildPage();
    this.#servicePort = await freePort();
    this.#healerPort = await freePort();
    mkdirSync(join(this.folder, 'playbooks'));
    writeFileSync(join(this.folder, 'prunella.yaml'), this.#configuration());
    writeFileSync(join(this.folder, 'playbooks', 'web.yaml'), this.#playbook());
    if (this.#options.blogNeedsShop === true) {
      writeFileSync(join(this.folder, 'playbooks', 'blog.yaml'), blogPlaybook);
    }
    await this.startHealer();
    await waitFor(() => this.#servicePid(), { what: 'the service to answer' });
    this.#shop = new Shop(this.#servicePort, this.address, this.tokenOf('reporter'));
  }

  async startHealer(): Promise<void> {
    const child = spawn(process.execPath, ['--conditions=prunella-source', bin, 'up', '--json'], {
      cwd: this.folder,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#healer = child;
    let said = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await waitFor(() => said.includes('\n') || child.exitCode !== null, { what: 'the healer to be ready' });
  }

  /** As if it were cut off; the services that it supervises go on. */
  async killHealer(): Promise<void> {
    const child = this.#healer;
    this.#healer = null;
    if (child === null || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Ends the service's process, as an accident would. */
  async breakService(): Promise<void> {
    const pid = await waitFor(() => this.#servicePid(), { what: 'the service to answer' });
    process.kill(pid, 'SIGKILL');
  }

  async serviceAnswers(): Promise<boolean> {
    return (await this.#servicePid()) !== null;
  }

  /** Asks the healer as an operator does. */
  async ask(path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.address}${path}`, {
      headers: { authorization: `Bearer ${this.tokenOf('operator')}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  /** The name of an incident that was repaired after somebody's yes; lives through one where there is none yet. */
  async incidentThatIsOver(): Promise<string> {
    const known = await this.#newestOver();
    if (known !== null) return known;
    await this.breakService();
    const question = await waitFor(() => this.#question(), { what: 'the question', deadlineMs: 20_000 });
    await this.ask(`/v1/attempts/${encodeURIComponent(question)}/approve`, {});
    return waitFor(() => this.#newestOver(), { what: 'the incident to be over', deadlineMs: 30_000 });
  }

  async #newestOver(): Promise<string | null> {
    const { incidents } = (await this.ask('/v1/incidents?open=false&limit=1')) as {
      incidents: readonly { incident: string }[];
    };
    return incidents[0]?.incident ?? null;
  }

  /** The attempt that waits for an answer. */
  async #question(): Promise<string | null> {
    const { incidents } = (await this.ask('/v1/incidents?open=true&limit=1')) as {
      incidents: readonly { attempts: readonly { attempt: string; phase: string }[] }[];
    };
    return incidents[0]?.attempts.find(({ phase }) => phase === 'awaiting-approval')?.attempt ?? null;
  }

  /** A token of that role, made at the local socket as the user of this host. */
  makeToken(name: string, role: string): Promise<string> {
    const socketPath = join(this.folder, 'prunella-data', 'run', 'healer.sock');
    const body = JSON.stringify({ name, role });
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    return new Promise((resolve, reject) => {
      const call = request({ socketPath, path: '/v1/tokens', method: 'POST', headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => {
          const { secret } = Object(JSON.parse(text));
          if (typeof secret === 'string') resolve(secret);
          else reject(new Error(text));
        });
      });
      call.on('error', reject).end(body);
    });
  }

  async end(): Promise<void> {
    this.#shop?.stop();
    await this.killHealer();
    const words = ['services', 'stop', '--all', '--config', join(this.folder, 'prunella.yaml')];
    const stopping = spawn(process.execPath, ['--conditions=prunella-source', bin, ...words], {
      env: this.#environment,
      stdio: 'ignore',
    });
    await once(stopping, 'exit');
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #servicePid(): Promise<number | null> {
    const answer = await fetch(`http://127.0.0.1:${this.#servicePort}`).catch(() => null);
    return answer === null ? null : Number(await answer.text());
  }

  #configuration(): string {
    return `
server: { port: ${this.#healerPort} }
resources:
  web/shop:
    nodes:
      one: { target: shop, probe: { type: tcp, port: ${this.#servicePort}, interval: 200ms, timeout: 1s } }
  web/blog:
    nodes:
      two: { probe: { type: tcp, port: ${this.#servicePort} } }
backends:
  process:
    services:
      shop:
        command: [${JSON.stringify(process.execPath)}, -e, ${JSON.stringify(program)}, "${this.#servicePort}"]
        settle: ${this.#options.settle ?? '200ms'}
timing: { reportHeartbeat: 500ms, reportHeartbeatOk: 1s, graceAfterStart: 0s }
`;
  }

  #playbook(): string {
    const { autonomy = 'ask', approval = '15m' } = this.#options;
    return `# What to do when the shop's web server is gone.
playbook: web
for: ${this.#options.blogNeedsShop === true ? 'web/shop' : 'web/*'}
open:
  after: 300ms
  quorum: { hosts: 1 }
  confirm: { failures: 2, every: 100ms, timeout: 1s }
  graceAfterStart: 0s
ladder:
  - id: restart
    action: process.restart
    after: 300ms
    every: 1s
    autonomy: ${autonomy}
    deadline: 20s
    window: 20s
    soak: 300ms
limits:
  approval: ${approval}
  attemptsPerDay: 100
  disruptivePerFleetHour: 100
  flappingOpenings: 100
`;
  }
}
