import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, expect, test, vi } from 'vitest';
import { parseConfiguration } from '../../src/configuration/parse.ts';
import { DrillDesk } from '../../src/drills/drill-desk.ts';
import { createOutgoing } from '../../src/outgoing/outgoing.ts';
import { operatorToken, serve, viewerToken } from '../server/serve.ts';
import { hasEnded } from './has-ended.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

function read(text: string) {
  return parseConfiguration(text, '/etc/prunella/prunella.yaml', {});
}

async function serveDrills(text: string, environment: Record<string, string> = {}) {
  const { configuration, problems } = parseConfiguration(text, '/etc/prunella/prunella.yaml', environment);
  if (configuration === null) throw new Error(JSON.stringify(problems));
  const desk = new DrillDesk(() => configuration.drills, createOutgoing, environment);
  return serve({ drills: desk });
}

const killing = (command: readonly string[], timeout = '5s') => `
drills:
  kill-database:
    title: Kill the database
    resource: postgres/main
    command: ${JSON.stringify(command)}
    timeout: ${timeout}
`;

const node = process.execPath;

test('is announced by the name of whoever begins it, then its command is run', async () => {
  const { engine, post, call } = await serveDrills(killing([node, '-e', 'console.log("killed 4711")']));
  const listed = await (await call('/v1/drills', { token: viewerToken })).json();
  expect(listed).toEqual({
    items: [{ name: 'kill-database', title: 'Kill the database', resource: 'postgres/main', running: false }],
  });
  const answer = await post('/v1/drills/kill-database', {}, operatorToken);
  expect(await answer.json()).toEqual({ done: true, detail: `${node} ended with status 0: killed 4711` });
  expect(engine.commands).toMatchObject([
    {
      resource: 'postgres/main',
      command: { by: 'anna', command: { type: 'announce-drill', drill: 'kill-database' } },
    },
  ]);
});

test('is not run where it could not be announced', async () => {
  const { engine, post } = await serveDrills(killing([node, '-e', 'process.exit(0)']));
  engine.commandReceipt = { accepted: false, reason: 'there is no resource postgres/main' };
  const answer = await post('/v1/drills/kill-database', {});
  expect(answer.status).toBe(409);
  expect(await answer.json()).toMatchObject({ detail: 'there is no resource postgres/main' });
});

test('tells what failed', async () => {
  const { post } = await serveDrills(killing(['/no/such/program']));
  expect(await (await post('/v1/drills/kill-database', {})).json()).toEqual({
    done: false,
    detail: '/no/such/program cannot be run: spawn /no/such/program ENOENT',
  });
});

test('gets what every program gets and what it declares, and none of the secrets of the healer', async () => {
  vi.stubEnv('PRUNELLA_TEST_SECRET', 'of the healer');
  vi.stubEnv('LOGNAME', 'anna');
  closers.push(() => vi.unstubAllEnvs());
  const script = 'console.log(JSON.stringify(process.env))';
  const declared = '    environment: { PLAIN: a, PGPASSWORD: { environment: DRILL_PASSWORD } }\n';
  const own = { DRILL_PASSWORD: 'of the drill', OTHER: 'of the healer' };
  const { post } = await serveDrills(killing([node, '-e', script]) + declared, own);
  const { detail } = (await (await post('/v1/drills/kill-database', {})).json()) as { detail: string };
  const got = JSON.parse(detail.slice(detail.indexOf('{')));
  expect(got).toMatchObject({
    PATH: process.env['PATH'],
    LOGNAME: 'anna',
    PLAIN: 'a',
    PGPASSWORD: 'of the drill',
  });
  expect(detail).not.toContain('of the healer');
});

test('whose secret is not there is not run, and says so', async () => {
  const declared = '    environment: { PGPASSWORD: { environment: DRILL_PASSWORD } }\n';
  const { post } = await serveDrills(killing([node, '-e', 'process.exit(0)']) + declared);
  expect(await (await post('/v1/drills/kill-database', {})).json()).toEqual({
    done: false,
    detail: expect.stringContaining('the environment variable DRILL_PASSWORD is not set'),
  });
});

test('that does not end in time is killed with all that it started', async () => {
  const script = `
    const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
    console.log(child.pid);
    setInterval(() => {}, 1000);
  `;
  const { post } = await serveDrills(killing([node, '-e', script], '1500ms'));
  const answer = await post('/v1/drills/kill-database', {});
  const { done, detail } = (await answer.json()) as { done: boolean; detail: string };
  expect(done).toBe(false);
  expect(detail).toMatch(/was killed after 1.5 s: \d+$/);
  const child = Number(/\d+$/.exec(detail)?.[0]);
  await hasEnded(child);
});

test('may start what goes on breaking after it, whatever that holds open', async () => {
  const script = `
    const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
    console.log(child.pid);
    child.unref();
  `;
  const { post } = await serveDrills(killing([node, '-e', script], '10s'));
  const answer = await post('/v1/drills/kill-database', {});
  const { done, detail } = (await answer.json()) as { done: boolean; detail: string };
  const child = Number(/\d+$/.exec(detail)?.[0]);
  closers.push(() => process.kill(child, 'SIGKILL'));
  expect(detail).toMatch(/ended with status 0: \d+$/);
  expect(done).toBe(true);
  expect(() => process.kill(child, 0)).not.toThrow();
});

test('asks another program with its token, and never shows that', async () => {
  const heard: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    heard.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    response.writeHead(heard.length === 1 ? 200 : 503).end('the database got SIGKILL');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  const { post, call } = await serveDrills(
    `
drills:
  kill-database:
    title: Kill the database
    resource: postgres/main
    post: { url: 'http://127.0.0.1:${port}/kill', token: { environment: DRILL_TOKEN } }
`,
    { DRILL_TOKEN: 'the-secret' },
  );
  const first = await post('/v1/drills/kill-database', {});
  expect(await first.json()).toEqual({ done: true, detail: 'answered 200: the database got SIGKILL' });
  const second = await post('/v1/drills/kill-database', {});
  expect(await second.json()).toEqual({ done: false, detail: 'answered 503: the database got SIGKILL' });
  expect(heard).toEqual(['POST /kill Bearer the-secret', 'POST /kill Bearer the-secret']);
  expect(await (await call('/v1/drills')).text()).not.toContain('the-secret');
});

test('of another name is not found, and those that there are are named', async () => {
  const { post } = await serveDrills(killing(['true']));
  const answer = await post('/v1/drills/kill-databse', {});
  expect(answer.status).toBe(404);
  expect(await answer.json()).toMatchObject({
    detail: 'there is no drill kill-databse: there are kill-database',
  });
});

test('has either a command or an address', () => {
  const both = `
drills:
  kill:
    title: Kill
    resource: postgres/main
    command: ['true']
    post: { url: 'http://127.0.0.1:1/' }
`;
  expect(read(both).problems).toMatchObject([
    { severity: 'error', line: 4, message: expect.stringContaining('either `command` or `post`') },
  ]);
});

test('has an environment only where it has a command', () => {
  const asked = `
drills:
  kill:
    title: Kill
    resource: postgres/main
    post: { url: 'http://127.0.0.1:1/' }
    environment: { PLAIN: a }
`;
  expect(read(asked).problems).toMatchObject([
    { severity: 'error', line: 7, message: expect.stringContaining('`environment` is for `command`') },
  ]);
});
