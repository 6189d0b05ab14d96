import { describe, expect, test } from 'vitest';
import { aReport, smallFleet } from '../healer/small-fleet.ts';
import { runCommand } from './run-command.ts';

async function fleet() {
  const { engine, configurationFile } = await smallFleet();
  const run = (words: readonly string[], settings = {}) =>
    runCommand(words, { environment: { PRUNELLA_CONFIG: configurationFile }, ...settings });
  return { engine, run };
}

const linesOf = (text: string) => text.trimEnd().split('\n');

describe('prunella resources', () => {
  test('lists each in one line, in columns, the ones that are not ok first', async () => {
    const { engine, run } = await fleet();
    engine.report(aReport('shop/app1/1'));
    await expect.poll(async () => (await run(['resources'])).stdout).toContain('1 down');
    const { stdout, exitCode } = await run(['resources']);
    expect(exitCode).toBe(0);
    const [head, first, ...rest] = linesOf(stdout);
    expect(head).toMatch(/^RESOURCE +STATE +FOR +INSTANCES +NODES +PLAYBOOK$/);
    expect(first).toMatch(/^postgres\/main +\S+ +.* 1 down +1 +database$/);
    expect(rest).toHaveLength(3);
    expect(stdout).not.toContain('\u001b');
  });

  test('lists those that match, and as JSON', async () => {
    const { run } = await fleet();
    const { stdout } = await run(['resources', 'postgres/*', '--json']);
    const names = JSON.parse(stdout).resources.map(({ resource }: { resource: string }) => resource);
    expect(names).toEqual(['postgres/main', 'postgres/replica']);
    expect((await run(['resources', 'mysql/*'])).stdout).toBe('No resource matches mysql/*.\n');
  });

  test('tells all that is known of one', async () => {
    const { engine, run } = await fleet();
    engine.report({
      ...aReport('shop/app1/1'),
      conditions: [{ ...aReport('shop/app1/1').conditions[0], cacheOnly: { newestAgeMs: 9_000 } }],
    } as Parameters<typeof engine.report>[0]);
    await expect.poll(async () => (await run(['resources', 'postgres/main'])).stdout).toContain('1 of 1');
    const { stdout } = await run(['resources', 'postgres/main']);
    expect(stdout).toMatch(/^postgres\/main\n {2}state +\w+/);
    expect(stdout).toMatch(/labels +team=shop/);
    expect(stdout).toMatch(/one +database +not probed since the healer started/);
    expect(stdout).toMatch(
      /shop\/app1\/1 +app1 +down +for \S+ s +unreachable +no success yet +answers from cache/,
    );
    expect(stdout).toMatch(/recording\.repair +disrupts +auto +has not run here/);
    expect(stdout).toMatch(/Needed by\n {2}redis\/cache +\w+/);
    const cache = await run(['resources', 'redis/cache']);
    expect(cache.stdout).toMatch(/Needs\n {2}postgres\/main +\w+/);
  });

  test.each(['postgres', 'no name', 'postgres/man'])('says of %s what there is', async (name) => {
    const { run } = await fleet();
    const { stderr, exitCode } = await run(['resources', name]);
    expect(stderr).toMatch(
      /^error: the healer knows no resource .*\n {2}(it knows: |did you mean postgres\/main\?)/,
    );
    expect(exitCode).toBe(1);
  });

  test('shows no more instances than asked for, and says so', async () => {
    const { engine, run } = await fleet();
    for (const number of [1, 2, 3]) engine.report(aReport(`shop/app1/${number}`));
    const { stdout } = await run(['resources', 'postgres/main', '--limit', '2']);
    expect(stdout).toContain('only the first 2 are shown: --limit');
    const all = JSON.parse((await run(['resources', 'postgres/main', '--json'])).stdout);
    expect(all.instances).toHaveLength(3);
  });

  test('says which name was meant', async () => {
    const { run } = await fleet();
    const { stderr, exitCode } = await run(['resources', 'postgres/mian']);
    expect(stderr).toContain('the healer knows no resource postgres/mian');
    expect(stderr).toContain('did you mean postgres/main?');
    expect(exitCode).toBe(1);
  });
});

describe('prunella playbooks', () => {
  test('lists each with what it is for', async () => {
    const { run } = await fleet();
    const [head, first, second] = linesOf((await run(['playbooks'])).stdout);
    expect(head).toMatch(/^PLAYBOOK +FOR +RESOURCES +STEPS +WARNINGS +FILE$/);
    expect(first).toMatch(/^cache +redis\/cache +1 +recording\.repair ask +\d +playbooks\/all\.yaml$/);
    expect(second).toMatch(/^database +postgres\/\* +2 +recording\.repair auto +\S+ +playbooks\/all\.yaml$/);
  });

  test('shows one with its text, its lines numbered, and what is to be said of it', async () => {
    const { run } = await fleet();
    const { stdout } = await run(['playbooks', 'database']);
    expect(stdout).toMatch(
      /^database\n {2}for +postgres\/\*\n {2}resources +postgres\/main, postgres\/replica\n/,
    );
    expect(stdout).toMatch(/ 5 {2}- action|5 {4}- action/);
    expect(stdout).toContain('Warnings\nplaybooks/all.yaml:');
    const json = JSON.parse((await run(['playbooks', 'database', '--json'])).stdout);
    expect(json.text).toContain('playbook: database');
  });

  test('says which name was meant', async () => {
    const { run } = await fleet();
    const { stderr, exitCode } = await run(['playbooks', 'databse']);
    expect(stderr).toContain('did you mean database?');
    expect(exitCode).toBe(1);
  });
});
