import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from './run-command.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prunella-scenarios-'));
  await mkdir(join(folder, 'playbooks'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function put(path: string, text: string): Promise<void> {
  await writeFile(join(folder, path), text);
}

const playbook = `playbook: redis
for: redis/*
ladder: [{ id: restart, action: salt.service.restart, with: { service: redis }, after: 2m, autonomy: auto }]
`;
const scenario = (at: string) => `scenario: a restart helps
resources: { redis/cache: { nodes: { c1: m1 } } }
services: { web: { uses: [redis/cache], hosts: [h1, h2] } }
story: [{ at: 0s, what: breaks, resource: redis/cache, mendedBy: [restart] }]
expect: { redis/cache: { orders: [{ step: restart, at: ${at} }], ends: ok } }
`;

const run = (...words: readonly string[]) => runCommand(words, { workingDirectory: folder });

describe('prunella test', () => {
  it('lives the scenarios beside the playbooks of prunella.yaml', async () => {
    await put('prunella.yaml', 'resources: {}\n');
    await put('playbooks/redis.yaml', playbook);
    await put('playbooks/redis.scenario.yaml', scenario('2m'));
    const { stdout, exitCode } = await run('test');
    expect(stdout).toMatch(
      /^ok {7}playbooks\/redis\.scenario\.yaml: a restart helps \(\d+ ms\)\n1 scenario: 0 differ, 0 broken\n$/,
    );
    expect(exitCode).toBe(0);
  });

  it('tells where one differs, and fails', async () => {
    await put('playbooks/redis.yaml', playbook);
    await put('playbooks/redis.scenario.yaml', scenario('4m'));
    const { stdout, exitCode } = await run('test', 'playbooks');
    expect(stdout).toContain(
      '  playbooks/redis.scenario.yaml:5:56: orders[0].at: expected 4m: restart ran at 2m\n',
    );
    expect(exitCode).toBe(1);
    const json = await run('test', 'playbooks', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      scenarios: [{ scenario: 'a restart helps', differences: [{ line: 5, message: 'restart ran at 2m' }] }],
    });
  });

  it('tells what keeps a scenario from being lived', async () => {
    await put('playbooks/redis.yaml', playbook.replace('redis/*', 'redis'));
    await put('playbooks/redis.scenario.yaml', scenario('2m'));
    const { stdout, exitCode } = await run('test', 'playbooks');
    expect(stdout).toContain('playbooks/redis.yaml:2:6: error: `for` must be a resource');
    expect(exitCode).toBe(2);
  });

  it('says so where there is none', async () => {
    const { stderr, exitCode } = await run('test', 'playbooks');
    expect(stderr).toContain('there is no scenario in playbooks');
    expect(exitCode).toBe(2);
  });
});

describe('prunella simulate', () => {
  it('tells what would happen, line by line', async () => {
    await put('playbooks/redis.yaml', playbook);
    await put('playbooks/redis.scenario.yaml', scenario('2m'));
    const { stdout, exitCode } = await run('simulate', 'playbooks/redis.scenario.yaml');
    expect(exitCode).toBe(0);
    const lines = stdout.split('\n').map((line) => line.trim());
    expect(lines[0]).toBe('a restart helps');
    expect(lines).toContainEqual(
      expect.stringMatching(/^1m {2}redis\/cache: opened under the playbook redis/),
    );
    expect(lines).toContainEqual(
      expect.stringMatching(/^2m {2}redis\/cache: attempt .* intended: restart, run 1, on m1$/),
    );
  });

  it('tells what the clock on the wall shows, also in the hour that comes twice', async () => {
    await put('playbooks/redis.yaml', playbook.replace('after: 2m', 'after: 70m'));
    const clock = (shows: string) => `clock: { shows: '${shows}', timeZone: Europe/Berlin }\nruns: 90m\n`;
    const both = [clock('2027-03-28 01:30'), clock('2027-10-31 02:10')].map((each) => scenario('70m') + each);
    await put('playbooks/redis.scenario.yaml', both.join('---\n'));
    const { stdout } = await run('simulate', 'playbooks/redis.scenario.yaml');
    const lines = stdout.split('\n').filter((line) => line.includes('breaks') || line.includes('intended'));
    expect(
      lines.map((line) =>
        line
          .trim()
          .split(/ (?=redis)/)[0]
          ?.trim(),
      ),
    ).toEqual([
      '0s  Sun 01:30 +01:00',
      '1h10m  Sun 03:40 +02:00',
      '0s  Sun 02:10 +02:00',
      '1h10m  Sun 02:20 +01:00',
    ]);
    const json = await run('simulate', 'playbooks/redis.scenario.yaml', '--json');
    expect(JSON.parse(json.stdout).stories[0].clock).toEqual({
      timeZone: 'Europe/Berlin',
      zeroAt: Date.parse('2027-03-28T00:30:00Z'),
    });
  });

  it('prints JSON for programs', async () => {
    await put('playbooks/redis.yaml', playbook);
    await put('playbooks/redis.scenario.yaml', scenario('2m'));
    const { stdout } = await run('simulate', 'playbooks/redis.scenario.yaml', '--json');
    const { stories } = JSON.parse(stdout);
    expect(stories).toMatchObject([{ scenario: 'a restart helps', differences: [] }]);
    expect(stories[0].timeline).toContainEqual(
      expect.objectContaining({ of: 'healer', resource: 'redis/cache', type: 'incident-closed' }),
    );
  });

  it('refuses what is no scenario', async () => {
    await put('playbooks/redis.scenario.yaml', 'scenario: some\n');
    const { stderr, exitCode } = await run('simulate', 'playbooks/redis.scenario.yaml');
    expect(stderr).toContain('`resources` is missing');
    expect(exitCode).toBe(2);
    expect((await run('simulate', 'nothing.yaml')).exitCode).toBe(2);
  });
});
