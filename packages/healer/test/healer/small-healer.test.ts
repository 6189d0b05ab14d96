import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { freePort, waitFor } from '@prunella/labs';
import type { Condition, Directive, DirectiveResponse, Report } from '@prunella/protocol';
import { describe, expect, test } from 'vitest';
import { parseConfiguration } from '../../src/configuration/parse.ts';
import type { Healer } from '../../src/healer/healer.ts';
import { startHealer } from '../../src/healer/start-healer.ts';
import { recordingBackend } from './recording-backend.ts';
import { afterwards, incidentsAt, logAt, workshop } from './workshop.ts';

const playbook = `
playbook: echo
for: tcp/*
open:
  after: 200ms
  quorum: { hosts: 1 }
  confirm: { failures: 2, every: 100ms, timeout: 500ms }
  graceAfterStart: 0s
ladder:
  - action: recording.repair
    after: 200ms
    every: 30s
    autonomy: auto
    deadline: 10s
    window: 10s
    soak: 200ms
`;

function configurationText(port: number): string {
  return `
server: { port: 0 }
resources:
  tcp/echo:
    nodes:
      one: { target: echo, probe: { type: tcp, port: ${port}, interval: 100ms, timeout: 500ms } }
timing: { reportHeartbeat: 100ms, reportHeartbeatOk: 200ms, graceAfterStart: 0s }
`;
}

/** A real server on a port that stays the same. */
async function listenOn(port: number): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => {}).resume());
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  afterwards(() => void server.close());
  return server;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** Speaks as an application does: reports over HTTP with the reporter's token, and holds a poll open. */
class Application {
  readonly directives: Directive[] = [];
  condition: Condition = 'ok';
  readonly #instance: string;
  readonly #address: string;
  readonly #token: string;
  readonly #stopped = new AbortController();
  #sequence = 0;
  #firstFaultAt = 0;
  #answers: string[] = [];

  constructor(instance: string, address: string, token: string) {
    this.#instance = instance;
    this.#address = address;
    this.#token = token;
    afterwards(() => this.#stopped.abort());
    void this.#reportOften();
    void this.#poll();
  }

  get answers(): readonly string[] {
    return this.#answers;
  }

  breaks(): void {
    this.condition = 'down';
    this.#firstFaultAt = performance.now();
  }

  async #reportOften(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      const response = await this.#ask('/v1/reports', { reports: [this.#report()] }).catch(() => null);
      if (response !== null) this.#answers.push(`${response.status} ${await response.text()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #poll(): Promise<void> {
    let cursor: string | null = null;
    while (!this.#stopped.signal.aborted) {
      const after = cursor === null ? '' : `&after=${encodeURIComponent(cursor)}`;
      const query = `instance=${encodeURIComponent(this.#instance)}&epoch=e&waitMs=5000${after}`;
      const response = await this.#ask(`/v1/directives?${query}`).catch(() => null);
      if (response?.status !== 200) return;
      const answer = (await response.json()) as DirectiveResponse;
      cursor = answer.cursor;
      this.directives.push(...answer.directives);
    }
  }

  #ask(path: string, body?: unknown): Promise<Response> {
    return fetch(`${this.#address}${path}`, {
      signal: this.#stopped.signal,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
  }

  #report(): Report {
    this.#sequence += 1;
    const sick = this.condition === 'down';
    return {
      protocol: 1,
      service: 'app',
      host: 'app1',
      instance: this.#instance,
      epoch: 'e',
      sequence: this.#sequence,
      heartbeatMs: 200,
      conditions: [
        {
          resource: 'tcp/echo',
          condition: this.condition,
          sinceMs: 0,
          successes: 1,
          faults: sick ? { unreachable: 1 } : {},
          ...(sick
            ? {
                firstFaultAgeMs: performance.now() - this.#firstFaultAt,
                lastFaultKind: 'unreachable',
                sample: 'ECONNREFUSED',
              }
            : { lastSuccessAgeMs: 0 }),
        },
      ],
    };
  }
}

async function startSmallHealer(repair: () => Promise<void>, port: number) {
  const { folder, configurationFile, store } = workshop({
    configuration: configurationText(port),
    playbook,
  });
  const { configuration } = parseConfiguration(configurationText(port), configurationFile, {});
  if (configuration === null) throw new Error('the configuration of this test is wrong');
  const { backend, orders } = recordingBackend(repair);
  const healer = await startHealer({ configuration, backends: [backend] });
  afterwards(() => healer.stop());
  const token = readFileSync(`${store}/tokens/reporter`, 'utf8').trim();
  return { folder, healer, orders, token };
}

function socketOf(healer: Healer): string {
  return healer.socket ?? '';
}

describe('a whole small healer over a real server', () => {
  test('goes from a report to a verified repair, and tells everybody', async () => {
    const port = await freePort();
    let server = await listenOn(port);
    const { healer, orders, token } = await startSmallHealer(async () => {
      server = await listenOn(port);
    }, port);
    const address = healer.address ?? '';
    const sick = new Application('app/app1/1', address, token);
    const well = new Application('app/app1/2', address, token);
    await waitFor(() => sick.answers.length > 2 && well.answers.length > 2, { what: 'both to be heard' });

    await close(server);
    sick.breaks();
    await waitFor(() => sick.directives.some(({ directive }) => directive === 'probe'), {
      what: 'the complaining instance to be told to probe',
    });
    sick.condition = 'ok';
    const incident = await waitFor(
      async () => (await incidentsAt(socketOf(healer))).find(({ state }) => state === 'closed'),
      { what: 'the incident to be closed' },
    );
    await waitFor(() => well.directives.some(({ directive }) => directive === 'recovered'), {
      what: 'the other instance to be told of the recovery',
    });

    expect(orders).toHaveLength(1);
    expect(orders[0]).toMatchObject({ action: 'recording.repair', targets: ['echo'] });
    expect(incident.attempts).toMatchObject([{ verdict: 'effective', fenced: false, targets: ['echo'] }]);
    expect(sick.answers.every((answer) => answer === '202 {"accepted":1,"refused":[]}')).toBe(true);
    const types = (await logAt(socketOf(healer))).map(({ event }) => event.type);
    const milestones = [
      'incident-opened',
      'attempt-intended',
      'attempt-ended',
      'verdict-given',
      'incident-closed',
    ];
    expect(types.filter((type) => milestones.includes(type))).toEqual(milestones);
  }, 30_000);

  test('does nothing where its own probe contradicts the report', async () => {
    const port = await freePort();
    await listenOn(port);
    const { healer, orders, token } = await startSmallHealer(async () => {}, port);
    const application = new Application('app/app1/1', healer.address ?? '', token);
    await waitFor(() => application.answers.length > 2, { what: 'it to be heard' });
    application.breaks();
    await waitFor(
      async () => (await logAt(socketOf(healer))).some(({ event }) => event.type === 'incident-suspected'),
      { what: 'the suspicion' },
    );
    const heard = application.answers.length;
    await waitFor(() => application.answers.length > heard + 20, { what: 'many more reports' });
    expect(orders).toEqual([]);
    expect(await incidentsAt(socketOf(healer))).toEqual([]);
  }, 30_000);
});
