import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Proxies, type ProxySettings } from '../../src/access/proxy.ts';
import { serverConfiguration } from '../../src/server/configuration.ts';
import { operatorToken, viewerToken } from '../server/serve.ts';
import { serveRoom, signIn, workshop } from './access-workshop.ts';
import { type RawRequest, rawRequest } from './raw-request.ts';

const proxyAddress = '127.0.0.5';

const settings: ProxySettings = {
  addresses: [proxyAddress, '127.0.0.6'],
  userHeader: 'X-Forwarded-User',
  groupsHeader: 'X-Forwarded-Groups',
  roles: { sre: 'operator', leads: 'admin', staff: 'viewer' },
};

interface Signed {
  readonly user?: string;
  readonly groups?: string;
}

/**
 * A real reverse proxy of its own address, which has signed everybody in as it was told: it sets the headers of the
 * person, whatever the client wrote, appends to X-Forwarded-For, and passes the name that the browser asked for.
 */
async function proxyBefore(address: string, signed: Signed, scheme = 'https'): Promise<string> {
  const { hostname, port } = new URL(address);
  const server = createServer((incoming, outgoing) => {
    const { 'x-forwarded-user': _user, 'x-forwarded-groups': _groups, ...headers } = incoming.headers;
    const former = headers['x-forwarded-for'];
    const from = incoming.socket.remoteAddress ?? '';
    const passed = request(
      {
        host: hostname,
        port,
        localAddress: proxyAddress,
        method: incoming.method,
        path: incoming.url,
        agent: false,
        headers: {
          ...headers,
          'x-forwarded-for': former === undefined ? from : `${former}, ${from}`,
          'x-forwarded-proto': scheme,
          ...(signed.user === undefined ? {} : { 'x-forwarded-user': signed.user }),
          ...(signed.groups === undefined ? {} : { 'x-forwarded-groups': signed.groups }),
        },
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const host = 'healer.example.com';

async function behindProxy(signed: Signed, more: Partial<ProxySettings> = {}, scheme?: string) {
  const place = workshop();
  const served = await serveRoom(place, { proxy: { ...settings, ...more }, hosts: [host] });
  const proxy = await proxyBefore(served.address, signed, scheme);
  const browse = (path: string, asked: RawRequest = {}) =>
    rawRequest(proxy, path, { ...asked, headers: { host, ...asked.headers } });
  return { ...served, browse };
}

describe('a person whom a trusted proxy names', () => {
  test('is in, with the role of their groups, and orders in their own name', async () => {
    const { browse, engine, room } = await behindProxy({ user: 'berta', groups: 'staff, sre' });
    const session = await browse('/v1/session');
    expect(session.json).toMatchObject({ name: 'berta', role: 'operator', csrfToken: expect.any(String) });
    expect((await browse('/v1/healer')).status).toBe(200);
    const headers = {
      'x-prunella-csrf': String(session.json['csrfToken']),
      origin: `https://${host}`,
      'sec-fetch-site': 'same-origin',
    };
    expect((await browse('/v1/pause', { method: 'POST', headers })).status).toBe(200);
    expect(engine.paused).toEqual({ by: 'berta', reason: '' });
    expect(room.audit.read({ limit: 1 })).toMatchObject([
      {
        actor: { name: 'berta', role: 'operator', by: 'proxy' },
        from: '127.0.0.1',
        via: proxyAddress,
        action: 'pauseAll',
        result: 'done',
      },
    ]);
    expect((await browse('/v1/tokens')).status, 'an operator is no admin').toBe(403);
  });

  test.each([
    ['no CSRF token', {}],
    ['a wrong one', { 'x-prunella-csrf': 'x'.repeat(43) }],
  ])('orders nothing with %s: another site would come by the same proxy', async (_what, headers) => {
    const { browse, engine } = await behindProxy({ user: 'berta', groups: 'sre' });
    const { status, json } = await browse('/v1/pause', { method: 'POST', headers });
    expect([status, json['type']]).toEqual([403, 'urn:prunella:problem:csrf-refused']);
    expect(engine.paused).toBe(null);
  });

  test('gets no code that signs a browser in as somebody else', async () => {
    // As every healer names the token of its own host.
    const configured = [{ name: 'operator', role: 'operator', token: operatorToken }] as const;
    const served = await serveRoom(workshop(), { proxy: settings, hosts: [host], configured });
    const proxy = await proxyBefore(served.address, { user: 'vera', groups: 'staff' });
    const browse = (path: string, asked: RawRequest = {}) =>
      rawRequest(proxy, path, { ...asked, headers: { host, ...asked.headers } });
    const { json } = await browse('/v1/session');
    expect(json['role']).toBe('viewer');
    const headers = { 'x-prunella-csrf': String(json['csrfToken']) };
    const asked = await browse('/v1/session/code', { method: 'POST', headers });
    expect([asked.status, asked.json['code']]).toEqual([409, undefined]);
  });

  test.each(['Jürgen Müller', 'Łukasz', '山田'])('is called as the proxy wrote it: %s', async (user) => {
    const served = await serveRoom(workshop(), { proxy: settings, hosts: [host] });
    const bytes = Buffer.from(user, 'utf8').toString('latin1');
    const headers = { host, 'x-forwarded-user': bytes, 'x-forwarded-groups': 'sre' };
    const session = await rawRequest(served.address, '/v1/session', { headers, from: proxyAddress });
    expect([session.status, session.json['name']]).toEqual([200, user]);
  });

  test('has a CSRF token of their own', async () => {
    const { address, browse } = await behindProxy({ user: 'berta', groups: 'sre' });
    const mallory = await proxyBefore(address, { user: 'mallory', groups: 'sre' });
    const session = await rawRequest(mallory, '/v1/session', { headers: { host } });
    const headers = { 'x-prunella-csrf': String(session.json['csrfToken']) };
    expect((await browse('/v1/pause', { method: 'POST', headers })).status).toBe(403);
  });

  test.each([
    ['viewer', 'staff'],
    ['operator', 'staff,sre,unknown'],
    ['admin', 'leads,staff'],
  ])('is a %s by the groups %s', async (role, groups) => {
    const { browse } = await behindProxy({ user: 'berta', groups });
    expect((await browse('/v1/session')).json).toMatchObject({ role });
  });

  test.each(['', 'unknown', '__proto__', 'constructor', 'SRE'])(
    'of the groups %j stays out',
    async (groups) => {
      const { browse } = await behindProxy({ user: 'berta', groups });
      for (const path of ['/v1/session', '/v1/healer']) {
        const { status, json } = await browse(path);
        expect(status).toBe(403);
        expect(json['detail']).toContain('server.proxy.roles');
      }
    },
  );

  test('comes in without a group where everybody may', async () => {
    const { browse } = await behindProxy({ user: 'berta' }, { everybody: 'viewer' });
    expect((await browse('/v1/session')).json).toMatchObject({ name: 'berta', role: 'viewer' });
  });

  test.each(['berta, mallory', 'x'.repeat(201), ' '])('called %j is nobody', async (user) => {
    const { browse } = await behindProxy({ user, groups: 'leads' });
    expect([400, 401]).toContain((await browse('/v1/healer')).status);
  });

  test('may also show a token, which then counts', async () => {
    const { browse, engine } = await behindProxy({ user: 'berta', groups: 'staff' });
    const headers = { authorization: `Bearer ${operatorToken}` };
    expect((await browse('/v1/pause', { method: 'POST', headers })).status).toBe(200);
    expect(engine.paused).toMatchObject({ by: 'anna' });
  });
});

describe('what a proxy asked its people for itself', () => {
  test('and passes on is no token of ours, and no wrong one', async () => {
    const { browse } = await behindProxy({ user: 'berta', groups: 'sre' });
    const headers = { authorization: `Basic ${Buffer.from('berta:geheim').toString('base64')}` };
    for (let times = 0; times < 25; times += 1) {
      expect((await browse('/v1/healer', { headers })).status).toBe(200);
    }
  });

  test('gets nobody in, and past no check, where no proxy is configured', async () => {
    const { ask } = await serveRoom();
    const headers = { authorization: 'Basic eDp5' };
    const { status, json } = await ask('/v1/healer', { headers });
    expect([status, json['detail']]).toEqual([401, expect.stringContaining('Bearer TOKEN')]);
    for (const authorization of [headers.authorization, 'Bearer', 'Bearer a b']) {
      const asked = { headers: { authorization, host: 'evil.example.com' } };
      expect((await ask('/v1/healer', asked)).status, authorization).toBe(421);
    }
  });
});

describe('a header from elsewhere', () => {
  test('names nobody, is counted, and said', async () => {
    const figures = { credentialRefused: vi.fn(), proxyHeaderIgnored: vi.fn() };
    const { ask } = await serveRoom(workshop(), { proxy: settings, hosts: [host], figures });
    const headers = { 'x-forwarded-user': 'berta', 'x-forwarded-groups': 'leads' };
    const { status, json } = await ask('/v1/healer', { headers });
    expect(status).toBe(401);
    expect(json['detail']).toContain('the header X-Forwarded-User was ignored: 127.0.0.1 is none of');
    expect((await ask('/v1/session', { headers })).status).toBe(401);
    expect(figures.proxyHeaderIgnored).toHaveBeenCalledTimes(2);
  });

  test('names nobody where no proxy is configured', async () => {
    const { ask } = await serveRoom();
    const headers = { 'x-forwarded-user': 'berta', 'x-forwarded-groups': 'leads' };
    expect((await ask('/v1/healer', { headers, from: proxyAddress })).status).toBe(401);
  });

  test('tells no address: neither from elsewhere, nor by what a client wrote before the proxy', async () => {
    const { ask, browse, room } = await behindProxy({});
    const headers = { authorization: `Bearer ${operatorToken}`, 'x-forwarded-for': '203.0.113.9' };
    await ask('/v1/pause', { method: 'POST', headers });
    expect(room.audit.read({ limit: 1 })).toMatchObject([{ from: '127.0.0.1' }]);
    expect(room.audit.read({ limit: 1 })[0]).not.toHaveProperty('via');
    await browse('/v1/resume', { method: 'POST', headers });
    expect(room.audit.read({ limit: 1 })).toMatchObject([{ from: '127.0.0.1', via: proxyAddress }]);
  });

  test('is not needed for a cookie to be secure where the browser says that it came over TLS', async () => {
    const { ask } = await serveRoom(workshop(), { hosts: [host] });
    const headers = { host, origin: `https://${host}`, 'sec-fetch-site': 'same-origin' };
    const { status, headers: answered } = await ask('/v1/session', { headers, body: { token: viewerToken } });
    expect([status, String(answered['set-cookie'])]).toEqual([201, expect.stringMatching(/; Secure$/)]);
  });

  test('does not make a cookie secure, nor insecure', async () => {
    const far = await behindProxy({}, {}, 'https');
    const answer = await far.browse('/v1/session', { body: { token: viewerToken } });
    expect(String(answer.headers['set-cookie'])).toMatch(/; Secure$/);
    const near = await signIn(far, viewerToken, { headers: { 'x-forwarded-proto': 'https' } });
    expect(near.setCookie).not.toContain('Secure');
    const plain = await behindProxy({}, {}, 'http');
    const open = await plain.browse('/v1/session', { body: { token: viewerToken } });
    expect(String(open.headers['set-cookie'])).not.toContain('Secure');
  });
});

describe('addresses behind a proxy', () => {
  const proxies = new Proxies(settings);

  test.each([
    ['203.0.113.7', undefined, '203.0.113.7', undefined],
    ['203.0.113.7', '198.51.100.1', '203.0.113.7', undefined],
    [proxyAddress, '198.51.100.1', '198.51.100.1', proxyAddress],
    [`::ffff:${proxyAddress}`, '198.51.100.1', '198.51.100.1', proxyAddress],
    [proxyAddress, '10.9.9.9, 198.51.100.1', '198.51.100.1', proxyAddress],
    [proxyAddress, '198.51.100.1, 127.0.0.6', '198.51.100.1', proxyAddress],
    [proxyAddress, '198.51.100.1:4711', '198.51.100.1', proxyAddress],
    [proxyAddress, '[2001:db8::1]:4711', '2001:db8::1', proxyAddress],
    [proxyAddress, 'unknown', proxyAddress, undefined],
    [proxyAddress, '', proxyAddress, undefined],
    [proxyAddress, undefined, proxyAddress, undefined],
  ])('from %s with %j it is %s', (remote, forwarded, address, via) => {
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    expect(proxies.clientOf(remote, headers)).toEqual(via === undefined ? { address } : { address, via });
  });

  test('are limited one by one, so that a guesser behind it locks nobody else out', async () => {
    const { ask } = await behindProxy({});
    const from = (client: string, token: string) =>
      ask('/v1/healer', {
        from: proxyAddress,
        headers: { 'x-forwarded-for': client, authorization: `Bearer ${token}` },
      });
    for (let times = 0; times < 25; times += 1) await from('203.0.113.9', 'guess');
    expect((await from('203.0.113.9', viewerToken)).status).toBe(429);
    expect((await from('203.0.113.8', viewerToken)).status).toBe(200);
  });
});

describe('the configuration of a proxy', () => {
  const problemsOf = (proxy: unknown) =>
    serverConfiguration()
      .safeParse({ proxy })
      .error?.issues.map(({ message }) => message)
      .join('; ') ?? '';
  const whole = { addresses: ['10.0.0.7'], userHeader: 'x-forwarded-user' };

  test('is taken where it is whole', () => {
    expect(problemsOf({ ...whole, groupsHeader: 'x-groups', roles: { sre: 'operator' } })).toBe('');
    expect(problemsOf({ addresses: ['10.0.0.0/24', 'fd00::/8'] })).toBe('');
  });

  test.each([
    [{ ...whole, addresses: [] }, '>=1'],
    [{ ...whole, addresses: ['0.0.0.0/0'] }, 'must not be everybody'],
    [{ ...whole, addresses: ['::/0'] }, 'must not be everybody'],
    [{ ...whole, addresses: ['proxy.example.com'] }, 'must be an address or a range'],
    [{ ...whole, userHeader: 'authorization' }, 'that the proxy sets'],
    [{ ...whole, userHeader: 'X-Forwarded-For' }, 'that the proxy sets'],
    [{ ...whole, userHeader: 'x user' }, 'must be the name of a header'],
    [{ ...whole, roles: { apps: 'reporter' } }, 'viewer'],
    [{ addresses: ['10.0.0.7'], everybody: 'viewer' }, 'needs `userHeader`'],
  ])('%j is refused', (proxy, said) => {
    expect(problemsOf(proxy)).toContain(said);
  });
});
