import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { waitFor } from '@prunella/labs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Backend, TargetRequest } from '../../src/backends/backend.ts';
import { sign } from '../../src/backends/http/signature.ts';
import { contextOf, orderOf, type SaltBench, startBench } from './salt-bench.ts';

vi.setConfig({ testTimeout: 60_000 });

let bench: SaltBench;
let salt: Backend;

beforeAll(async () => {
  bench = await startBench({
    mode: 'hook',
    minions: ['db1'],
    services: [{ name: 'rethinkdb', minion: 'db1', command: 'sleep', parameters: ['100000'] }],
    hookTargets: ['db*'],
  });
  salt = bench.hook();
}, 180_000);

afterAll(async () => {
  await salt?.close();
  await bench?.stop();
});

const never = new AbortController().signal;
const article = { select: 'expression' as const, expression: 'db*', matcher: 'glob' };
const request = (target: TargetRequest['target']): TargetRequest => ({
  resource: 'rethinkdb/main',
  action: 'salt.state.highstate',
  target,
  failing: [{ node: 'one', target: 'db1' }],
  declared: [
    { node: 'one', target: 'db1' },
    { node: 'two', target: 'db2' },
  ],
});
const asInTheArticle = (action: string) => orderOf(action, { target: article, resolved: false });

/** How many jobs Salt has run that a hook can cause; the lab's own questions are not among them. */
async function hookJobs(): Promise<number> {
  const kwarg = { search_function: 'state.highstate,service.restart' };
  const jobs = await bench.lab.call({ client: 'runner', fun: 'jobs.list_jobs', kwarg });
  return typeof jobs === 'object' && jobs ? Object.keys(jobs).length : 0;
}

describe('the webhooks of the article', () => {
  it('apply the highstate, and the result claims no more than that the hook was taken', async () => {
    const before = await bench.marks('db1');
    const result = await salt.dispatch(asInTheArticle('salt.state.highstate'), contextOf());
    expect(result.outcome).toBe('unknown');
    expect(result.summary).toContain('unverified dispatch');
    expect(result.targets).toMatchObject([{ id: 'db1', outcome: 'unknown', fenced: false }]);
    await waitFor(async () => (await bench.marks('db1')) === before + 1, { what: 'the state to be applied' });
  });

  it('restart the service that is named', async () => {
    const { pid } = await bench.lab.service('rethinkdb');
    await salt.dispatch(asInTheArticle('salt.service.restart'), contextOf());
    await waitFor(
      async () => {
        const now = await bench.lab.service('rethinkdb');
        return now.state === 'RUNNING' && now.pid !== pid;
      },
      { what: 'the service to be restarted' },
    );
  });

  it('stop and start it, too', async () => {
    await salt.dispatch(asInTheArticle('salt.service.stop'), contextOf());
    await waitFor(async () => (await bench.lab.service('rethinkdb')).state === 'STOPPED', {
      what: 'the stop',
    });
    await salt.dispatch(asInTheArticle('salt.service.start'), contextOf());
    await waitFor(async () => (await bench.lab.service('rethinkdb')).state === 'RUNNING', {
      what: 'the start',
    });
  });

  it('go to the failing nodes by their names where the playbook says so', async () => {
    const before = await bench.marks('db1');
    const order = orderOf('salt.state.highstate', { resolved: false });
    expect((await salt.dispatch(order, contextOf())).summary).toContain('unverified dispatch');
    await waitFor(async () => (await bench.marks('db1')) === before + 1, { what: 'the state to be applied' });
  });

  it('cannot tell their targets: those declared are named, and nobody was asked', async () => {
    expect(await salt.resolve(request(article), never)).toEqual({
      resolved: false,
      targets: [
        { id: 'db1', responding: null, node: 'one' },
        { id: 'db2', responding: null, node: 'two' },
      ],
    });
    const failing = await salt.resolve(request({ select: 'failing-nodes' }), never);
    expect(failing.targets.map(({ id }) => id)).toEqual(['db1']);
  });

  it('promise neither to fence nor to be found again', async () => {
    expect(salt.promises).toMatchObject({ fences: false, finds: false });
    const found = await salt.find(
      asInTheArticle('salt.state.highstate'),
      'hook:states/highstate',
      contextOf(),
    );
    expect(found).toMatchObject({ found: 'not-found' });
  });
});

describe('with the API beside them', () => {
  let both: Backend;
  beforeAll(() => {
    both = bench.hook({ withApi: true });
  });
  afterAll(() => both.close());

  it('their targets are told', async () => {
    const resolution = await both.resolve(request(article), never);
    expect(resolution).toEqual({ resolved: true, targets: [{ id: 'db1', responding: true, node: 'one' }] });
  });

  it('their job is found and judged, also after a crash of the healer', async () => {
    const order = orderOf('salt.service.restart', { target: article });
    const result = await both.dispatch(order, contextOf());
    expect(result).toMatchObject({ outcome: 'succeeded', targets: [{ id: 'db1', outcome: 'succeeded' }] });
    expect(result.summary).toContain('service.status says it runs');
    const found = await both.find(order, null, contextOf());
    expect(found.found).toBe('running');
    if (found.found === 'running') expect(await found.result).toMatchObject({ outcome: 'succeeded' });
  });

  it('a hook that left no job is called unverified, and was not found after its time', async () => {
    const order = orderOf('salt.service.restart', {
      arguments: { service: 'sshd' },
      notAfter: Date.now() + 500,
    });
    const result = await both.dispatch(order, contextOf());
    expect(result.outcome).toBe('unknown');
    expect(result.summary).toMatch(/^unverified dispatch: .*; the Salt master shows no job of it$/);
    // Only once its time is over for certain; the engine asks again until then.
    const found = await waitFor(() => both.find(order, null, contextOf()), { what: 'its time to be over' });
    expect(found).toMatchObject({ found: 'not-found' });
  });
});

describe('signed webhooks', () => {
  it('are taken, and the secret does not travel', async () => {
    const before = await bench.marks('db1');
    const signing = bench.hook({ signed: true });
    expect((await signing.dispatch(asInTheArticle('salt.state.highstate'), contextOf())).summary).toContain(
      'unverified dispatch',
    );
    await waitFor(async () => (await bench.marks('db1')) === before + 1, { what: 'the state to be applied' });
    const server = await standIn(async () => ({ status: 200, text: '{"success": true}' }));
    await bench
      .hook({ url: server.url, signed: true })
      .dispatch(asInTheArticle('salt.state.highstate'), contextOf());
    server.close();
    expect(server.received()).toContain('hook=states%2Fhighstate');
    expect(server.received()).not.toContain(bench.lab.hook.secret);
  });

  it('are refused the second time, and where their body was changed', async () => {
    const post = (path: string, body: string, headers: Readonly<Record<string, string>>) =>
      fetch(`${bench.lab.hook.url}/${path}`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
        body,
      });
    const jobs = await hookJobs();
    const body = 'tgt=db1&args=rethinkdb&hook=services%2Frestart';
    const headers = { ...sign(bench.lab.hook.secret, 'the-same-id', body, Date.now()) };
    const log = async () => readFile(join(bench.lab.folder, 'log', 'master.log'), 'utf8');
    await post('services/restart', body.replace('db1', 'db9'), headers);
    await waitFor(async () => (await log()).includes('the signature is not one of this secret'), {
      what: 'the changed one to be refused',
    });
    await post('services/restart', body, headers);
    await post('services/restart', body, headers);
    await waitFor(async () => (await log()).includes('this webhook-id was taken before'), {
      what: 'the second one to be refused',
    });
    await waitFor(async () => (await hookJobs()) === jobs + 1, { what: 'the one job' });
  });
});

describe('the doctor', () => {
  it('sees that anybody can post a webhook, and has sent none', async () => {
    const before = await hookJobs();
    const findings = (await salt.examine?.(never, null)) ?? [];
    expect(findings.map(({ check, state }) => `${state} ${check}`)).toEqual([
      'ok salt-reachable',
      'warning salt-fences',
      'warning salt-webhooks',
      'ok salt-webhook-answers',
    ]);
    expect(await hookJobs()).toBe(before);
  });

  it('recognises a salt-api that two webhooks at once have broken, and one that was restarted', async () => {
    const post = () => fetch(`${bench.lab.hook.url}/nobody/listens`, { method: 'POST' });
    await waitFor(
      async () => {
        const answers = await Promise.all(Array.from({ length: 8 }, post));
        return answers.some(({ status }) => status === 500);
      },
      { what: 'salt-api to be broken', everyMs: 10 },
    );
    const told = async () =>
      (await salt.examine?.(never, null))?.find(({ check }) => check === 'salt-webhook-answers');
    expect(await told()).toMatchObject({
      state: 'problem',
      remedy: expect.stringContaining('restart salt-api'),
    });
    await bench.lab.killApi();
    await bench.lab.startApi();
    expect(await told()).toMatchObject({ state: 'ok' });
  });
});

describe('what Salt calls success', () => {
  it('is said with the minion down, where nothing runs: we call it unknown', async () => {
    const before = await bench.marks('db1');
    await bench.lab.killMinion('db1');
    const result = await salt.dispatch(asInTheArticle('salt.state.highstate'), contextOf());
    await bench.lab.startMinion('db1');
    expect(result.outcome).toBe('unknown');
    expect(await bench.marks('db1')).toBe(before);
  });

  it('is said to a wrong secret, too: nothing runs, and the master says why without the secret', async () => {
    const jobs = await hookJobs();
    const wrong = bench.hook({ secret: 'wrong-secret-of-length' });
    const result = await wrong.dispatch(asInTheArticle('salt.state.highstate'), contextOf());
    const log = join(bench.lab.folder, 'log', 'master.log');
    await waitFor(async () => (await readFile(log, 'utf8')).includes('wrong secretkey'), {
      what: 'the refusal',
    });
    expect(result.outcome).toBe('unknown');
    expect(await readFile(log, 'utf8')).not.toContain('wrong-secret-of-length');
    expect(await hookJobs()).toBe(jobs);
  });

  it('is said to what is not allowed, which does not run', async () => {
    const jobs = await hookJobs();
    const order = { ...asInTheArticle('salt.service.restart'), arguments: { service: 'sshd' } };
    await salt.dispatch(order, contextOf());
    const wide = { select: 'expression' as const, expression: '*', matcher: 'glob' };
    await salt.dispatch(orderOf('salt.state.highstate', { target: wide, resolved: false }), contextOf());
    const log = join(bench.lab.folder, 'log', 'master.log');
    await waitFor(async () => (await readFile(log, 'utf8')).includes('prunella:hooks:targets'), {
      what: 'the refusals',
    });
    expect(await readFile(log, 'utf8')).toContain('prunella:hooks:services');
    expect(await hookJobs()).toBe(jobs);
  });
});

describe('two webhooks at once', () => {
  it('go one after the other, so that salt-api goes on serving', async () => {
    const results = await Promise.all([
      salt.dispatch(asInTheArticle('salt.service.restart'), contextOf()),
      salt.dispatch(asInTheArticle('salt.service.restart'), contextOf()),
      salt.dispatch(asInTheArticle('salt.service.restart'), contextOf()),
    ]);
    expect(results.map(({ summary }) => summary.startsWith('unverified dispatch'))).toEqual([
      true,
      true,
      true,
    ]);
    const after = await salt.dispatch(asInTheArticle('salt.state.highstate'), contextOf());
    expect(after.summary).toContain('unverified dispatch');
  });

  it('a hook that waits for its turn past its time is not sent', async () => {
    const server = await standIn(async () => {
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      return { status: 200, text: '{"success": true}' };
    });
    const backend = bench.hook({ url: server.url });
    const first = backend.dispatch(asInTheArticle('salt.state.highstate'), contextOf());
    const order = { ...asInTheArticle('salt.state.highstate'), notAfter: Date.now() + 300 };
    const second = await backend.dispatch(order, contextOf());
    await first;
    server.close();
    expect(second).toMatchObject({ outcome: 'failed', neverSent: true });
    expect(server.seen()).toBe(1);
  });
});

describe('an answer of salt-api', () => {
  it.each([
    ['500: it may have run', 500, '<html>', { outcome: 'unknown' }],
    ['502 of a proxy: it may have run', 502, '<html>', { outcome: 'unknown' }],
    ['200 with HTML: it may have run', 200, '<html>ok</html>', { outcome: 'unknown' }],
    ['200 that says no', 200, '{"success": false}', { outcome: 'failed', neverSent: true }],
    ['401: hooks are not open', 401, '<html>', { outcome: 'failed', neverSent: true }],
    ['302: the secret is not carried elsewhere', 302, '', { outcome: 'failed', neverSent: true }],
  ])('%s', async (_name, status, text, expected) => {
    const server = await standIn(async () => ({ status, text }));
    const backend = bench.hook({ url: server.url });
    const context = contextOf();
    const result = await backend.dispatch(asInTheArticle('salt.state.highstate'), context);
    server.close();
    expect(result).toMatchObject(expected);
    expect(server.seen(), 'a hook is never sent twice').toBe(1);
    expect(context.references).toEqual([]);
  });

  it('that never comes: it may have run', async () => {
    const hanging = bench.hook({ requestTimeoutMs: 1_000 });
    bench.lab.stallApi();
    const result = await hanging.dispatch(asInTheArticle('salt.service.restart'), contextOf());
    bench.lab.resumeApi();
    expect(result.outcome).toBe('unknown');
    expect(result.summary).toContain('no answer within 1000 ms');
  });

  it('that cannot come, because nobody listens: nothing was sent', async () => {
    const server = await standIn(async () => ({ status: 200, text: '' }));
    server.close();
    await expect(
      bench.hook({ url: server.url }).dispatch(asInTheArticle('salt.state.highstate'), contextOf()),
    ).rejects.toMatchObject({ code: 'salt-unreachable', maybeTaken: false });
  });
});

/** Stands in for salt-api where a real one cannot be made to answer so. */
async function standIn(answer: () => Promise<{ status: number; text: string }>) {
  let seen = 0;
  let received = '';
  const server = createServer((incoming, outgoing) => {
    seen += 1;
    incoming.on('data', (chunk: Buffer) => {
      received += chunk.toString('utf8');
    });
    void answer().then(({ status, text }) => {
      outgoing.writeHead(status, status === 302 ? { location: 'http://127.0.0.1:9/' } : {});
      outgoing.end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    seen: () => seen,
    received: () => received,
    close: () => server.close(),
  };
}
