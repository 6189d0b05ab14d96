import { createServer as createTcpServer } from 'node:net';
import { freePort } from '@prunella/labs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isAddressRange } from '../../src/configuration/address-ranges.ts';
import { createOutgoing, type OutgoingRequest } from '../../src/outgoing/outgoing.ts';
import { OutgoingError } from '../../src/outgoing/outgoing-error.ts';
import { answerJson, OtherSide } from '../http-backend/other-side.ts';

let other: OtherSide;
let address: string;

beforeEach(async () => {
  other = new OtherSide();
  address = await other.listen();
});

afterEach(async () => {
  await other.close();
});

const send = createOutgoing();

async function failureOf(request: OutgoingRequest, by = send): Promise<OutgoingError> {
  const error = await by(request).then(
    () => new Error('it was answered'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(OutgoingError);
  return error as OutgoingError;
}

describe('a request to an address of the configuration', () => {
  test('brings the answer, whatever its status', async () => {
    other.answer = (_heard, response) => answerJson(response, 503, { busy: true }, { 'retry-after': '3' });
    const answer = await send({
      url: `${address}/hook?a=1`,
      headers: { authorization: 'Bearer x' },
      body: '{"ä":1}',
      timeoutMs: 5_000,
    });
    expect(answer).toMatchObject({ status: 503, body: '{"busy":true}', headers: { 'retry-after': '3' } });
    expect(other.heard).toMatchObject([
      { method: 'POST', path: '/hook?a=1', body: '{"ä":1}', headers: { authorization: 'Bearer x' } },
    ]);
  });

  test.each([
    ['file:///etc/passwd'],
    ['ftp://127.0.0.1/x'],
    ['gopher://127.0.0.1:6379/_FLUSHALL'],
    ['javascript:alert(1)'],
    ['127.0.0.1/x'],
    [''],
    [`http://127.0.0.1/${'x'.repeat(2_000)}`],
    ['http://user:geheim@127.0.0.1/'],
    ['http://geheim@127.0.0.1/'],
  ])('is not made to %s', async (url) => {
    const error = await failureOf({ url, timeoutMs: 1_000 });
    expect(error).toMatchObject({ code: 'url-refused', mayHaveArrived: false });
    expect(error.message).not.toContain('geheim');
  });

  test.each([
    'http://169.254.169.254/latest/meta-data/iam/',
    'https://169.254.0.1/',
    // The same address in other clothes.
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://0251.0376.0251.0376/',
    'http://169.254.43518/',
    'http://[::ffff:169.254.169.254]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[64:ff9b::a9fe:a9fe]/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
    'http://[fd00:ec2::23]/v1/credentials',
    'http://[fd20:ce::254]/computeMetadata/v1/',
    'http://192.0.0.192/opc/v1/',
    'http://[2002:a9fe:a9fe::1]/',
    'http://[::169.254.169.254]/',
    'http://100.100.100.200/',
    'http://168.63.129.16/',
  ])('is not made to a cloud’s own address, %s', async (url) => {
    expect(await failureOf({ url, timeoutMs: 1_000 })).toMatchObject({
      code: 'address-refused',
      mayHaveArrived: false,
      message: expect.stringContaining('outgoing: { allow: [...] }'),
    });
  });

  test.each([[['169.254.169.254']], [['127.0.0.1', '169.254.169.254']], [['fe80::1']]])(
    'is not made to a name that resolves to %j, at the moment of connecting',
    async (addresses) => {
      const asked: string[] = [];
      const resolve = async (name: string) => {
        asked.push(name);
        return addresses.map((one) => ({ address: one, family: one.includes(':') ? 6 : 4 }));
      };
      const request = { url: 'http://rebound.example.com/', timeoutMs: 1_000 };
      const error = await failureOf(request, createOutgoing({ resolve }));
      expect(asked).toEqual(['rebound.example.com']);
      expect(error).toMatchObject({ code: 'address-refused', mayHaveArrived: false });
    },
  );

  test('to one of those addresses that is allowed is not refused', async () => {
    const by = createOutgoing({ allow: ['169.254.199.0/24'] });
    // Whether anything answers there is up to the network of this machine.
    const error = await by({ url: 'http://169.254.199.254:9/', timeoutMs: 200 }).catch((one: unknown) => one);
    expect(error).not.toMatchObject({ code: 'address-refused' });
    expect(await failureOf({ url: 'http://169.254.198.1:9/', timeoutMs: 200 }, by)).toMatchObject({
      code: 'address-refused',
    });
  });

  test('to a name is made to the address that was looked at', async () => {
    const { port } = new URL(address);
    const resolve = async () => [{ address: '127.0.0.1', family: 4 }];
    await createOutgoing({ resolve })({ url: `http://ops.example.com:${port}/`, timeoutMs: 5_000 });
    expect(other.heard[0]?.headers.host).toBe(`ops.example.com:${port}`);
  });

  test('to this machine is made: much of what it talks to lives there', async () => {
    const { port } = new URL(address);
    expect((await send({ url: `http://localhost:${port}/`, timeoutMs: 5_000 })).status).toBe(200);
  });
});

describe('a redirection', () => {
  test('is an answer where none is to be followed', async () => {
    other.answer = (_heard, response) => {
      response.writeHead(302, { location: '/elsewhere' });
      response.end();
    };
    expect((await send({ url: address, timeoutMs: 5_000 })).status).toBe(302);
    expect(other.heard).toHaveLength(1);
  });

  test('within the same origin is followed, as often as was said', async () => {
    other.answer = ({ path }, response) => {
      const number = Number(path.slice(1));
      if (number < 2) response.writeHead(307, { location: `/${number + 1}` });
      response.end(number < 2 ? '' : 'there');
    };
    const answer = await send({ url: `${address}/0`, body: 'x', redirects: 2, timeoutMs: 5_000 });
    expect(answer.body).toBe('there');
    expect(other.heard.map(({ method, path, body }) => [method, path, body])).toEqual([
      ['POST', '/0', 'x'],
      ['POST', '/1', 'x'],
      ['POST', '/2', 'x'],
    ]);
    expect(await failureOf({ url: `${address}/0`, redirects: 1, timeoutMs: 5_000 })).toMatchObject({
      code: 'redirect-refused',
      mayHaveArrived: true,
    });
  });

  test.each([
    'http://169.254.169.254/latest/',
    'http://evil.example.com/',
    '//evil.example.com/',
    'https://127.0.0.1/',
    'file:///etc/passwd',
    'http://user@127.0.0.1/',
  ])('to %s is refused', async (location) => {
    other.answer = (_heard, response) => {
      response.writeHead(302, { location });
      response.end();
    };
    expect(await failureOf({ url: address, redirects: 5, timeoutMs: 5_000 })).toMatchObject({
      code: 'redirect-refused',
    });
    expect(other.heard).toHaveLength(1);
  });

  test('that would turn an order into a question is an answer', async () => {
    other.answer = (_heard, response) => {
      response.writeHead(303, { location: '/other' });
      response.end();
    };
    expect((await send({ url: address, body: 'x', redirects: 5, timeoutMs: 5_000 })).status).toBe(303);
  });
});

describe('an answer that does not come', () => {
  test('since nobody listens: nobody can have read it', async () => {
    expect(
      await failureOf({ url: `http://127.0.0.1:${await freePort()}/secret`, timeoutMs: 5_000 }),
    ).toMatchObject({
      code: 'unreachable',
      mayHaveArrived: false,
      message: expect.not.stringContaining('secret'),
    });
  });

  test('in time may have arrived', async () => {
    other.answer = () => {};
    expect(await failureOf({ url: address, timeoutMs: 100 })).toMatchObject({
      code: 'timeout',
      mayHaveArrived: true,
    });
  });

  test('to its end in time, may have arrived', async () => {
    other.answer = (_heard, response) => response.write('slow');
    expect(await failureOf({ url: address, timeoutMs: 200 })).toMatchObject({ code: 'timeout' });
  });

  test('within its bound is cut off', async () => {
    other.answer = (_heard, response) => response.end('x'.repeat(100_000));
    expect(await failureOf({ url: address, answerLimitBytes: 1_000, timeoutMs: 5_000 })).toMatchObject({
      code: 'answer-too-long',
    });
  });

  test('since the sender was stopped', async () => {
    const stop = new AbortController();
    other.answer = () => stop.abort();
    expect(await failureOf({ url: address, signal: stop.signal, timeoutMs: 5_000 })).toMatchObject({
      code: 'stopped',
    });
  });

  test('as HTTP is lost', async () => {
    const rude = createTcpServer((socket) => socket.end('no http\r\n\r\n'));
    await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve));
    try {
      const at = rude.address();
      const port = typeof at === 'object' && at !== null ? at.port : 0;
      expect(await failureOf({ url: `http://127.0.0.1:${port}/`, timeoutMs: 5_000 })).toMatchObject({
        code: 'lost',
        mayHaveArrived: true,
      });
    } finally {
      rude.close();
    }
  });

  test('since a header cannot be sent: nothing was', async () => {
    const error = await failureOf({ url: address, headers: { 'x-a': 'b\r\nx-evil: 1' }, timeoutMs: 5_000 });
    expect(error.mayHaveArrived).toBe(false);
    expect(other.heard).toEqual([]);
  });
});

describe('an address range', () => {
  test.each(['169.254.0.0/16', '10.0.0.1', 'fe80::/10', '::1'])('%s is one', (text) => {
    expect(isAddressRange(text)).toBe(true);
  });
  test.each(['', 'host', '10.0.0.0/33', '10.0.0.0/', '10.0.0/8', '::/129', '10.0.0.0/8/8', '10.0.0.0/-1'])(
    '%s is none',
    (text) => {
      expect(isAddressRange(text)).toBe(false);
    },
  );
});
