import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, waitFor } from '@prunella/labs';
import type { Condition, Report } from '@prunella/protocol';

const bin = fileURLToPath(new URL('../../packages/healer/src/bin.ts', import.meta.url));
const startDeadlineMs = 60_000;
const minuteMs = 60_000;
/** One request holds no more. */
const reportsAtOnce = 100;
const signalsAtOnce = 100;

/** The one resource whose incident is open. */
const incidentResource = 'store/main';

const playbook = (name: string, pattern: string, after: string) => `playbook: ${name}
for: ${pattern}
open: { after: ${after}, quorum: { hosts: 1 }, confirm: none, graceAfterStart: 0s }
ladder:
  - { id: restart, action: process.restart, after: 23h, autonomy: ask }
`;

/** A real healer with many resources, in a process of its own, which ends with `end`. */
export class MeasuredHealer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'prunella-bench-page-'));
  readonly #sequences = new Map<string, number>();
  readonly #resources: readonly string[];
  #port = 0;
  #child: ChildProcess | null = null;

  constructor(resources: number) {
    this.#resources = Array.from({ length: resources }, (_, index) => `web/shop-${index}`);
  }

  get address(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  tokenOf(role: 'operator' | 'reporter'): string {
    return readFileSync(join(this.#folder, 'prunella-data', 'tokens', role), 'utf8').trim();
  }

  async start(): Promise<void> {
    this.#port = await freePort();
    const names = [incidentResource, ...this.#resources].map((name) => `  ${name}: {}`).join('\n');
    writeFileSync(
      join(this.#folder, 'prunella.yaml'),
      `server: { port: ${this.#port} }\nresources:\n${names}\nbackends: { process: { services: {} } }\ntiming: { reportHeartbeatOk: 1s, graceAfterStart: 0s }\n`,
    );
    mkdirSync(join(this.#folder, 'playbooks'));
    writeFileSync(join(this.#folder, 'playbooks', 'web.yaml'), playbook('web', 'web/*', '6h'));
    writeFileSync(join(this.#folder, 'playbooks', 'store.yaml'), playbook('store', 'store/*', '0s'));
    const child = spawn(process.execPath, ['--conditions=prunella-source', bin, 'up', '--json'], {
      cwd: this.#folder,
      env: { PATH: process.env['PATH'] ?? '', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#child = child;
    let isUp = false;
    child.stdout?.on('data', () => {
      isUp = true;
    });
    await waitFor(() => isUp || child.exitCode !== null, {
      what: 'the healer to be up',
      deadlineMs: startDeadlineMs,
    });
    if (child.exitCode !== null) throw new Error(`the healer ended with status ${child.exitCode}`);
  }

  /** One instance for each of the first `count` resources says how it sees it. */
  async reportOn(first: number, count: number, condition: Condition): Promise<void> {
    const reports = this.#resources
      .slice(first, first + count)
      .map((resource) => this.#report(`app/${resource}`, resource, condition));
    for (let sent = 0; sent < reports.length; sent += reportsAtOnce) {
      await this.#send(reports.slice(sent, sent + reportsAtOnce));
    }
  }

  /** Opens the incident and brings at least as many entries into its log. Answers with its name. */
  async liveIncident(events: number): Promise<string> {
    await this.#sendOn('one', 'ok');
    await this.#sendOn('two', 'ok');
    const incident = await waitFor(
      async () => {
        await this.#sendOn('one', 'down');
        return this.#openIncident();
      },
      { what: 'the incident to open', deadlineMs: minuteMs },
    );
    // Reports that come quickly are taken together, signals are kept one by one.
    for (let sent = 0; sent < events; sent += signalsAtOnce) {
      const isDown = (sent / signalsAtOnce) % 2 === 0;
      await Promise.all([
        this.#sendOn('one', 'down'),
        this.#sendOn('two', isDown ? 'down' : 'degraded'),
        ...Array.from({ length: signalsAtOnce }, (_, index) => this.#signal(sent + index)),
      ]);
    }
    return incident;
  }

  async end(): Promise<void> {
    const child = this.#child;
    if (child !== null && child.exitCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #openIncident(): Promise<string | null> {
    const { incidents } = (await this.#ask(`/v1/incidents?open=true&resource=${incidentResource}`)) as {
      incidents: readonly { incident: string }[];
    };
    return incidents[0]?.incident ?? null;
  }

  async #ask(path: string): Promise<unknown> {
    const headers = { authorization: `Bearer ${this.tokenOf('operator')}` };
    const response = await fetch(this.address + path, { headers });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  #sendOn(instance: string, condition: Condition): Promise<void> {
    return this.#send([this.#report(instance, incidentResource, condition)]);
  }

  async #signal(number: number): Promise<void> {
    const signal = {
      source: 'bench',
      id: `signal-${number}`,
      type: 'disk.slow',
      resource: incidentResource,
      status: 'firing',
      summary: `a write took ${number} ms`,
    };
    await this.#post('/v1/signals', signal);
  }

  async #send(reports: readonly Report[]): Promise<void> {
    const { refused = [] } = (await this.#post('/v1/reports', { reports })) as {
      refused?: readonly unknown[];
    };
    if (refused.length > 0) throw new Error(`reports were refused: ${JSON.stringify(refused[0])}`);
  }

  async #post(path: string, body: object): Promise<unknown> {
    const response = await fetch(this.address + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.tokenOf('reporter')}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  #report(instance: string, resource: string, condition: Condition): Report {
    const sequence = (this.#sequences.get(instance) ?? 0) + 1;
    this.#sequences.set(instance, sequence);
    const isSick = condition !== 'ok';
    return {
      protocol: 1,
      service: 'shop',
      host: 'app1',
      instance,
      epoch: 'one',
      sequence,
      // Shares of the incident's resource are trusted after a whole one; the others must not fall silent meanwhile.
      heartbeatMs: resource === incidentResource ? 1_000 : 10 * minuteMs,
      conditions: [
        {
          resource,
          condition,
          sinceMs: 0,
          successes: sequence,
          faults: isSick ? { unreachable: sequence } : {},
          lastSuccessAgeMs: isSick ? 1_000 : 0,
          ...(isSick
            ? {
                firstFaultAgeMs: 0,
                lastFaultKind: 'unreachable' as const,
                sample: 'connect ECONNREFUSED 127.0.0.1:5432',
              }
            : {}),
        },
      ],
    };
  }
}
