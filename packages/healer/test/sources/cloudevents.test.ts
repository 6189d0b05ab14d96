import { describe, expect, test } from 'vitest';
import { healerWith } from './healer-with-sources.ts';

const path = '/v1/sources/cloudevents';
const structured = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
const batched = { 'content-type': 'application/cloudevents-batch+json' };

const event = (beside: Readonly<Record<string, unknown>> = {}) => ({
  specversion: '1.0',
  id: 'A-1',
  source: '/monitors/one',
  type: 'com.example.database.down',
  subject: 'postgres/main',
  time: '2026-11-26T08:00:00.5Z',
  data: { summary: 'the database is down', load: 3 },
  ...beside,
});

const binary = (beside: Readonly<Record<string, string>> = {}) => ({
  'ce-specversion': '1.0',
  'ce-id': 'A-1',
  'ce-source': '/monitors/one',
  'ce-type': 'com.example.database.down',
  'ce-subject': 'postgres/main',
  'content-type': 'application/json',
  ...beside,
});

async function problemOf(answer: Response) {
  const { detail, field } = (await answer.json()) as { detail: string; field?: string };
  return { status: answer.status, detail, field };
}

describe('CloudEvents', () => {
  test('in structured mode are signals of their subject', async () => {
    const { send, signals } = await healerWith('');
    const answer = await send(path, JSON.stringify(event({ prunellanode: 'db1', other: 5 })), structured);
    expect(answer.status).toBe(202);
    expect(await signals()).toEqual([
      {
        id: 'A-1',
        source: '/monitors/one',
        type: 'com.example.database.down',
        resource: 'postgres/main',
        node: 'db1',
        status: 'firing',
        summary: 'the database is down',
        data: {
          summary: 'the database is down',
          load: 3,
          cloudevent: {
            prunellanode: 'db1',
            other: 5,
            time: '2026-11-26T08:00:00.5Z',
            subject: 'postgres/main',
          },
        },
      },
    ]);
  });

  test('in binary mode are the same, and their headers are percent-decoded', async () => {
    const { send, signals } = await healerWith('');
    const headers = binary({
      'ce-id': 'Euro%20%E2%82%AC%20%F0%9F%98%80',
      'ce-prunellastatus': '"resol\\ved"',
      'ce-comment': '%2525',
    });
    const answer = await send(path, '{"message":"it is back"}', headers);
    expect(answer.status).toBe(202);
    expect(await signals()).toMatchObject([
      {
        id: 'Euro € 😀',
        status: 'resolved',
        summary: 'it is back',
        // One round, and not two.
        data: { message: 'it is back', cloudevent: { comment: '%25' } },
      },
    ]);
  });

  test('carry data in Base64, as text, in bytes, and none', async () => {
    const { send, signals } = await healerWith('');
    const base64 = Buffer.from('{"summary":"from base64"}').toString('base64');
    const bare = event({ data: undefined, datacontenttype: 'application/json' });
    await send(path, JSON.stringify({ ...bare, id: '1', data_base64: base64 }), structured);
    await send(path, 'a text', binary({ 'ce-id': '2', 'content-type': 'text/plain' }));
    await send(path, Buffer.from([0, 255]), binary({ 'ce-id': '3', 'content-type': 'image/png' }));
    await send(path, '', binary({ 'ce-id': '4' }));
    const told = (await signals()).map(({ summary, data }) => [summary, data?.['data']]);
    expect(told).toEqual([
      ['from base64', undefined],
      ['com.example.database.down', 'a text'],
      ['com.example.database.down', undefined],
      ['com.example.database.down', undefined],
    ]);
  });

  test('of the same source and id are the same event, whichever mode brings them', async () => {
    const { send, signals } = await healerWith('');
    await send(path, JSON.stringify(event()), structured);
    const again = await send(path, '{}', binary());
    expect(await again.json()).toMatchObject({ taken: 0, duplicate: 1 });
    const other = await send(path, JSON.stringify(event({ source: '/monitors/two' })), structured);
    expect(await other.json()).toMatchObject({ taken: 1, duplicate: 0 });
    expect(await signals()).toHaveLength(2);
  });

  test('of a batch are each taken or not, and an empty batch is one', async () => {
    const { send, signals } = await healerWith('');
    const batch = [
      event({ id: '1' }),
      event({ id: '2', time: 'yesterday' }),
      event({ id: '3', subject: 'nobody' }),
      event({ id: '4' }),
    ];
    const answer = await send(path, JSON.stringify(batch), batched);
    expect(await answer.json()).toMatchObject({
      taken: 2,
      unmapped: 2,
      problems: [
        'events[1].time: must be a time of RFC 3339, such as 2026-11-26T08:00:00Z',
        'events[2]: its resource must be kind/name, such as postgres/main, and is "nobody"',
      ],
    });
    expect((await signals()).map(({ id }) => id)).toEqual(['1', '4']);
    expect((await send(path, '[]', batched)).status).toBe(202);
  });

  test.each([
    ['specversion', { specversion: '0.3' }, 'specversion: must be 1.0'],
    ['specversion', { specversion: undefined }, 'specversion: is missing; this takes CloudEvents 1.0'],
    ['id', { id: undefined }, 'id: is missing, or empty'],
    ['id', { id: '' }, 'id: must not be empty'],
    ['id', { id: 5 }, 'id: must be text'],
    ['source', { source: 'not a reference' }, 'source: must be a URI-reference'],
    ['type', { type: null }, 'type: is missing, or empty'],
    ['time', { time: '2026-13-45T00:00:00Z' }, /^time: must be a time/],
    ['dataschema', { dataschema: 'relative' }, 'dataschema: must be an absolute URI'],
    ['subject', { subject: '' }, 'subject: must not be empty'],
    ['Extension', { Extension: 'x' }, /^Extension: is no attribute/],
    ['data_base64', { data_base64: 'AAAA' }, 'data_base64: must not stand beside `data`'],
    ['data_base64', { data: undefined, data_base64: '-' }, 'data_base64: must be text in Base64'],
  ])('with a wrong %s are refused by the rule that they break', async (field, beside, detail) => {
    const { send } = await healerWith('');
    const answer = await problemOf(await send(path, JSON.stringify(event(beside)), structured));
    expect(answer).toEqual({
      status: 400,
      field,
      detail: typeof detail === 'string' ? detail : expect.stringMatching(detail),
    });
  });

  test('whose headers are wrong are refused by the header', async () => {
    const { send } = await healerWith('');
    const refused = async (beside: Readonly<Record<string, string>>) =>
      problemOf(await send(path, '{}', binary(beside)));
    expect(await refused({ 'ce-id': '100%' })).toMatchObject({ status: 400, field: 'ce-id' });
    expect(await refused({ 'ce-id': '%ff' })).toMatchObject({ status: 400, field: 'ce-id' });
    expect(await refused({ 'ce-id': 'caf\u00e9' })).toMatchObject({ status: 400, field: 'ce-id' });
    expect(await refused({ 'ce-datacontenttype': 'a/b' })).toMatchObject({ field: 'ce-datacontenttype' });
    expect(await problemOf(await send(path, 'no JSON', binary()))).toMatchObject({ field: 'body' });
    expect(await problemOf(await send(path, '{}'))).toMatchObject({ status: 415 });
    const avro = { 'content-type': 'application/cloudevents+avro' };
    expect(await problemOf(await send(path, '{}', avro))).toMatchObject({ status: 415 });
  });

  test('are mapped as the configuration says, and what is not meant is left out', async () => {
    const { send, signals, counts } = await healerWith(`sources:
  azure:
    type: cloudevents
    when: event.type.startsWith('com.example.')
    map:
      resource: "'postgres/' + event.data.cluster"
      node: event.data.host
      status: "event.data.state == 'ok' ? 'resolved' : 'firing'"
      summary: "event.data.cluster + ' is ' + event.data.state"
`);
    const named = `${path}/azure`;
    const data = { cluster: 'main', host: 'db1', state: 'broken' };
    const tell = (beside: Readonly<Record<string, unknown>>) =>
      send(named, JSON.stringify(event({ data, ...beside })), structured);
    expect((await tell({ id: '1' })).status).toBe(202);
    expect(await (await tell({ id: '2', type: 'other' })).json()).toMatchObject({ taken: 0, ignored: 1 });
    expect(await problemOf(await tell({ id: '3', data: { cluster: 'main', host: 5, state: 'x' } }))).toEqual({
      status: 422,
      detail: 'event: `node: event.data.host`: gave a number, and a text is wanted',
      field: undefined,
    });
    expect(await signals()).toMatchObject([
      { resource: 'postgres/main', node: 'db1', status: 'firing', summary: 'main is broken' },
    ]);
    expect(await counts('azure')).toMatchObject({ taken: 1, ignored: 1, unmapped: 1 });
  });
});
