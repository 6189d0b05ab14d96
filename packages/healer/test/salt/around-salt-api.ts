import { join } from 'node:path';
import type { ActingElsewhere, Signal } from '@prunella/core';
import { freePort, waitFor } from '@prunella/labs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TargetRequest } from '../../src/backends/backend.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { type ReverseProxy, startReverseProxy } from './reverse-proxy.ts';
import { contextOf, orderOf, type SaltBench } from './salt-bench.ts';

interface Given {
  readonly bench: SaltBench;
  /** A folder for what tests make, with the accounts of the eauth `file`. */
  readonly accounts: string;
}

/** What lies around orders: permissions, the doctor, proxies, the event bus. They share the lab of their caller. */
export function aroundSaltApi(given: () => Given): void {
  describe('many minions', () => manyMinions(given));
  describe('the permissions that are shipped', () => permissions(given));
  describe('a further master', () => furtherMaster(given));
  describe('the doctor', () => doctor(given));
  describe('a reverse proxy with TLS before salt-api', () => behindProxy(given));
  describe('the event bus', () => eventBus(given));
}

const never = new AbortController().signal;
const failing: TargetRequest = {
  resource: 'rethinkdb/main',
  action: 'salt.state.highstate',
  target: { select: 'failing-nodes' },
  failing: [{ node: 'one', target: 'db1' }],
  declared: [{ node: 'one', target: 'db1' }],
};

function manyMinions(given: () => Given): void {
  it('get it in parts, and after a failure the rest is spared and said so', async () => {
    const small = given().bench.api({ perJob: 1 });
    const before = await given().bench.marks('db1');
    const result = await small.dispatch(
      orderOf('salt.state.highstate', { targets: ['bare1', 'db1'] }),
      contextOf(),
    );
    await small.close();
    expect(result.targets).toMatchObject([
      { id: 'bare1', outcome: 'refused' },
      { id: 'db1', outcome: 'failed', detail: expect.stringContaining('not sent') },
    ]);
    expect(result.outcome).toBe('failed');
    expect(await given().bench.marks('db1')).toBe(before);
  });
}

function permissions(given: () => Given): void {
  it('are enough for an account of another eauth to resolve, order and find', async () => {
    const strict = given().bench.api({ username: 'strict', eauth: 'file', password: 'in-a-file' });
    expect(await strict.check(never)).toMatchObject({ ok: true });
    const resolution = await strict.resolve(failing, never);
    expect(resolution.targets).toMatchObject([{ id: 'db1', responding: true }]);
    const order = orderOf('salt.state.highstate');
    expect((await strict.dispatch(order, contextOf())).outcome).toBe('succeeded');
    expect(await strict.find(order, null, contextOf())).toMatchObject({ found: 'ended' });
    await strict.close();
  });

  it.each([
    ['a command', { client: 'local', tgt: 'db1', fun: 'cmd.run', arg: ['id'] }],
    ['a state past the guard', { client: 'local', tgt: 'db1', fun: 'state.apply', arg: ['slow'] }],
    ['a restart past the guard', { client: 'local', tgt: 'db1', fun: 'service.restart', arg: ['rethinkdb'] }],
    ['the keys of minions', { client: 'wheel', fun: 'key.list_all' }],
    ['another runner', { client: 'runner', fun: 'manage.up' }],
    ["a secret of the master's", { client: 'runner', fun: 'config.get', arg: ['sharedsecret'] }],
  ])('refuse %s', async (_what, low) => {
    const response = await fetch(`${given().bench.lab.api.url}/run`, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify([{ ...low, username: 'strict', password: 'in-a-file', eauth: 'file' }]),
    });
    const text = await response.text();
    expect(response.status === 401 || /EauthAuthenticationError|not allowed|failed/i.test(text), text).toBe(
      true,
    );
    expect(text).not.toContain(given().bench.lab.api.password);
  });

  it('a wrong password is one login, whichever eauth it is', async () => {
    const wrong = given().bench.api({ username: 'strict', eauth: 'file', password: 'guessed' });
    await expect(wrong.dispatch(orderOf('salt.state.highstate'), contextOf())).rejects.toMatchObject({
      code: 'salt-login-refused',
    });
    await expect(wrong.dispatch(orderOf('salt.state.highstate'), contextOf())).rejects.toThrow(
      'not tried again for 30 s',
    );
    await wrong.close();
    const anybody = given().bench.api({ username: 'anybody', eauth: 'auto', password: 'whatever' });
    await expect(anybody.dispatch(orderOf('salt.state.highstate'), contextOf())).rejects.toMatchObject({
      code: 'salt-forbidden',
      maybeTaken: false,
    });
    await anybody.close();
  });
}

function furtherMaster(given: () => Given): void {
  it('takes over from one that is down: targets, order, and what minions have written down', async () => {
    const { lab } = given().bench;
    const two = given().bench.api({
      url: `http://127.0.0.1:${await freePort()}`,
      furtherMasters: [lab.api.url],
    });
    expect(await two.check(never)).toMatchObject({
      ok: true,
      detail: expect.stringContaining('cannot be reached'),
    });
    expect((await two.resolve(failing, never)).targets).toMatchObject([{ id: 'db1', responding: true }]);
    const order = orderOf('salt.state.highstate');
    expect((await two.dispatch(order, contextOf())).outcome).toBe('succeeded');
    expect(await two.find(order, null, contextOf())).toMatchObject({
      found: 'ended',
      result: { outcome: 'succeeded' },
    });
    await two.close();
  });
}

function doctor(given: () => Given): void {
  const nodes = ['db1', 'plain1', 'gone1'].map((target) => ({
    resource: 'rethinkdb/main',
    node: target,
    target,
  }));
  const seen = (findings: readonly Finding[] = []) =>
    findings.map(({ check, state, what }) => `${state} ${check}: ${what}`);

  it('finds the shipped permissions well, and names the minions that lack the module or do not answer', async () => {
    const strict = given().bench.api({ username: 'strict', eauth: 'file', password: 'in-a-file', nodes });
    const findings = seen(await strict.examine?.(never, 'test'));
    await strict.close();
    expect(findings).toEqual([
      expect.stringContaining('ok salt-reachable'),
      expect.stringContaining('ok salt-permissions'),
      expect.stringContaining('ok salt-webhooks'),
      expect.stringContaining('ok salt-module: the minion db1 guards itself'),
      expect.stringContaining('problem salt-module: the minion plain1 has no prunella.apply'),
      expect.stringContaining('unknown salt-module: the minion gone1 does not answer'),
      expect.stringContaining('ok salt-job-cache: a job is found again'),
      expect.stringContaining('ok salt-job-cache: jobs are kept for 86400 s'),
    ]);
  });

  it('does not accept an account that may do everything', async () => {
    const wide = given().bench.api({ username: 'wide' });
    const findings = seen(await wide.examine?.(never, null));
    await wide.close();
    expect(findings).toContainEqual(expect.stringMatching(/^problem salt-permissions: by "\.\*"/));
    expect(findings).toContainEqual(expect.stringMatching(/^problem salt-permissions: by "@wheel"/));
  });
}

function behindProxy(given: () => Given): void {
  let proxy: ReverseProxy;
  let files: Certificates;
  const through = (changes: Parameters<SaltBench['api']>[0] = {}) =>
    given().bench.api({ url: proxy.url, tls: { ca: files.ca, ...files.client }, ...changes });

  beforeAll(async () => {
    files = await makeCertificates(given().accounts, given().bench.binFolder);
    proxy = await startReverseProxy(given().bench.lab.api.url, files);
  });
  afterAll(() => proxy?.stop());

  it("is passed with the house's own CA and a client certificate, and with nothing else", async () => {
    const good = through();
    expect(await good.check(never)).toMatchObject({ ok: true });
    await good.close();
    for (const [tls, why] of [
      [{ ...files.client }, 'a certificate that is not trusted'],
      [{ ca: files.ca }, "does not take the healer's certificate"],
      [{ ca: files.ca, certificate: files.client.certificate, key: files.server.key }, 'belong together'],
      [{ ca: join(given().accounts, 'none.crt') }, 'cannot be read (ENOENT)'],
    ] as const) {
      const bad = through({ tls });
      const error = await bad
        .dispatch(orderOf('salt.state.highstate'), contextOf())
        .catch((reason) => reason);
      await bad.close();
      expect(error, why).toMatchObject({ code: 'salt-tls', maybeTaken: false });
      expect(error.message).toContain(why);
    }
    // Node's own server hangs up on a certificate of another CA without a word.
    const stranger = through({ tls: { ca: files.ca, ...files.stranger } });
    await expect(stranger.dispatch(orderOf('salt.state.highstate'), contextOf())).rejects.toMatchObject({
      maybeTaken: false,
    });
    await stranger.close();
  });

  it('that answers 504: an order that was taken is found and judged, one that was not is unknown, none is repeated', async () => {
    const before = await given().bench.marks('db1');
    const backend = through();
    proxy.answer504('taken');
    const taken = await backend.dispatch(orderOf('salt.state.highstate'), contextOf());
    expect(taken).toMatchObject({ outcome: 'succeeded', targets: [{ id: 'db1', fenced: true }] });
    expect(await given().bench.marks('db1')).toBe(before + 1);
    proxy.answer504('not taken');
    const order = orderOf('salt.state.highstate', { notAfter: Date.now() + 1_000 });
    const lost = await backend.dispatch(order, contextOf());
    await backend.close();
    expect(lost.outcome).toBe('unknown');
    expect(lost.neverSent).toBeUndefined();
    expect(await given().bench.marks('db1')).toBe(before + 1);
  });

  it('that counts: an order costs two requests until it is taken, one for who answers and what runs there', async () => {
    const backend = through({ nodes: [{ resource: 'rethinkdb/main', node: 'one', target: 'db1' }] });
    await backend.watch?.start(async () => ({ accepted: true, duplicate: false }));
    const before = proxy.asked().length;
    const resolution = await backend.resolve(failing, never);
    expect(resolution.targets).toMatchObject([{ id: 'db1', responding: true }]);
    const result = await backend.dispatch(orderOf('salt.state.highstate'), contextOf());
    await backend.watch?.stop();
    await backend.close();
    expect(result.outcome).toBe('succeeded');
    expect(proxy.asked().slice(before, before + 2)).toEqual(['saltutil.is_running', 'prunella.apply']);
  });

  it('that sees a hundred resources of one minion resolved at once: two questions', async () => {
    const backend = through();
    const before = proxy.asked().length;
    const resolved = await Promise.all(
      Array.from({ length: 100 }, (_, number) =>
        backend.resolve({ ...failing, resource: `rethinkdb/${number}` }, never),
      ),
    );
    await backend.close();
    for (const { targets } of resolved) expect(targets).toMatchObject([{ id: 'db1', responding: true }]);
    expect(proxy.asked().slice(before)).toEqual(['test.ping', 'test.ping']);
  });

  it('that cuts idle streams: the events are heard again, and an order under way is not lost', async () => {
    const backend = through({ nodes: [{ resource: 'rethinkdb/main', node: 'one', target: 'db1' }] });
    const heard: string[] = [];
    await backend.watch?.start(async (signal) => {
      heard.push(signal.type);
      return { accepted: true, duplicate: false };
    });
    const opened = proxy.streams();
    await waitFor(() => proxy.streams() > opened || heard.length > 0, { what: 'the stream to open' }).catch(
      () => {},
    );
    const context = contextOf();
    const under = backend.dispatch(orderOf('salt.state.highstate'), context);
    await waitFor(() => context.references.length > 0, { what: 'the order to be taken' });
    const before = proxy.streams();
    proxy.cutStreams();
    expect((await under).outcome).toBe('succeeded');
    await waitFor(() => proxy.streams() > before, { what: 'the stream to be opened again' });
    await waitFor(
      async () => {
        await given().bench.lab.run('db1', 'event.send', ['salt/beacon/db1/again/', {}]);
        return heard.includes('salt.beacon.again');
      },
      { what: 'an event after the cut', everyMs: 300 },
    );
    await backend.watch?.stop();
    await backend.close();
  });
}

function eventBus(given: () => Given): void {
  it('tells what others do on declared minions, and what failed there, but nothing of our own orders', async () => {
    const watching = given().bench.api({
      nodes: [{ resource: 'rethinkdb/main', node: 'one', target: 'db1' }],
    });
    const signals: Signal[] = [];
    const told: (readonly ActingElsewhere[])[] = [];
    await watching.watch?.start(
      async (signal) => {
        signals.push(signal);
        return { accepted: true, duplicate: false };
      },
      (_, acting) => told.push(acting),
    );
    // The bus tells only who listens already.
    const heard = () => signals.some(({ type }) => type === 'salt.beacon.probe');
    await waitFor(
      async () => {
        if (!heard())
          await given().bench.lab.run('db1', 'event.send', ['salt/beacon/db1/probe/', { load: 3 }]);
        return heard();
      },
      { what: 'the bus to be heard', everyMs: 300 },
    );
    await watching.dispatch(orderOf('salt.state.apply', { arguments: { states: 'broken' } }), contextOf());
    const other = given().bench.lab.run('db1', 'state.apply', ['broken']);
    await waitFor(() => told.some((acting) => acting.length > 0), { what: 'the job of somebody else' });
    await other;
    await waitFor(() => told.at(-1)?.length === 0, { what: 'its end' });
    await waitFor(() => signals.some(({ type }) => type === 'salt.job.failed'), { what: 'its failure' });

    const slow = given().bench.lab.run('db1', 'state.apply', ['slow']);
    const found = await waitFor(
      async () => {
        await watching.resolve(failing, never);
        return told.at(-1)?.length === 1 ? told.at(-1)?.[0] : undefined;
      },
      { what: 'the state run that the minion tells of' },
    );
    await slow;
    await watching.watch?.stop();
    await watching.close();
    expect(found).toMatchObject({ what: 'salt-job', targets: ['db1'] });
    expect(signals.find(({ type }) => type === 'salt.beacon.probe')).toMatchObject({
      resource: 'rethinkdb/main',
      node: 'one',
      data: { id: 'db1', data: { load: 3 } },
    });
    expect(signals.filter(({ type }) => type === 'salt.job.failed')).toMatchObject([
      { status: 'firing', data: { function: 'state.apply', retcode: 2 } },
    ]);
  });
}
