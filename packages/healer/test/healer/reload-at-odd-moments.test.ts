import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '@prunella/labs';
import { expect, test } from 'vitest';
import { localSocketPath } from '../../src/healer/local-socket.ts';
import { startHealer } from '../../src/healer/start-healer.ts';
import { afterwards, askSocket, workshop } from './workshop.ts';

const playbook = `
playbook: echo
for: tcp/*
ladder:
  - action: process.restart
    after: 5m
`;

const configuration = (resource: string) => `
server: { port: 0 }
resources:
  ${resource}:
    nodes:
      one: { probe: { type: tcp, port: 9 } }
backends:
  process: { services: {} }
`;

const environment = { NO_COLOR: '1' };

test('a listener of events that throws makes no reload fail and ends no process', async () => {
  const shop = workshop({ configuration: configuration('tcp/echo'), playbook });
  const told: string[] = [];
  const onEvent = ({ type }: { readonly type: string }) => {
    told.push(type);
    throw new Error('the application has a fault of its own');
  };
  const options = { configurationFile: shop.configurationFile, environment, server: false, onEvent };
  const holder = await startHealer(options);
  afterwards(() => holder.stop());
  writeFileSync(shop.configurationFile, configuration('tcp/other'));
  await holder.reload();
  expect(holder.engine?.explain('tcp/other')).toHaveLength(1);

  const standby = await startHealer(options);
  afterwards(() => standby.stop());
  expect(standby.role).toBe('reporter');
  await holder.stop();
  await waitFor(() => standby.role === 'holder', { what: 'the other one to take over' });
  await waitFor(() => told.includes('role'), { what: 'it to tell' });
  expect(told).toEqual(['reloaded', 'role']);
  // Not rejected by what the listener threw.
  await standby.stop();
});

test('a reload that comes while a healer starts is in force when it has started', async () => {
  const shop = workshop({ configuration: '', playbook });
  // Its start waits here until somebody writes into it; its socket listens by then.
  const pipe = join(shop.folder, 'token');
  execFileSync('mkfifo', [pipe]);
  const written = (resource: string) =>
    writeFileSync(
      shop.configurationFile,
      `${configuration(resource)}tokens: { reporter: { file: ${pipe} } }\n`,
    );
  written('tcp/echo');
  let reloaded = false;
  const starting = startHealer({
    configurationFile: shop.configurationFile,
    environment,
    onEvent: ({ type }) => {
      reloaded ||= type === 'reloaded';
    },
  });
  afterwards(() => starting.then((healer) => healer.stop()));
  const socket = localSocketPath(shop.store);
  const facts = () => askSocket(socket, '/v1/healer');
  await waitFor(facts, { what: 'its socket to listen' });
  written('tcp/other');
  const answer = askSocket(socket, '/v1/reload', 'POST');
  for (let times = 0; times < 50 && !reloaded; times += 1) await facts();
  await writeFile(pipe, 'a-token');
  expect(await answer).toEqual({ reloaded: true });
  const healer = await starting;
  expect(Object.keys(healer.plan.configuration.resources)).toEqual(['tcp/other']);
  expect(healer.engine?.explain('tcp/other')).toHaveLength(1);
});

test('a reload of a healer that was stopped is refused', async () => {
  const shop = workshop({ configuration: configuration('tcp/echo'), playbook });
  const healer = await startHealer({ configurationFile: shop.configurationFile, environment, server: false });
  await healer.stop();
  writeFileSync(shop.configurationFile, configuration('tcp/other'));
  await expect(healer.reload()).rejects.toMatchObject({ code: 'restart-needed' });
  expect(Object.keys(healer.plan.configuration.resources)).toEqual(['tcp/echo']);
});

test('whoever stops a healer again waits for the same end', async () => {
  const shop = workshop({ configuration: configuration('tcp/echo'), playbook });
  const healer = await startHealer({ configurationFile: shop.configurationFile, environment, server: false });
  let isOver = false;
  const first = healer.stop().then(() => {
    isOver = true;
  });
  await healer.stop();
  expect(isOver).toBe(true);
  await first;
});
