import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { sign } from '../../src/backends/http/signature.ts';
import { healerWith } from './healer-with-sources.ts';

const secret = 'both sides know it';
const json = { 'content-type': 'application/json' };

function hmac(text: string, form: 'hex' | 'base64' = 'hex'): string {
  return createHmac('sha256', secret).update(text).digest(form);
}

async function problemOf(answer: Response) {
  const { detail, type } = (await answer.json()) as { detail: string; type: string };
  return { status: answer.status, detail, type: type.replace('urn:prunella:problem:', '') };
}

const plain = `sources:
  kuma:
    type: webhook
    when: has(body.heartbeat)
    map:
      resource: body.monitor.name
      type: "'uptime.' + headers['x-check']"
      status: "body.heartbeat.status == 0 ? 'firing' : 'resolved'"
      id: string(body.heartbeat.id)
      summary: body.heartbeat.msg
  grafana:
    type: webhook
    each: body.alerts
    map:
      resource: item.labels.resource
      node: "has(item.labels.node) ? item.labels.node : ''"
      status: item.status
      id: item.fingerprint + item.startsAt + item.status
      type: "'alert'"
      summary: "body.title + ': ' + item.labels.alertname"
`;

describe('a webhook mapped by CEL', () => {
  test('is a signal by what its expressions give', async () => {
    const { send, signals, counts } = await healerWith(plain);
    const path = '/v1/sources/webhook/kuma';
    const tell = (heartbeat: unknown, name: unknown = 'postgres/main') =>
      send(path, JSON.stringify({ monitor: { name }, heartbeat }), { ...json, 'x-check': 'tcp' });
    expect((await tell({ id: 7, status: 0, msg: 'connect ECONNREFUSED' })).status).toBe(202);
    expect(await (await tell({ id: 7, status: 0, msg: 'again' })).json()).toMatchObject({ duplicate: 1 });
    expect((await tell({ id: 8, status: 1, msg: '200' })).status).toBe(202);
    expect(await (await tell(undefined)).json()).toMatchObject({ ignored: 1, taken: 0 });
    expect(await signals()).toMatchObject([
      {
        id: '7',
        source: 'kuma',
        type: 'uptime.tcp',
        resource: 'postgres/main',
        status: 'firing',
        summary: 'connect ECONNREFUSED',
        data: { monitor: { name: 'postgres/main' }, heartbeat: { id: 7 } },
      },
      { id: '8', status: 'resolved' },
    ]);
    expect(await problemOf(await tell({ id: 9, status: 0, msg: 'x' }, 5))).toEqual({
      status: 422,
      type: 'signal-refused',
      detail: 'body: `resource: body.monitor.name`: gave a number, and a text is wanted',
    });
    expect(await problemOf(await tell({ id: 9, status: 0 }))).toMatchObject({
      status: 422,
      detail: 'body: `summary: body.heartbeat.msg`: No such key: msg',
    });
    expect(await counts('kuma')).toEqual({ taken: 2, duplicate: 1, ignored: 1, unmapped: 2, refused: 0 });
  });

  test('that tells of several things is a signal for each', async () => {
    const { send, signals } = await healerWith(plain);
    const one = (resource: string) => ({
      status: 'firing',
      labels: { alertname: 'Slow', resource },
      fingerprint: resource,
      startsAt: '2026-11-26T08:00:00Z',
    });
    const body = { title: 'two', alerts: [one('postgres/main'), { labels: {} }, one('redis/cache')] };
    const answer = await send('/v1/sources/webhook/grafana', JSON.stringify(body));
    expect(await answer.json()).toMatchObject({
      taken: 2,
      unmapped: 1,
      problems: ['item[1]: `resource: item.labels.resource`: No such key: resource'],
    });
    expect((await signals()).map(({ resource, summary }) => [resource, summary])).toEqual([
      ['postgres/main', 'two: Slow'],
      ['redis/cache', 'two: Slow'],
    ]);
  });

  test('that would cost too much is refused: too many values, too deep, too many bytes, too many items', async () => {
    const { send } = await healerWith(plain);
    const path = '/v1/sources/webhook/grafana';
    const refusal = async (body: string) => problemOf(await send(path, body));
    const values = JSON.stringify({ alerts: Array(30_000).fill(1) });
    expect(await refusal(values)).toMatchObject({
      status: 422,
      detail: 'body: it has more than 20000 values',
    });
    const deep = `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`;
    expect(await refusal(deep)).toMatchObject({ status: 422, detail: 'body: it is nested deeper than 32' });
    expect(await refusal(`"${'a'.repeat(300_000)}"`)).toMatchObject({ status: 413 });
    const items = JSON.stringify({ alerts: Array(150).fill({ labels: {} }) });
    expect(await refusal(items)).toMatchObject({ status: 422 });
    expect(await refusal('{"alerts":5}')).toMatchObject({
      detail: 'body: `each`: gave a number, and a list is wanted',
    });
  });

  test('without a signature needs a token', async () => {
    const { send } = await healerWith(plain);
    for (const name of ['kuma', 'nobody']) {
      const answer = await problemOf(await send(`/v1/sources/webhook/${name}`, '{}', json, null));
      expect(answer).toMatchObject({ status: 401, type: 'not-authenticated' });
    }
  });
});

const signed = `sources:
  github:
    type: webhook
    signature: { header: X-Hub-Signature-256, secret: { environment: HOOK } }
    map: { resource: body.resource }
  grafana:
    type: webhook
    signature: { header: X-Signature, timestampHeader: X-Time, tolerance: 1m, secret: { environment: HOOK } }
    map: { resource: body.resource, id: body.id }
  svix:
    type: webhook
    signature: { algorithm: standard-webhooks, secret: { environment: HOOK } }
    map: { resource: body.resource }
  unready:
    type: webhook
    signature: { header: x-signature, secret: { environment: NOT_SET } }
    map: { resource: body.resource }
`;

describe('a signed webhook', () => {
  const body = '{"resource":"postgres/main","id":"a"}';
  const healer = () => healerWith(signed, { environment: { HOOK: secret } });

  test.each(['hex', 'base64'] as const)(
    'needs no token, and is the same when it is sent again (%s)',
    async (form) => {
      const { send, signals } = await healer();
      const tell = (delivery: string) =>
        send(
          '/v1/sources/webhook/github',
          body,
          { 'x-hub-signature-256': `sha256=${hmac(body, form)}`, 'x-github-delivery': delivery },
          null,
        );
      expect(await (await tell('1')).json()).toMatchObject({ taken: 1 });
      // Who replays it may write other headers: they are not signed.
      expect(await (await tell('2')).json()).toMatchObject({ taken: 0, duplicate: 1 });
      expect(await signals()).toHaveLength(1);
    },
  );

  test('is refused with another signature, with none, and with one of another body, whatever token it has', async () => {
    const { send, signals } = await healer();
    const path = '/v1/sources/webhook/github';
    const header = 'x-hub-signature-256';
    const wrong = [{}, { [header]: '' }, { [header]: 'sha256=00' }, { [header]: hmac(`${body} `) }];
    for (const headers of wrong) {
      expect(await problemOf(await send(path, body, headers))).toMatchObject({
        status: 401,
        type: 'not-authenticated',
      });
    }
    expect(await signals()).toHaveLength(0);
  });

  test('is refused when its signed time is not of now', async () => {
    const { send } = await healer();
    const tell = (agoS: number) => {
      const time = String(Math.floor(Date.now() / 1_000) - agoS);
      const headers = { 'x-time': time, 'x-signature': hmac(`${time}:${body}`) };
      return send('/v1/sources/webhook/grafana', body, headers, null);
    };
    expect((await tell(0)).status).toBe(202);
    const late = await problemOf(await tell(3_600));
    expect(late).toMatchObject({ status: 401, detail: expect.stringContaining('more than 60 s from') });
  });

  test('may be signed as Standard Webhooks are', async () => {
    const { send } = await healer();
    const tell = (headers: Readonly<Record<string, string>>) =>
      send('/v1/sources/webhook/svix', body, { ...headers }, null);
    const right = { ...sign(secret, 'msg_1', body, Date.now()) };
    expect(await (await tell(right)).json()).toMatchObject({ taken: 1 });
    expect(await (await tell(right)).json()).toMatchObject({ duplicate: 1 });
    expect((await tell({ ...right, 'webhook-id': 'msg_2' })).status).toBe(401);
    expect((await tell({ ...sign(secret, 'msg_3', body, Date.now() - 3_600_000) })).status).toBe(401);
  });

  test('is believed by nobody whose secret is not there', async () => {
    const { send } = await healer();
    const answer = await problemOf(await send('/v1/sources/webhook/unready', body, {}, null));
    expect(answer).toMatchObject({ status: 401, detail: 'the healer cannot read the secret now' });
  });
});
