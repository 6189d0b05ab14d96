import type { ActionResult, AttemptOrder } from '@prunella/core';
import { describe, expect, test } from 'vitest';
import { createRethinkdbBackend } from '../../src/backends/rethinkdb/create-rethinkdb-backend.ts';
import { RethinkdbRefusal } from '../../src/rethinkdb/session.ts';
import { StandInCluster } from './stand-in-cluster.ts';

// Against the stand-in: what a real cluster does is in real-cluster.test.ts, where a server's binary is at hand.

const clusterOf = (replicas: string[] = ['db1', 'db2', 'db3']) =>
  new StandInCluster(['db1', 'db2', 'db3'], [{ db: 'app', name: 'monitors', replicas }]);

function backendOf(cluster: StandInCluster) {
  const members = Object.fromEntries(
    cluster.members.map((name) => [name, { host: '127.0.0.1', port: 28_015 }]),
  );
  const configuration = { members, user: 'admin', tls: false };
  return createRethinkdbBackend(configuration, { environment: {}, access: cluster });
}

interface Given {
  readonly targets?: readonly string[];
  readonly arguments?: Record<string, unknown>;
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

async function repair(cluster: StandInCluster, given: Given = {}) {
  const references: string[] = [];
  const order: AttemptOrder = {
    attempt: 'attempt-1',
    resource: 'rethinkdb/main',
    incident: 'incident-1',
    step: 'declare-dead',
    action: 'rethinkdb.emergency-repair',
    effect: 'disrupts',
    arguments: given.arguments ?? {},
    target: { select: 'failing-nodes' },
    targets: given.targets ?? ['db1', 'db2'],
    resolved: true,
    fence: { authority: 'here', generation: 1, number: 1 },
    notAfter: cluster.now + 30_000,
    deadlineAt: cluster.now + (given.deadlineMs ?? 120_000),
  };
  const result = await backendOf(cluster).dispatch(order, {
    signal: given.signal ?? new AbortController().signal,
    onReference: (reference) => references.push(reference),
    now: () => cluster.now,
  });
  return { result, references };
}

function refusal(result: ActionResult) {
  expect(result).toMatchObject({ outcome: 'failed', neverSent: true });
  expect(new Set(result.targets.map(({ outcome }) => outcome))).toEqual(new Set(['refused']));
  return result.summary;
}

describe('rethinkdb.emergency-repair', () => {
  test('declares the lost majority dead through the member that lives, dry run first, and sees writes again', async () => {
    const cluster = clusterOf();
    cluster.down.add('db1').add('db2');
    const beganAt = cluster.now;
    const { result, references } = await repair(cluster);
    expect(result).toMatchObject({
      outcome: 'succeeded',
      summary: 'app.monitors takes writes again, given through db3',
      targets: [
        { id: 'db1', outcome: 'succeeded', fenced: false },
        { id: 'db2', outcome: 'succeeded', fenced: false },
      ],
    });
    expect(result.neverSent).toBeUndefined();
    expect(cluster.asked).toEqual(['dry app.monitors', 'repair app.monitors']);
    expect(references).toEqual(['via db3']);
    // It watched for the whole patience before it gave anything up.
    expect(cluster.now - beganAt).toBeGreaterThanOrEqual(30_000);
  });

  test('has succeeded only once the cluster itself says that its tables take writes', async () => {
    const cluster = clusterOf();
    cluster.down.add('db1').add('db2');
    cluster.readyAfterMs = 7_000;
    let repairedAt = Number.NaN;
    cluster.beforeChange = (change) => {
      if (change.startsWith('repair')) repairedAt = cluster.now;
    };
    expect((await repair(cluster)).result).toMatchObject({ outcome: 'succeeded' });
    expect(cluster.now - repairedAt).toBeGreaterThanOrEqual(7_000);
  });

  test('has failed where a table takes no writes by the deadline, though its repair was taken', async () => {
    const cluster = new StandInCluster(
      ['db1', 'db2', 'db3'],
      ['monitors', 'users'].map((name) => ({ db: 'app', name, replicas: ['db1', 'db2', 'db3'] })),
    );
    cluster.down.add('db1').add('db2');
    const deadlineAt = cluster.now + 60_000;
    cluster.beforeChange = (change) => {
      cluster.readyAfterMs = change === 'repair app.users' ? 3_600_000 : 2_000;
    };
    const { result } = await repair(cluster, { deadlineMs: 60_000 });
    expect(result).toMatchObject({
      outcome: 'failed',
      summary: 'through db3: app.users takes no writes yet',
      targets: [{ outcome: 'failed' }, { outcome: 'failed' }],
    });
    expect(result.neverSent).toBeUndefined();
    expect(cluster.now).toBeGreaterThanOrEqual(deadlineAt);
    expect(cluster.now).toBeLessThan(deadlineAt + 2_000);
  });

  test('gives nothing up where a lost server comes back within the patience', async () => {
    const cluster = clusterOf();
    cluster.down.add('db1').add('db2');
    cluster.onWait = () => {
      if (cluster.now >= 1_010_000) cluster.down.delete('db2');
    };
    expect(refusal((await repair(cluster)).result)).toMatch(
      /^db2 is connected to the cluster: it is not dead/,
    );
    expect(cluster.asked).toEqual([]);
  });

  test('gives nothing up where a member that is cut off calls those dead who answer', async () => {
    const tables = () => [{ db: 'app', name: 'monitors', replicas: ['db1', 'db2', 'db3'] }];
    const names = ['db1', 'db2', 'db3'];
    // db3 sees neither of the others; they see each other, choose a primary and take writes.
    const minority = new StandInCluster(names, tables());
    minority.down.add('db1').add('db2');
    const majority = new StandInCluster(names, tables());
    majority.down.add('db3');
    const talk = minority.talk.bind(minority);
    minority.talk = (member, signal, ask) =>
      member === 'db3' ? talk(member, signal, ask) : majority.talk(member, signal, ask);
    expect(refusal((await repair(minority)).result)).toMatch(/^db1, db2 answers the healer .* not dead$/);
    expect([...minority.asked, ...majority.asked]).toEqual([]);
  });

  test('a look at the tables that fails right after the repair is had again', async () => {
    const cluster = clusterOf();
    cluster.down.add('db1').add('db2');
    let repaired = false;
    cluster.beforeChange = (change) => {
      repaired = change.startsWith('repair');
    };
    const talk = cluster.talk.bind(cluster);
    let failed = 0;
    cluster.talk = (member, signal, use) =>
      talk(member, signal, (session) =>
        use({
          ...session,
          ask: (term) => {
            if (repaired && failed < 2) {
              failed += 1;
              return Promise.reject(new RethinkdbRefusal('the configuration failed to be read', true));
            }
            return session.ask(term);
          },
        }),
      );
    expect((await repair(cluster)).result).toMatchObject({ outcome: 'succeeded' });
    expect(failed).toBeGreaterThan(0);
  });

  test('what a server says is bounded, and without control characters', async () => {
    const cluster = clusterOf();
    cluster.down.add('db1').add('db2');
    cluster.beforeChange = (change) => {
      if (change.startsWith('dry')) throw new RethinkdbRefusal(`no\u001b[2J${'o'.repeat(100_000)}`, false);
    };
    const summary = refusal((await repair(cluster)).result);
    expect(summary.length).toBeLessThan(1_000);
    expect(summary).not.toMatch(/\p{Cc}/u);
  });

  test('predicts nothing to an approver, and promises no such thing', () => {
    expect(backendOf(clusterOf()).promises.dryRuns).toBe(false);
  });

  test('leaves the cluster’s own failover its time', async () => {
    const cluster = clusterOf();
    cluster.down.add('db1');
    cluster.choosing.add('app.monitors');
    const { result } = await repair(cluster, { targets: ['db1'] });
    expect(refusal(result)).toMatch(
      /app\.monitors still has most of its replicas .*its own failover goes first/,
    );
  });

  test('refuses where no replica is left', async () => {
    const cluster = clusterOf(['db1']);
    cluster.down.add('db1');
    const { result } = await repair(cluster, { targets: ['db1'] });
    expect(refusal(result)).toBe(
      'app.monitors has no replica left: bring db1 up; a repair would lose it all',
    );
  });

  test('refuses to throw out a missing server that is no target of the attempt', async () => {
    const cluster = clusterOf();
    cluster.down.add('db1').add('db2');
    const { result } = await repair(cluster, { targets: ['db1'] });
    expect(refusal(result)).toMatch(
      /^app\.monitors misses db2, too, which this attempt does not declare dead/,
    );
  });

  test('one refused dry run keeps every table as it is', async () => {
    const cluster = new StandInCluster(
      ['db1', 'db2', 'db3'],
      ['monitors', 'users'].map((name) => ({ db: 'app', name, replicas: ['db1', 'db2', 'db3'] })),
    );
    cluster.down.add('db1').add('db2');
    cluster.beforeChange = (change) => {
      if (change === 'dry app.users') throw new RethinkdbRefusal('no permission', false);
    };
    expect(refusal((await repair(cluster)).result)).toBe(
      'the dry run through db3 was refused, nothing was changed: no permission',
    );
    expect(cluster.asked).toEqual(['dry app.monitors', 'dry app.users']);
  });

  test('a connection that breaks in the middle of a repair is an unknown outcome', async () => {
    const cluster = clusterOf();
    cluster.down.add('db1').add('db2');
    cluster.beforeChange = (change) => {
      if (change.startsWith('repair')) throw new Error('the server closed the connection');
    };
    const { result } = await repair(cluster);
    expect(result).toMatchObject({
      outcome: 'unknown',
      targets: [{ outcome: 'unknown' }, { outcome: 'unknown' }],
    });
    expect(result.neverSent).toBeUndefined();
  });

  test('an indeterminate answer is unknown, a plain refusal has failed', async () => {
    for (const [indeterminate, outcome] of [
      [true, 'unknown'],
      [false, 'failed'],
    ] as const) {
      const cluster = clusterOf();
      cluster.down.add('db1').add('db2');
      cluster.beforeChange = (change) => {
        if (change.startsWith('repair')) throw new RethinkdbRefusal('it cannot be', indeterminate);
      };
      expect((await repair(cluster)).result.outcome).toBe(outcome);
    }
  });

  test('stops where the attempt is cancelled while it waits', async () => {
    const cluster = clusterOf();
    cluster.down.add('db1').add('db2');
    const cancelled = new AbortController();
    cluster.onWait = () => cancelled.abort();
    expect(refusal((await repair(cluster, { signal: cancelled.signal })).result)).toMatch(
      /nothing was changed$/,
    );
    expect(cluster.asked).toEqual([]);
  });

  test('refuses a patience that its deadline has no room for', async () => {
    const cluster = clusterOf();
    cluster.down.add('db1').add('db2');
    const { result } = await repair(cluster, { arguments: { patience: '10m' }, deadlineMs: 60_000 });
    expect(refusal(result)).toBe(
      "the patience of 600 s ends after the step's deadline: make one of them fit",
    );
  });

  test('touches only the tables that the step names, and says so where none is meant', async () => {
    const cluster = new StandInCluster(
      ['db1', 'db2', 'db3'],
      ['monitors', 'users'].map((name) => ({ db: 'app', name, replicas: ['db1', 'db2', 'db3'] })),
    );
    cluster.down.add('db1').add('db2');
    expect(refusal((await repair(cluster, { arguments: { tables: ['app.gone'] } })).result)).toBe(
      'no table is meant by app.gone',
    );
    await repair(cluster, { arguments: { tables: ['app.users'] } });
    expect(cluster.asked).toEqual(['dry app.users', 'repair app.users']);
  });

  test('nobody who answers, nothing to repair', async () => {
    const silent = clusterOf();
    for (const member of silent.members) silent.down.add(member);
    expect(refusal((await repair(silent)).result)).toBe(
      'no other member answers, so nobody can declare db1, db2 dead',
    );
    const well = new StandInCluster(
      ['db1', 'db2', 'db3'],
      [{ db: 'app', name: 'monitors', replicas: ['db3'] }],
    );
    well.down.add('db1');
    expect(refusal((await repair(well, { targets: ['db1'] })).result)).toBe(
      'every table takes writes: there is nothing to repair',
    );
  });
});

describe('its targets', () => {
  const request = (target: Parameters<ReturnType<typeof backendOf>['resolve']>[0]['target']) => ({
    resource: 'rethinkdb/main',
    action: 'rethinkdb.emergency-repair',
    target,
    failing: [{ node: 'one', target: 'db1' }],
    declared: [{ node: 'one', target: 'db1' }],
  });
  const signal = new AbortController().signal;

  test('are members by name, the failing ones where nothing else is written', async () => {
    const backend = backendOf(clusterOf());
    expect(await backend.resolve(request({ select: 'failing-nodes' }), signal)).toEqual({
      resolved: true,
      targets: [{ id: 'db1', responding: null, node: 'one' }],
    });
  });

  test.each([
    [{ select: 'expression', matcher: 'glob', expression: 'db*' }, /matcher list, not glob/],
    [
      { select: 'expression', matcher: 'list', expression: 'db9' },
      /^db9 is no member .*declared: db1, db2, db3/,
    ],
  ] as const)('%o is nobody', async (target, error) => {
    const resolution = await backendOf(clusterOf()).resolve(request(target), signal);
    expect(resolution).toEqual({ resolved: true, targets: [], error: expect.stringMatching(error) });
  });

  test('no playbook can have it done without a person', () => {
    expect(backendOf(clusterOf()).actions.get('rethinkdb.emergency-repair')).toMatchObject({
      effect: 'disrupts',
      highestAutonomy: 'ask',
    });
  });
});
