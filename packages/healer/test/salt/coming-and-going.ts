import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '@prunella/labs';
import { expect, it, onTestFinished } from 'vitest';
import type { SaltBench } from './salt-bench.ts';

/**
 * The master counts addresses and not minions: on one address of all it never says that one of them is lost. It
 * looks once in its `loop_interval`.
 */
export const presence = {
  master: { presence_events: true, loop_interval: 2 },
  minion: (id: string) => {
    const address = `127.0.0.1${id.slice(2)}`;
    return { source_address: address, grains: { ipv4: [address] } };
  },
};

const settleMs = 6_000;
/** Declared, and no minion: what the bus tells of it proves that all before it has been told. */
const nobody = 'nobody';

/** What the real master tells of `db1` and `db2`, which are all its minions and have addresses of their own. */
export function comingAndGoing(given: () => SaltBench): void {
  it('is told of one that is lost, is back and started, and of the restart of their master nothing', async () => {
    const { lab, api } = given();
    const signals: string[] = [];
    const problems: string[] = [];
    const nodes = ['db1', 'db2', nobody].map((target) => ({
      resource: 'rethinkdb/main',
      node: target,
      target,
    }));
    const watching = api({ nodes, watchTimes: { settleMs }, onProblem: (text) => problems.push(text) });
    onTestFinished(async () => {
      await watching.watch?.stop();
      await watching.close();
    });
    await watching.watch?.start(async ({ type, status, node }) => {
      signals.push(`${type} ${status} ${node}`);
      return { accepted: true, duplicate: false };
    });
    const told = () => signals.filter((one) => !one.endsWith(nobody));
    const send = (tag: string) => lab.call({ client: 'runner', fun: 'event.send', tag, data: {} });
    const heard = async () => {
      const before = signals.length;
      await waitFor(
        async () => {
          await send(`salt/beacon/${nobody}/heard/`);
          return signals.length > before;
        },
        { what: 'the bus to be heard', everyMs: 300, deadlineMs: 60_000 },
      );
    };
    // Alone in what is gathered, it becomes a signal of its own: nothing is gathered any more that came before.
    const allTold = async () => {
      const started = `salt.minion.started firing ${nobody}`;
      await waitFor(
        async () => {
          await send(`salt/minion/${nobody}/start`);
          return signals.includes(started);
        },
        { what: 'what was gathered to be told', everyMs: 500, deadlineMs: 60_000 },
      );
    };

    await heard();
    await waitFor(() => isPresent(given(), 'db1', 'db2'), {
      what: 'the master to have looked',
      everyMs: 100,
    });
    await lab.killMinion('db2');
    await waitFor(() => told().includes('salt.minion.lost firing db2'), { what: 'the lost minion' });
    expect(told()).toEqual(['salt.minion.lost firing db2']);
    await lab.startMinion('db2');
    await waitFor(() => told().includes('salt.minion.lost resolved db2'), { what: 'the minion to be back' });
    await waitFor(() => told().includes('salt.minion.started firing db2'), { what: 'its start' });

    // Stopped until the bus is heard again: what they say of their start must not be missed, however slow it is.
    const before = told();
    for (const id of ['db1', 'db2']) lab.stallMinion(id);
    await lab.killMaster();
    const restarted = lab.startMaster();
    await heard();
    for (const id of ['db1', 'db2']) lab.resumeMinion(id);
    await restarted;
    await waitFor(() => isPresent(given(), 'db1', 'db2'), { what: 'both to be present', everyMs: 100 });
    await allTold();
    expect(told()).toEqual(before);
    expect(problems).toContainEqual(expect.stringMatching(/\d of 3 minions came or went/));
  });
}

/** Written after each look, when what changed has been told. */
async function isPresent({ lab }: SaltBench, ...ids: readonly string[]): Promise<boolean> {
  const present = await readFile(join(lab.folder, 'master/var/cache/salt/master/presence-data'), 'latin1');
  return ids.every((id) => present.includes(id));
}
