import type { ActionResult, AttemptOrder } from '@prunella/core';
import { describe, expect, it } from 'vitest';
import type { FoundAttempt } from '../../src/backends/backend.ts';
import { AttemptRunner } from '../../src/engine/attempt-runner.ts';
import { atRest } from '../../src/engine-conformance/at-rest.ts';
import { StandInBackend } from './stand-in-backend.ts';
import { VirtualClock } from './virtual-clock.ts';

const succeeded: ActionResult = { outcome: 'succeeded', summary: 'done', targets: [] };

function order(attempt: string, action = 'stand-in.restart'): AttemptOrder {
  return {
    attempt,
    resource: `postgres/${attempt}`,
    incident: 'i1',
    step: 'restart',
    action,
    effect: 'disrupts',
    arguments: {},
    target: { select: 'failing-nodes' },
    targets: ['db1'],
    resolved: true,
    fence: { authority: 'x', generation: 1, number: 1 },
    notAfter: 30_000,
    deadlineAt: 60_000,
  };
}

function runnerOf(first: StandInBackend, concurrency = 10) {
  let backend = first;
  const clock = new VirtualClock(0);
  const references: string[] = [];
  const results = new Map<string, ActionResult>();
  const runner = new AttemptRunner({
    clock,
    backendOf: (action) => (backend.actions.has(action) ? backend : undefined),
    concurrencyOf: () => concurrency,
    onCrashPoint: () => undefined,
    onReference: (of, reference) => references.push(`${of.attempt} ${reference}`),
    onResult: (of, _reference, result) => {
      expect(results.has(of.attempt), 'one result for each attempt').toBe(false);
      results.set(of.attempt, result);
    },
  });
  const handOverTo = (successor: StandInBackend) => {
    const replaced = new Set([backend]);
    backend = successor;
    return runner.handOver(replaced);
  };
  return { clock, runner, references, results, handOverTo };
}

describe('an order', () => {
  it('is sent once, with its reference as soon as it is known', async () => {
    const backend = new StandInBackend();
    const { runner, references, results } = runnerOf(backend);
    runner.dispatch(order('a1'));
    runner.dispatch(order('a1'));
    await atRest();
    expect(backend.sent.map((sent) => sent.order.attempt)).toEqual(['a1']);
    backend.of('a1').context.onReference('job 1');
    expect(references).toEqual(['a1 job 1']);
    backend.of('a1').end(succeeded);
    await atRest();
    expect(results.get('a1')).toEqual(succeeded);
  });

  it('waits for its turn, and is not sent where its turn comes past notAfter', async () => {
    const backend = new StandInBackend();
    const { clock, runner, results } = runnerOf(backend, 1);
    runner.dispatch(order('a1'));
    runner.dispatch(order('a2'));
    runner.dispatch(order('a3'));
    await clock.advance(10_000);
    backend.of('a1').end(succeeded);
    await clock.advance(20_001);
    expect(backend.sent.map((sent) => sent.order.attempt)).toEqual(['a1', 'a2']);
    expect(results.get('a3')).toMatchObject({ outcome: 'failed', neverSent: true });
    backend.of('a2').end(succeeded);
    await atRest();
    expect(backend.sent).toHaveLength(2);
  });

  it('that a stop finds waiting, or that comes after it, was never sent; one that runs is left to be found', async () => {
    const backend = new StandInBackend();
    const { runner, results } = runnerOf(backend, 1);
    runner.dispatch(order('a1'));
    runner.dispatch(order('a2'));
    await atRest();
    runner.stop();
    runner.dispatch(order('a3'));
    backend.of('a1').fail(new Error('let go'));
    await atRest();
    expect(backend.sent.map((sent) => sent.order.attempt)).toEqual(['a1']);
    const unsent = { outcome: 'failed', neverSent: true };
    expect([...results]).toMatchObject([
      ['a2', unsent],
      ['a3', unsent],
    ]);
  });

  it('that the backend throws at was never sent; thrown after a reference, its outcome is unknown', async () => {
    const backend = new StandInBackend();
    const { runner, results } = runnerOf(backend);
    runner.dispatch(order('a1'));
    runner.dispatch(order('a2'));
    await atRest();
    backend.of('a1').fail(new Error('the master refused the login: check the secret'));
    backend.of('a2').context.onReference('job 2');
    backend.of('a2').fail(new Error('broken'));
    await atRest();
    expect(results.get('a1')).toEqual({
      outcome: 'failed',
      summary: 'the master refused the login: check the secret',
      targets: [],
      neverSent: true,
    });
    expect(results.get('a2')).toEqual({ outcome: 'unknown', summary: 'broken', targets: [] });
  });

  it('whose backend never answers has an unknown outcome soon after the deadline', async () => {
    const backend = new StandInBackend();
    const { clock, runner, results } = runnerOf(backend);
    runner.dispatch(order('a1'));
    await clock.advance(64_999);
    expect(results.size).toBe(0);
    await clock.advance(1);
    expect(results.get('a1')).toMatchObject({ outcome: 'unknown' });
    backend.of('a1').end(succeeded);
    await atRest();
    expect(backend.of('a1').context.signal.aborted).toBe(true);
  });

  it('for which there is no backend was never sent', async () => {
    const { runner, results } = runnerOf(new StandInBackend());
    runner.dispatch(order('a1', 'salt.state.highstate'));
    expect(results.get('a1')).toMatchObject({
      neverSent: true,
      summary: expect.stringContaining('no backend performs salt.state.highstate'),
    });
  });
});

describe('cancelling', () => {
  it('an order that waits withdraws it', async () => {
    const backend = new StandInBackend();
    const { runner, results } = runnerOf(backend, 1);
    runner.dispatch(order('a1'));
    runner.dispatch(order('a2'));
    await runner.cancel('a2');
    expect(results.get('a2')).toMatchObject({ neverSent: true });
    backend.of('a1').end(succeeded);
    await atRest();
    expect(backend.sent).toHaveLength(1);
  });

  it('one that runs asks a backend that can cancel, and is waited for where it cannot', async () => {
    const can = new StandInBackend({ cancels: true });
    const cancelling = runnerOf(can);
    cancelling.runner.dispatch(order('a1'));
    await atRest();
    await cancelling.runner.cancel('a1');
    expect(can.cancelled).toEqual(['a1']);
    expect(can.of('a1').context.signal.aborted).toBe(true);

    const cannot = new StandInBackend();
    const { runner, results } = runnerOf(cannot);
    runner.dispatch(order('a1'));
    await atRest();
    await runner.cancel('a1');
    expect(cannot.of('a1').context.signal.aborted).toBe(false);
    cannot.of('a1').end(succeeded);
    await atRest();
    expect(results.get('a1')).toEqual(succeeded);
  });
});

it('a cancelling that the backend never answers is not waited for without end', async () => {
  const backend = new StandInBackend({ cancels: true });
  backend.cancel = () => new Promise(() => {});
  const { clock, runner, results } = runnerOf(backend);
  runner.dispatch(order('a1'));
  await atRest();
  let ended = false;
  void runner.cancel('a1').then(() => {
    ended = true;
  });
  await clock.advance(30_000);
  expect(ended).toBe(true);
  backend.of('a1').end(succeeded);
  await atRest();
  expect(results.get('a1')).toEqual(succeeded);
});

describe('an attempt without a result, after a start', () => {
  async function recovered(found: FoundAttempt) {
    const backend = new StandInBackend();
    backend.finding = async () => found;
    const parts = runnerOf(backend);
    await parts.runner.recover({ order: order('a1'), reference: null, ended: false });
    expect(backend.sent, 'nothing is sent again').toEqual([]);
    return parts;
  }

  it('found ended has its result', async () => {
    const { results } = await recovered({ found: 'ended', result: succeeded });
    expect(results.get('a1')).toEqual(succeeded);
  });

  it('found running is waited for under its reference', async () => {
    const result = Promise.resolve(succeeded);
    const { references, results } = await recovered({ found: 'running', reference: 'job 9', result });
    expect(references).toEqual(['a1 job 9']);
    expect(results.get('a1')).toEqual(succeeded);
  });

  it('found running is let go when the healer stops, and when nobody waits for it any more', async () => {
    for (const isStopped of [true, false]) {
      const backend = new StandInBackend();
      let signal: AbortSignal | undefined;
      backend.finding = async (_order, _reference, context) => {
        signal = context.signal;
        return { found: 'running', reference: 'job 9', result: new Promise(() => {}) };
      };
      const { clock, runner } = runnerOf(backend);
      void runner.recover({ order: order('a1'), reference: null, ended: false });
      await clock.advance(50_000);
      expect(signal?.aborted).toBe(false);
      if (isStopped) runner.stop();
      else await clock.advance(15_000);
      expect(signal?.aborted).toBe(true);
    }
  });

  it('provably never sent says so', async () => {
    const { results } = await recovered({ found: 'never-sent' });
    expect(results.get('a1')).toMatchObject({ outcome: 'failed', neverSent: true });
  });

  it('not found has an unknown outcome, with why', async () => {
    const { results } = await recovered({ found: 'not-found', why: 'the job cache was cleared' });
    expect(results.get('a1')).toMatchObject({
      outcome: 'unknown',
      summary: expect.stringContaining('the job cache was cleared'),
    });
    expect(results.get('a1')?.neverSent).toBeUndefined();
  });

  it('is looked for again while the backend cannot be asked, for two minutes', async () => {
    const backend = new StandInBackend();
    let asked = 0;
    backend.finding = async () => {
      asked += 1;
      throw new Error('connect ECONNREFUSED');
    };
    const { clock, runner, results } = runnerOf(backend);
    void runner.recover({ order: order('a1'), reference: 'job 1', ended: false });
    await clock.advance(10_000);
    expect(asked).toBeGreaterThan(3);
    expect(results.size).toBe(0);
    await clock.advance(130_000);
    expect(results.get('a1')).toMatchObject({
      outcome: 'unknown',
      summary: expect.stringContaining('connect ECONNREFUSED'),
    });
  });
});

describe('handing over to a backend that was configured anew', () => {
  it('a reference that is told while the former one lets go is what is looked for', async () => {
    const [former, successor] = [new StandInBackend(), new StandInBackend()];
    const { runner, references, results, handOverTo } = runnerOf(former);
    const lookedFor: (string | null)[] = [];
    successor.finding = async (_order, reference) => {
      lookedFor.push(reference);
      return { found: 'ended', result: succeeded };
    };
    runner.dispatch(order('a1'));
    await atRest();
    const handedOver = handOverTo(successor);
    former.of('a1').context.onReference('job 1');
    former.of('a1').fail(new Error('let go'));
    await handedOver;
    await atRest();
    expect(references).toEqual(['a1 job 1']);
    expect(lookedFor).toEqual(['job 1']);
    expect(results.get('a1')).toEqual(succeeded);
    former.of('a1').context.onReference('job 2');
    expect(references).toEqual(['a1 job 1']);
  });

  it('a cancelling that comes meanwhile reaches the successor', async () => {
    const [former, successor] = [
      new StandInBackend({ cancels: true }),
      new StandInBackend({ cancels: true }),
    ];
    const { runner, handOverTo } = runnerOf(former);
    successor.finding = () => new Promise(() => {});
    runner.dispatch(order('a1'));
    await atRest();
    const handedOver = handOverTo(successor);
    const cancelled = runner.cancel('a1');
    former.of('a1').fail(new Error('let go'));
    await handedOver;
    await cancelled;
    expect(former.cancelled).toEqual([]);
    expect(successor.cancelled).toEqual(['a1']);
  });
});
