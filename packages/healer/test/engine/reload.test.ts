import type { Condition } from '@prunella/protocol';
import { describe, expect, it } from 'vitest';
import { fleetIn } from '../../src/engine/fleet-states.ts';
import type { EngineResource, EngineSetup } from '../../src/engine/options.ts';
import { storeWith } from '../store/store-with.ts';
import { temporaryFolder } from '../store/temporary-folder.ts';
import { EngineUnderTest, playbooksUnderTest, resource } from './engine-under-test.ts';
import { StandInBackend } from './stand-in-backend.ts';

const allDown: Readonly<Record<string, Condition>> = { a: 'down', b: 'down' };
const allOk: Readonly<Record<string, Condition>> = { a: 'ok', b: 'ok' };
const succeeded = { outcome: 'succeeded', summary: 'done', targets: [] } as const;

/** The one resource that a test begins with, and what its probe says. */
function declared(name: string, isUp: () => boolean): EngineResource {
  const probe = {
    type: 'stand-in',
    run: async () => ({ passed: isUp(), detail: isUp() ? 'answered' : 'refused' }),
  };
  return {
    facts: { resource: name, nodes: [{ name: 'db1', target: 'minion1' }], labels: {} },
    probes: [{ node: 'db1', probe }],
  };
}

async function sickTest(autonomy: 'ask' | 'auto') {
  const test = await EngineUnderTest.start({ folder: await temporaryFolder(), autonomy });
  await test.pass(3, allOk);
  test.database(false);
  const isWaiting = () =>
    autonomy === 'auto' ? test.backend.sent.length === 0 : stateOf(test) !== 'attempting';
  for (let second = 0; second < 30 && isWaiting(); second += 1) await test.pass(1, allDown);
  let isUp = false;
  const setup = (changed: Partial<EngineSetup> = {}): EngineSetup => ({
    playbooks: playbooksUnderTest(autonomy),
    resources: [declared(resource, () => isUp)],
    backends: [test.backend],
    ...changed,
  });
  const repaired = () => {
    isUp = true;
    test.database(true);
  };
  return { test, setup, repaired };
}

const stateOf = (test: EngineUnderTest) => test.engine.explain(resource)[0]?.state;

describe('a reload', () => {
  it('of a playbook: the open incident goes on under the one it was opened under, the next under the new', async () => {
    const { test, setup, repaired } = await sickTest('ask');
    await test.engine.reload(setup({ playbooks: playbooksUnderTest('auto') }));
    await test.pass(20, allDown);
    expect(test.backend.sent, 'it still asks').toEqual([]);
    repaired();
    await test.pass(10, allOk);
    expect(stateOf(test)).toBe('ok');

    await test.engine.reload(
      setup({ playbooks: playbooksUnderTest('auto'), resources: [declared(resource, () => false)] }),
    );
    await test.pass(30, allDown);
    expect(test.backend.sent.length, 'it acts by itself').toBeGreaterThan(0);
  });

  it('of a backend: what runs is looked for at its successor and never sent again', async () => {
    const { test, setup, repaired } = await sickTest('auto');
    const [sent] = test.backend.sent;
    const successor = new StandInBackend();
    const asked: string[] = [];
    successor.finding = async (order) => {
      asked.push(order.attempt);
      return { found: 'ended', result: succeeded };
    };
    const reloaded = test.engine.reload(setup({ backends: [successor] }));
    expect(sent?.context.signal.aborted, 'the former one is told to let go').toBe(true);
    // It lets go late, and with an answer that nobody believes any more.
    sent?.end({ outcome: 'failed', summary: 'let go', targets: [] });
    await test.clock.advance(0);
    await reloaded;
    repaired();
    await test.pass(10, allOk);
    expect(asked).toEqual([sent?.order.attempt]);
    expect(successor.sent).toEqual([]);
    const entries = await test.engine.log({ limit: 1_000 });
    const results = entries.flatMap(({ event }) => (event.type === 'attempt-ended' ? [event.result] : []));
    expect(results).toEqual([succeeded]);
    expect(stateOf(test)).toBe('ok');
  });

  it('without the backend of a running attempt: its outcome is unknown, and it says why', async () => {
    const { test, setup } = await sickTest('auto');
    const reloaded = test.engine.reload(setup({ backends: [] }));
    await test.clock.advance(6_000);
    await reloaded;
    const [incident] = await test.engine.incidents({ open: true, limit: 1 });
    expect(incident?.attempts[0]).toMatchObject({
      outcome: 'unknown',
      reason: expect.stringContaining('no backend performs stand-in.apply any more'),
    });
  });

  it('without a resource that has an incident: closed at once where nothing runs, and no repair follows', async () => {
    const { test, setup } = await sickTest('ask');
    await test.engine.reload(setup({ resources: [], playbooks: [] }));
    await test.pass(60, allDown);
    const [incident] = await test.engine.incidents({ limit: 1 });
    expect(incident).toMatchObject({ state: 'closed', credit: { to: 'person', name: 'configuration' } });
    expect(test.backend.sent).toEqual([]);
  });

  it('without a resource that is sick: the fleet forgets it, so that nobody waits for it and no alarm counts it', async () => {
    const { test, setup } = await sickTest('ask');
    const standings = async () => {
      const fleet = fleetIn((await test.store.load()).states);
      return fleet?.standings?.rows().map((standing) => standing.resource) ?? [];
    };
    expect(await standings()).toEqual([resource]);
    await test.engine.reload(setup({ resources: [], playbooks: [] }));
    await test.pass(2, {});
    expect(await standings()).toEqual([]);
  });

  it('without a resource whose attempt runs: it is judged as before, then closed', async () => {
    const { test, setup } = await sickTest('auto');
    const [sent] = test.backend.sent;
    await test.engine.reload(setup({ resources: [], playbooks: [] }));
    await test.pass(2, allDown);
    expect(stateOf(test)).toBe('attempting');
    sent?.end({
      outcome: 'failed',
      summary: 'failed',
      targets: [{ id: 'minion1', outcome: 'failed', detail: '', fenced: false }],
    });
    await test.pass(5, allDown);
    const types = await test.eventTypes();
    expect(types).toContain('verdict-given');
    expect((await test.engine.incidents({ limit: 1 }))[0]?.state).toBe('closed');
    await test.pass(60, {});
    expect(test.backend.sent).toHaveLength(1);
  });

  it('with a new resource: it has a machine and is probed', async () => {
    const { test, setup } = await sickTest('ask');
    const other = 'postgres/other';
    const [playbook] = playbooksUnderTest('ask');
    const wider = playbook === undefined ? [] : [{ ...playbook, for: 'postgres/*' }];
    let probes = 0;
    const resources = [
      ...setup().resources,
      declared(other, () => {
        probes += 1;
        return false;
      }),
    ];
    await test.engine.reload(setup({ playbooks: wider, resources }));
    expect(test.engine.explain(other)).toHaveLength(1);
    await test.engine.signal({
      id: '1',
      source: 'alerts',
      type: 'process.exit',
      resource: other,
      status: 'firing',
      summary: 'gone',
    });
    await test.pass(5, {});
    expect(probes).toBeGreaterThan(0);
    expect(test.engine.explain(other)[0]?.state).not.toBe('ok');
  });

  it('of a backend: no more autonomy is recommended than its action may have now', async () => {
    const { test, setup } = await sickTest('ask');
    const cautious = Object.assign(new StandInBackend(), {
      actions: new Map(
        [...test.backend.actions].map(([name, facts]) => [
          name,
          { ...facts, highestAutonomy: 'ask' as const },
        ]),
      ),
    });
    const reloaded = test.engine.reload(setup({ backends: [cautious] }));
    await test.clock.advance(6_000);
    await reloaded;
    const advice = test.engine.autonomy().map((step) => step.advice);
    expect(advice).toEqual([
      'stand-in.apply is never run without a person',
      'stand-in.restart is never run without a person',
    ]);
  });

  it('with a new resource, where the disk refuses once: its machine is made as soon as it takes something', async () => {
    let isFull = false;
    const test = await EngineUnderTest.start({
      folder: await temporaryFolder(),
      wrapStore: (store) =>
        storeWith(store, {
          commit: (transaction) =>
            isFull ? Promise.reject(new Error('the disk is full')) : store.commit(transaction),
        }),
    });
    await test.pass(3, allOk);
    isFull = true;
    const [playbook] = playbooksUnderTest('auto');
    if (playbook === undefined) throw new Error('there is one');
    const reloaded = test.engine.reload({
      playbooks: [{ ...playbook, for: 'postgres/*' }],
      resources: [declared(resource, () => true), declared('postgres/other', () => true)],
      backends: [test.backend],
    });
    await expect(reloaded).rejects.toThrow('the disk is full');
    isFull = false;
    await test.pass(5, allOk);
    expect(test.engine.explain('postgres/other')).toHaveLength(1);
  });

  it('without a resource whose order turns out never to have been sent: closed at once, and nothing is sent again', async () => {
    const { test, setup } = await sickTest('auto');
    await test.engine.reload(setup({ resources: [] }));
    test.backend.sent[0]?.fail(new Error('connection refused'));
    await test.pass(5, allDown);
    const [incident] = await test.engine.incidents({ limit: 1 });
    expect(incident).toMatchObject({ state: 'closed', credit: { to: 'person', name: 'configuration' } });
    await test.pass(120, allDown);
    expect(test.backend.sent).toHaveLength(1);
  });
});
