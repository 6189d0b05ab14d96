import { describe, expect, test } from 'vitest';
import { rethinkdbProbe } from '../../src/probes/rethinkdb.ts';
import { StandInCluster } from './stand-in-cluster.ts';

const firstPort = 28_015;

function probeOf(cluster: StandInCluster, tables = ['app.*']) {
  const [first = firstPort, ...others] = cluster.members.map((_member, index) => firstPort + index);
  const host = '127.0.0.1';
  return rethinkdbProbe(
    {
      host,
      port: first,
      user: 'admin',
      password: '',
      tables,
      members: others.map((port) => ({ host, port })),
      failoverMs: 10_000,
    },
    {
      now: () => cluster.now,
      connect: ({ port }, signal, talk) =>
        cluster.talk(cluster.members[port - firstPort] ?? 'nobody', signal, talk),
    },
  );
}

const clusterOf = (replicas: string[]) =>
  new StandInCluster(['db1', 'db2', 'db3'], [{ db: 'app', name: 'monitors', replicas }]);
const run = (probe: ReturnType<typeof probeOf>) => probe.run(AbortSignal.timeout(10_000));

describe('the probe of a whole RethinkDB cluster', () => {
  test('passes while its tables take writes, one member down or not', async () => {
    const cluster = clusterOf(['db1', 'db2', 'db3']);
    const probe = probeOf(cluster);
    expect(await run(probe)).toMatchObject({
      passed: true,
      detail: expect.stringMatching(/^1 table\(s\) take writes, 3 server\(s\) connected/),
    });
    cluster.down.add('db1');
    expect(await run(probe)).toMatchObject({ passed: true });
  });

  test('a lost primary is waited for first, as long as the cluster’s own failover may take, and then named', async () => {
    const cluster = clusterOf(['db1', 'db2', 'db3']);
    const probe = probeOf(cluster);
    cluster.down.add('db1').add('db2');
    expect(await run(probe)).toMatchObject({
      passed: false,
      kind: 'starting',
      detail: expect.stringMatching(/its own failover has 10 s more$/),
    });
    cluster.now += 9_999;
    expect(await run(probe)).toMatchObject({ passed: false, kind: 'starting' });
    cluster.now += 1;
    expect(await run(probe)).toEqual({
      passed: false,
      kind: 'not-primary',
      detail:
        'app.monitors lost its primary with db1, db2; replicas are left on db3, too few to choose one ' +
        '(the cluster itself calls app.monitors critical)',
    });
  });

  test('each outage has its own time: a table that came back in between is waited for again', async () => {
    const cluster = clusterOf(['db1', 'db2', 'db3']);
    const probe = probeOf(cluster);
    cluster.choosing.add('app.monitors');
    await run(probe);
    cluster.choosing.clear();
    cluster.now += 20_000;
    expect(await run(probe)).toMatchObject({ passed: true });
    cluster.choosing.add('app.monitors');
    expect(await run(probe)).toMatchObject({ kind: 'starting' });
  });

  test('a table without any replica is not waited for: nothing can fail over', async () => {
    const cluster = clusterOf(['db1']);
    cluster.down.add('db1');
    expect(await run(probeOf(cluster))).toMatchObject({
      passed: false,
      kind: 'not-primary',
      detail: expect.stringMatching(/^app\.monitors has no replica left: db1 must come back/),
    });
  });

  test('a dead cluster is told from a lost primary', async () => {
    const cluster = clusterOf(['db1', 'db2', 'db3']);
    for (const member of cluster.members) cluster.down.add(member);
    expect(await run(probeOf(cluster))).toMatchObject({
      passed: false,
      kind: 'unreachable',
      detail: expect.stringMatching(/^none of 3 members answers, the cluster is down: /),
    });
  });

  test('a pattern that means no table is the configuration’s mistake', async () => {
    expect(await run(probeOf(clusterOf(['db1']), ['shop.*']))).toEqual({
      passed: false,
      kind: 'caller',
      detail: "no table is meant by shop.*: correct the probe's tables",
    });
  });
});
