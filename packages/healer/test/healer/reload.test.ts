import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitFor } from '@prunella/labs';
import { describe, expect, test } from 'vitest';
import { startHealer } from '../../src/healer/start-healer.ts';
import { afterwards, askSocket, workshop } from './workshop.ts';

const bin = fileURLToPath(new URL('../../src/bin.ts', import.meta.url));

const playbook = (name: string) => `
playbook: ${name}
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

describe('prunella reload', () => {
  test('goes over to what is written, refuses what is wrong, says so, and keeps the last good', async () => {
    const shop = workshop({ configuration: configuration('tcp/echo'), playbook: playbook('first') });
    const playbookFile = join(shop.folder, 'playbooks', 'playbook.yaml');
    const events: string[] = [];
    const healer = await startHealer({
      configurationFile: shop.configurationFile,
      environment,
      onEvent: ({ type }) => events.push(type),
    });
    afterwards(() => healer.stop());
    const { socket, engine } = healer;
    if (socket === null || engine === undefined) throw new Error('it holds the store');
    const standing = async () =>
      ((await askSocket(socket, '/v1/healer')) as { configuration: { refused: unknown } }).configuration;
    const playbookOf = () => healer.plan.playbooks.map(({ name }) => name);

    writeFileSync(playbookFile, playbook('second'));
    writeFileSync(shop.configurationFile, configuration('tcp/other'));
    await healer.reload();
    expect(playbookOf()).toEqual(['second']);
    expect(engine.explain('tcp/other')).toHaveLength(1);
    expect(await standing()).toEqual({ since: expect.any(Number), refused: null });

    writeFileSync(playbookFile, playbook('third').replace('after: 5m', 'after: soon'));
    writeFileSync(shop.configurationFile, configuration('tcp/third'));
    await expect(healer.reload()).rejects.toMatchObject({ code: 'playbooks-invalid' });
    expect(playbookOf(), 'nothing of it is taken').toEqual(['second']);
    expect(engine.explain('tcp/third')).toEqual([]);
    const reason = expect.stringContaining('playbook.yaml:6');
    const refused = { at: expect.any(Number), code: 'playbooks-invalid', reason };
    expect(await standing()).toMatchObject({ refused });
    expect(await askSocket(socket, '/v1/explanations')).toMatchObject({ refusedConfiguration: refused });

    writeFileSync(playbookFile, playbook('third'));
    writeFileSync(shop.configurationFile, `${configuration('tcp/third')}store: { folder: elsewhere }\n`);
    await expect(healer.reload()).rejects.toMatchObject({
      code: 'restart-needed',
      message: expect.stringContaining('`store`'),
    });

    writeFileSync(shop.configurationFile, configuration('tcp/third'));
    await healer.reload();
    expect(playbookOf()).toEqual(['third']);
    expect(await standing()).toMatchObject({ refused: null });
    expect(events).toEqual(['reloaded', 'reload-refused', 'reload-refused', 'reloaded']);
  });

  test('by SIGHUP and by the command, with an exit status and an outcry', async () => {
    const shop = workshop({ configuration: configuration('tcp/echo'), playbook: playbook('first') });
    const playbookFile = join(shop.folder, 'playbooks', 'playbook.yaml');
    const run = (...words: string[]) => {
      const child = spawn(process.execPath, ['--conditions=prunella-source', bin, ...words], {
        cwd: shop.folder,
        env: { PATH: process.env['PATH'] ?? '', NO_COLOR: '1' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const output = { out: '', error: '' };
      child.stdout.setEncoding('utf8').on('data', (text) => {
        output.out += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text) => {
        output.error += text;
      });
      const ended = once(child, 'close').then(([code]) => code as number | null);
      afterwards(async () => {
        child.kill('SIGKILL');
        await ended;
      });
      return { child, output, ended };
    };
    const up = run('up');
    const said = (text: string, of: 'out' | 'error') =>
      waitFor(() => (up.output[of].includes(text) ? true : null), { what: `prunella up to say ${text}` });
    await said('Ready.', 'out');
    const address = /http:\/\/127\.0\.0\.1:\d+/.exec(up.output.out)?.[0] ?? '';

    writeFileSync(playbookFile, playbook('second'));
    up.child.kill('SIGHUP');
    await said('reloaded: resources tcp/echo; playbooks second', 'error');

    writeFileSync(playbookFile, 'playbook: [');
    // By the healer's socket, since the token that lies on the host for people is no admin's.
    const refused = run('reload');
    expect(await refused.ended).toBe(1);
    expect(refused.output.error).toContain('playbook.yaml');
    await said('THE NEW CONFIGURATION IS REFUSED, the former one stays in force', 'error');
    const explained = run('explain', '--healer', address);
    expect(await explained.ended).toBe(0);
    expect(explained.output.out).toContain('THE CONFIGURATION THAT IS WRITTEN IS NOT IN FORCE');

    writeFileSync(playbookFile, `${playbook('third')}open: { confirm: none, signals: [person.report] }\n`);
    const byOperator = run('reload', '--healer', address);
    expect(await byOperator.ended).toBe(1);
    expect(byOperator.output.error).toContain('needs admin');
    const taken = run('reload');
    expect(await taken.ended, taken.output.error).toBe(0);
    expect(taken.output.out).toBe('What is written is in force.\n');
    await said('playbooks third', 'error');
    const reported = run('report', 'tcp/echo', '--summary', 'it hangs');
    expect(await reported.ended, reported.output.error).toBe(0);
    const again = run('reload');
    expect(await again.ended, again.output.error).toBe(0);
    expect(again.output.out).toMatch(/keep the playbook that they were opened under: tcp~echo\.\w+\n$/);
    up.child.kill('SIGTERM');
    expect(await up.ended).toBe(0);
  });
});
