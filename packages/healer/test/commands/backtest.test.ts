import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LogEntry, readPlaybooks } from '@prunella/core';
import { parseScenarios, runScenario } from '@prunella/core/scenario';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allActions } from '../../src/configuration/actions.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import { emptyTransaction } from '../../src/store/store.ts';
import { runCommand } from './run-command.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prunella-backtest-'));
  await mkdir(join(folder, 'playbooks'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const playbook = `playbook: redis
for: redis/*
ladder: [{ id: restart, action: salt.service.restart, with: { service: redis }, after: 2m, autonomy: auto }]
`;
const configuration = `resources:
  redis/cache: { nodes: { c1: { target: m1, probe: { type: redis } } } }
backends: { salt: { mode: hook, url: 'http://127.0.0.1:8000', secret: { environment: SECRET } } }
`;
const scenario = `scenario: a restart helps
resources: { redis/cache: { nodes: { c1: m1 } } }
services: { web: { uses: [redis/cache], hosts: [h1, h2] } }
story: [{ at: 0s, what: breaks, resource: redis/cache, mendedBy: [restart] }]
`;

/** What a healer would have written an hour ago, put into a store by the healer's own code. */
async function recordAnHourAgo(): Promise<void> {
  const { scenarios } = parseScenarios(scenario, 'some.scenario.yaml');
  const { placed } = readPlaybooks([{ file: 'redis.yaml', text: playbook }], { actions: allActions() });
  const entries = scenarios.flatMap((each) => runScenario(each, placed).entries);
  const began = entries[0]?.at ?? 0;
  const shift = Date.now() - 3_600_000;
  const events: Omit<LogEntry, 'sequence'>[] = entries.flatMap((entry) =>
    entry.type === 'event'
      ? [
          {
            at: Math.round(shift + entry.at - began),
            resource: entry.resource,
            incident: null,
            event: entry.event,
          },
        ]
      : [],
  );
  const store = await openSqliteStore({ folder: join(folder, 'prunella-data'), now: Date.now });
  await store.commit({
    ...emptyTransaction,
    events,
  });
  await store.close();
}

async function run(...words: readonly string[]) {
  return runCommand(words, { workingDirectory: folder, environment: { SECRET: 'x' } });
}

describe('prunella backtest', () => {
  beforeEach(async () => {
    await writeFile(join(folder, 'prunella.yaml'), configuration);
    await writeFile(join(folder, 'playbooks/redis.yaml'), playbook);
  });

  it('finds nothing where the playbooks are those that decided', async () => {
    await recordAnHourAgo();
    const { stdout, exitCode } = await run('backtest', '--since', '2h');
    expect(stdout).toMatch(/^3 decisions are the same, 0 differ \(\d+ log entries over \d+m\)\n$/);
    expect(exitCode).toBe(0);
  });

  it('tells what a changed playbook would have decided, and why', async () => {
    await recordAnHourAgo();
    await writeFile(join(folder, 'changed.yaml'), playbook.replace('autonomy: auto', 'autonomy: ask'));
    const { stdout } = await run('backtest', 'changed.yaml');
    expect(stdout).toContain('redis/cache: sent restart: not any more (then: on m1)\n');
    expect(stdout).toContain('redis/cache: asked restart: now, and not then (a person is asked)\n');
    const json = JSON.parse((await run('backtest', 'changed.yaml', '--json')).stdout);
    expect(json.differences).toContainEqual(
      expect.objectContaining({ what: 'sent', step: 'restart', replayed: null }),
    );
  });

  it('says so where there is no log, and refuses what is no time', async () => {
    const { stderr, exitCode } = await run('backtest');
    expect(stderr).toContain('no healer has written one there');
    expect(exitCode).toBe(1);
    expect((await run('backtest', '--since', 'yesterday')).exitCode).toBe(2);
  });
});
