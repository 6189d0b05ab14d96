import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@prunella/labs';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../commands/run-command.ts';
import { healerWith, startAgain, tokens } from '../sources/healer-with-sources.ts';
import { temporaryFolder } from './one-check.ts';

/** Fails while there is a file. */
const monitors = (folder: string) => `monitors:
  shop:
    type: command
    shell: 'test ! -e ${folder}/broken || { echo "the shop is gone"; exit 2; }'
    resource: postgres/main
    node: db1
    every: 100ms
    failures: 2
    recoveries: 2
`;

async function healer() {
  const here = temporaryFolder();
  const seen = await healerWith(monitors(here));
  const breakIt = () => writeFileSync(join(here, 'broken'), '');
  const mendIt = () => rmSync(join(here, 'broken'), { force: true });
  return { ...seen, breakIt, mendIt };
}

describe('a monitor in a healer', () => {
  test('opens an incident with what it saw, tells it once, and that it is over', async () => {
    const { address, engine, signals, signalWhere, counts, breakIt, mendIt } = await healer();
    breakIt();
    const firing = await signalWhere(({ status }) => status === 'firing', 'the monitor to fire');
    expect(firing).toMatchObject({
      source: 'shop',
      type: 'monitor.command',
      resource: 'postgres/main',
      node: 'db1',
      summary: 'the shop is gone (exit status 2)',
      data: { monitor: 'shop', output: 'the shop is gone\n', since: expect.any(String) },
    });
    const environment = { PRUNELLA_HEALER: address, PRUNELLA_TOKEN: tokens.operator };
    const shown = await runCommand(['monitors', '--failing'], { environment });
    expect(shown.stdout.split('\n')).toEqual([
      expect.stringMatching(/^MONITOR +TYPE +OF +STATE +SAW$/),
      expect.stringMatching(
        /^shop +command +postgres\/main db1 +firing since \S+ \S+Z +the shop is gone \(exit status 2\)$/,
      ),
      '',
    ]);
    const [explained] = engine.explain('postgres/main');
    expect(explained?.reason).toContain('monitor.command from shop: the shop is gone');
    mendIt();
    const over = await signalWhere(({ status }) => status === 'resolved', 'the monitor to be resolved');
    expect(over).toMatchObject({ source: 'shop', data: { since: firing.data?.['since'] } });
    expect((await runCommand(['monitors', '--failing'], { environment })).stdout).toBe(
      'None of 1 monitor fails.\n',
    );
    expect(await signals()).toHaveLength(2);
    expect(await counts('monitor.shop')).toMatchObject({ taken: 2, duplicate: 0, refused: 0 });
  });

  test('goes on after a restart: what fired is told once, and its end is not forgotten', async () => {
    const first = await healer();
    first.breakIt();
    const firing = await first.signalWhere(({ status }) => status === 'firing', 'the monitor to fire');
    await first.healer.stop();
    const second = await startAgain(first);
    await second.checks('shop', 3);
    expect((await second.signals()).map(({ status }) => status)).toEqual(['firing']);
    await second.healer.stop();
    first.mendIt();
    const third = await startAgain(first);
    const over = await third.signalWhere(({ status }) => status === 'resolved', 'the end to be told');
    expect(over.data?.['since']).toBe(firing.data?.['since']);
    expect((await third.signals()).map(({ status }) => status)).toEqual(['firing', 'resolved']);
  });

  test('tells again after a crash what was not known to be on disk, and the store knows it to be the same', async () => {
    const first = await healer();
    first.breakIt();
    await first.signalWhere(({ status }) => status === 'firing', 'the monitor to fire');
    await first.healer.stop();
    // As if it had been killed between the store's commit and its own note of it.
    const file = join(first.folder, 'prunella-data', 'monitors.json');
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('"told":true');
    writeFileSync(file, text.replace('"told":true', '"told":false'));
    const second = await startAgain(first);
    await waitFor(async () => (await second.counts('monitor.shop')).duplicate === 1, {
      what: 'the store to know it',
    });
    expect((await second.signals()).map(({ status }) => status)).toEqual(['firing']);
  });

  test('is replaced by a reload, and one that is the same goes on as it was', async () => {
    const seen = await healer();
    seen.breakIt();
    await seen.signalWhere(({ status }) => status === 'firing', 'the monitor to fire');
    appendFileSync(
      seen.configurationFile,
      "  other: { type: command, shell: 'exit 2', resource: redis/cache, every: 100ms, failures: 1 }\n",
    );
    await seen.healer.reload();
    await seen.signalWhere(({ source }) => source === 'other', 'the new monitor to fire');
    const written = readFileSync(seen.configurationFile, 'utf8');
    writeFileSync(seen.configurationFile, written.replace(/^monitors:[\s\S]*/m, ''));
    await seen.healer.reload();
    seen.mendIt();
    expect(await seen.monitors()).toEqual([]);
    expect((await seen.signals()).map(({ source, status }) => `${source} ${status}`)).toEqual([
      'shop firing',
      'other firing',
    ]);
  });

  test('that cannot tell is said once, and opens nothing', async () => {
    const { faults, checks, signals } = await healerWith(`monitors:
  odd: { type: command, command: [/no/such/program], resource: postgres/main, every: 100ms }
`);
    await checks('odd', 3);
    expect(faults).toEqual([
      expect.stringMatching(/^monitoring: Error: the monitor odd cannot tell: .*ENOENT/),
    ]);
    expect(await signals()).toEqual([]);
  });
});
