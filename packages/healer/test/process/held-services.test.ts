import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AttemptOrder } from '@prunella/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processConfiguration } from '../../src/backends/process/configuration.ts';
import { dependantsOfOrder } from '../../src/backends/process/dependants.ts';
import { createProcessBackend, type ProcessBackend } from '../../src/backends/process/process-backend.ts';
import { askRunner, type RunnerClient } from '../../src/backends/process/runner-client.ts';
import { findRunners, stopProcessServices } from '../../src/backends/process/stop-services.ts';
import { runCommand } from '../commands/run-command.ts';
import { dispatchContext, makeOrder } from './one-service.ts';

let folder: string;
let backend: ProcessBackend;
let number = 0;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prunella-held-'));
});

afterEach(async () => {
  await backend.close();
  await stopProcessServices(stateFolder());
  await rm(folder, { recursive: true, force: true });
});

const stateFolder = () => join(folder, 'prunella-data', 'process');
const patient = { timeout: 20_000 };

/** Stays alive, unless a file of its name is there. A shell, since it ends sooner than Node starts. */
const service = (name: string, more: object = {}) => {
  const text = `if [ -e '${join(folder, name)}' ]; then exit 3; fi; exec sleep 1000`;
  return { command: ['sh', '-c', text], settle: '50ms', stopTimeout: '2s', ...more };
};

async function declare(services: Record<string, object>): Promise<void> {
  const configuration = processConfiguration({ folder }).parse({ services });
  backend = createProcessBackend(configuration, { stateFolder: stateFolder(), nodes: [] });
  await backend.start();
}

const orderOf = (verb: string, target: string, more: Partial<AttemptOrder> = {}): AttemptOrder => {
  number += 1;
  return { ...makeOrder(number, { action: `process.${verb}` }), targets: [target], ...more };
};

const order = (verb: string, target: string, more: Partial<AttemptOrder> = {}) =>
  backend.dispatch(orderOf(verb, target, more), dispatchContext());

async function states(): Promise<Record<string, string | undefined>> {
  const runners = await findRunners(stateFolder());
  return Object.fromEntries(runners.map(({ service: name, status }) => [name, status?.state]));
}

async function pidOf(name: string): Promise<number> {
  const found = (await findRunners(stateFolder())).find((one) => one.service === name);
  return found?.status?.pid ?? 0;
}

async function end(name: string): Promise<void> {
  process.kill(await pidOf(name), 'SIGKILL');
  await expect.poll(states, patient).toMatchObject({ [name]: expect.stringMatching(/exited|maintenance/) });
}

describe('what is held for a repair', () => {
  it('comes back after a crash of the healer between hold and start, whatever the fault was', async () => {
    await declare({
      web: service('web', { dependsOn: { db: { restartOn: 'error' } } }),
      db: service('db', { settle: '1s' }),
    });
    await expect.poll(states, patient).toEqual({ web: 'running', db: 'running' });
    await end('db');
    const killed = new AbortController();
    const given = orderOf('start', 'db');
    const context = { ...dispatchContext(), signal: killed.signal, onReference: () => killed.abort() };
    expect(await backend.dispatch(given, context)).toMatchObject({ outcome: 'unknown' });
    await expect.poll(states, patient).toEqual({ web: 'waiting', db: 'running' });

    const found = await backend.find(given, given.attempt, dispatchContext());
    const result = found.found === 'ended' || found.found === 'running' ? await found.result : null;
    expect(result).toMatchObject({
      outcome: 'succeeded',
      summary: expect.stringMatching(/held and started again with it: web$/),
    });
    expect(await states()).toEqual({ web: 'running', db: 'running' });
  });

  it('comes back where the healer ended before the repair itself was sent, which is then not nothing', async () => {
    await declare({ web: service('web', { dependsOn: { db: { restartOn: 'error' } } }), db: service('db') });
    await expect.poll(states, patient).toEqual({ web: 'running', db: 'running' });
    await end('db');
    // The records of a runner must reach back further than an order is valid.
    const given = orderOf('start', 'db', {
      notAfter: Date.now() + 700_000,
      deadlineAt: Date.now() + 700_000,
    });
    const { attempt, fence, notAfter, deadlineAt } = given;
    const hold = { attempt: `${attempt}~hold`, verb: 'hold', fence, notAfter, deadlineAt } as const;
    await askRunner(`${stateFolder()}/web`, { type: 'order', order: hold }, () => {});
    expect(await states()).toEqual({ web: 'waiting', db: 'exited' });

    const found = await backend.find(given, null, dispatchContext());
    expect(found).toMatchObject({ found: 'ended', result: { outcome: 'failed' } });
    if (found.found === 'ended') expect(found.result.neverSent).toBeUndefined();
    expect(await states()).toEqual({ web: 'running', db: 'exited' });
    expect(await backend.find(orderOf('start', 'db', { notAfter }), null, dispatchContext())).toEqual({
      found: 'never-sent',
    });
  });

  it('is not held for a service that nobody may start', async () => {
    const maintenance = { failures: 1, within: '10m' };
    await declare({
      web: service('web', { dependsOn: { db: { restartOn: 'restart' } } }),
      db: service('db', { maintenance }),
    });
    await expect.poll(states, patient).toEqual({ web: 'running', db: 'running' });
    await end('db');
    const before = await pidOf('web');
    expect(await order('start', 'db')).toMatchObject({ outcome: 'failed', neverSent: true });
    expect(await pidOf('web')).toBe(before);
  });

  it('is given back where the repair is refused, and a restart that must back off stops nothing', async () => {
    const web = service('web', { dependsOn: { db: { restartOn: 'restart' } } });
    await declare({ web, db: service('db', { backoff: { first: '1ms', most: '1ms' } }) });
    await expect.poll(states, patient).toEqual({ web: 'running', db: 'running' });
    for (const _time of [1, 2]) {
      await end('db');
      expect(await order('start', 'db')).toMatchObject({ outcome: 'succeeded' });
    }
    await backend.close();
    await declare({ web, db: service('db', { backoff: { first: '10m', most: '10m' } }) });
    const before = await pidOf('db');
    const refused = await order('restart', 'db');
    expect(refused).toMatchObject({
      outcome: 'failed',
      summary: expect.stringMatching(/it backs off until/),
    });
    expect(refused.neverSent).toBeUndefined();
    expect(await pidOf('db')).toBe(before);
    expect(await states()).toEqual({ web: 'running', db: 'running' });
  });

  it('is left alone where a newer attempt took it over, which is no failure of the older one', async () => {
    await declare({
      web: service('web', { dependsOn: { db: { restartOn: 'error' } } }),
      db: service('db', { settle: '1s' }),
    });
    await expect.poll(states, patient).toEqual({ web: 'running', db: 'running' });
    await end('db');
    const given = orderOf('start', 'db');
    const newer: Promise<unknown>[] = [];
    // The order of the database is taken: web is held, and is held until the database has settled.
    const onReference = () => newer.push(order('start', 'web'));
    const mended = await backend.dispatch(given, { ...dispatchContext(), onReference });
    expect(mended).toMatchObject({ outcome: 'succeeded' });
    expect(await Promise.all(newer)).toMatchObject([{ outcome: 'succeeded' }]);
    expect(await states()).toEqual({ web: 'running', db: 'running' });
  });

  it('goes on waiting while another that it needs is still gone', async () => {
    await declare({
      web: service('web', { dependsOn: { db: { restartOn: 'restart' }, cache: { restartOn: 'restart' } } }),
      db: service('db'),
      cache: service('cache', { settle: '1s' }),
    });
    await expect.poll(states, patient).toEqual({ web: 'running', db: 'running', cache: 'running' });
    await writeFile(join(folder, 'cache'), '');
    expect(await order('restart', 'cache')).toMatchObject({ outcome: 'failed' });
    expect(await order('restart', 'db')).toMatchObject({ outcome: 'succeeded' });
    expect(await states()).toEqual({ web: 'waiting', db: 'running', cache: 'exited' });
    await rm(join(folder, 'cache'));
    expect(await order('start', 'cache')).toMatchObject({ outcome: 'succeeded' });
    expect(await states()).toEqual({ web: 'running', db: 'running', cache: 'running' });
  });

  it('is named to whoever clears what it waits for', async () => {
    const web = service('web', { dependsOn: { db: { restartOn: 'restart' } } });
    const db = service('db', { settle: '1s', maintenance: { failures: 1, within: '10m' } });
    await declare({ web, db });
    await expect.poll(states, patient).toEqual({ web: 'running', db: 'running' });
    await writeFile(join(folder, 'db'), '');
    expect(await order('restart', 'db')).toMatchObject({ outcome: 'failed' });
    expect(await states()).toEqual({ web: 'waiting', db: 'maintenance' });
    await rm(join(folder, 'db'));
    const written = { backends: { process: { services: { web, db } } } };
    await writeFile(join(folder, 'prunella.yaml'), JSON.stringify(written));
    const clear = (name: string) => runCommand(['clear', name], { workingDirectory: folder });
    const cleared = await clear('db');
    expect(cleared.exitCode).toBe(0);
    expect(cleared.stdout).toMatch(/\nweb was held for a repair and still waits: prunella clear web\n$/);
    expect((await clear('web')).exitCode).toBe(0);
    expect(await states()).toEqual({ web: 'running', db: 'running' });
  });

  it('is named where it could not be held, as by a runner of an older release', async () => {
    await declare({});
    const status = { runnerPid: 1, service: 'web', state: 'running', pid: 2, detail: '' } as const;
    const web: RunnerClient = {
      service: 'web',
      launched: () => false,
      ensure: async () => {},
      ask: async (request, onAnswer) => {
        if (request.type === 'status') return onAnswer({ type: 'status', status }, undefined as never);
        throw new Error('the request is not one of protocol 1');
      },
    };
    const given = orderOf('restart', 'db');
    const context = { ...dispatchContext(), onTaken: () => {} };
    const dependencies = new Map([
      ['web', { db: 'restart' }],
      ['db', {}],
    ] as const);
    const dependants = await dependantsOfOrder(
      given,
      'restart',
      new Map([['web', web]]),
      dependencies,
      context,
    );
    await dependants.hold();
    expect(dependants.told()).toMatch(/^; not held: web \(.*not one of protocol 1/);
  });
});
