import type { Explanation } from '@prunella/core';
import { describe, expect, test } from 'vitest';
import type { IncidentView } from '../../src/engine/engine.ts';
import { explained } from './explained.ts';
import { adminToken, serve } from './serve.ts';

function incident(openedAt: number): IncidentView {
  return {
    incident: `postgres/main ${openedAt}`,
    resource: 'postgres/main',
    playbook: 'database',
    state: 'closed',
    openedAt,
    firstFaultAt: openedAt,
    closedAt: openedAt + 1,
    story: 'unreachable; mended',
    attempts: [],
  };
}

type Call = Awaited<ReturnType<typeof serve>>['call'];

interface Page {
  readonly incidents?: unknown[];
  readonly entries?: unknown[];
  readonly explanations?: unknown[];
  readonly items?: unknown[];
  readonly next?: string;
}

/** Follows `next` to its end, with something happening after each page. */
async function readAll(
  call: Call,
  path: string,
  field: 'incidents' | 'entries' | 'explanations',
  between: () => void = () => {},
) {
  const pages: unknown[][] = [];
  let next: string | undefined;
  do {
    const cursor = next === undefined ? '' : `&cursor=${encodeURIComponent(next)}`;
    const answer = (await (await call(`${path}${cursor}`)).json()) as Page;
    pages.push(answer[field] ?? []);
    next = answer.next;
    between();
  } while (next !== undefined);
  return pages;
}

describe('a list that is longer than a page', () => {
  test('is read to its end by `next`, and the last page has none', async () => {
    const { engine, call } = await serve();
    engine.incidentViews = [5, 4, 3, 2, 1].map(incident);
    const pages = await readAll(call, '/v1/incidents?limit=2', 'incidents');
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(pages.flat()).toEqual(engine.incidentViews);
  });

  test('that ends with a full page has no empty one behind it', async () => {
    const { engine, call } = await serve();
    engine.incidentViews = [2, 1].map(incident);
    expect(await readAll(call, '/v1/incidents?limit=2', 'incidents')).toEqual([engine.incidentViews]);
  });

  test('repeats and hides nothing while incidents open', async () => {
    const { engine, call } = await serve();
    const before = [3, 2, 1].map(incident);
    engine.incidentViews = before;
    let openedAt = 10;
    const pages = await readAll(call, '/v1/incidents?limit=1', 'incidents', () => {
      openedAt += 1;
      engine.incidentViews = [incident(openedAt), ...engine.incidentViews];
    });
    expect(pages.flat()).toEqual(before);
  });

  test('goes on with the log where the page before ended', async () => {
    const { engine, call } = await serve();
    for (let entry = 0; entry < 5; entry += 1) engine.write('postgres/main', 'i-1');
    for (const path of ['/v1/log?limit=2', '/v1/incidents/i-1/log?limit=2']) {
      expect((await readAll(call, path, 'entries')).flat()).toEqual(engine.entries);
    }
  });

  test('of the log ends where the log ended, and `after` goes on behind it', async () => {
    const { engine, call } = await serve();
    engine.write('postgres/main');
    expect(await (await call('/v1/log?limit=1')).json()).not.toHaveProperty('next');
    const entry = engine.write('postgres/main');
    expect(await (await call('/v1/log?after=1')).json()).toEqual({ entries: [entry] });
  });
});

describe('a cursor', () => {
  const ofTheLog = Buffer.from(JSON.stringify(['log', { after: 3 }])).toString('base64url');
  test.each([
    ['that was made up', '/v1/incidents?cursor=abc'],
    ['of another list', `/v1/incidents?cursor=${ofTheLog}`],
    [
      'with another place in it',
      `/v1/log?cursor=${Buffer.from('["log",{"after":-1}]').toString('base64url')}`,
    ],
    ['beside `after`', `/v1/log?after=3&cursor=${ofTheLog}`],
    ['that is too long', `/v1/log?cursor=${'a'.repeat(1_001)}`],
  ])('%s is refused, and named', async (_, path) => {
    const { call } = await serve();
    const response = await call(path);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ type: 'urn:prunella:problem:malformed', field: 'cursor' });
  });
});

describe('explanations in pages', () => {
  const names = (pages: unknown[][]) => pages.map((page) => page.map((one) => (one as Explanation).resource));

  test('are read to their end, the sick first, and explained once for all who read on', async () => {
    const { engine, call } = await serve();
    const [sick, well] = [
      ['b', 'd'],
      ['a', 'c', 'e'],
    ];
    engine.explanations = [
      ...sick.map((name) => explained(name, 'open')),
      ...well.map((name) => explained(name, 'ok')),
    ];
    const path = '/v1/explanations?limit=2';
    expect(names(await readAll(call, path, 'explanations'))).toEqual([['b', 'd'], ['a', 'c'], ['e']]);
    expect(engine.explained).toBe(1);
    expect(names(await readAll(call, `${path}&ok=true`, 'explanations'))).toEqual([['a', 'c'], ['e']]);
    expect(names(await readAll(call, `${path}&ok=false`, 'explanations'))).toEqual([sick]);
    const { next } = (await (await call(path)).json()) as Page;
    expect((await call(`/v1/incidents?cursor=${next}`)).status).toBe(400);
  });
});

describe('tokens in pages', () => {
  test('are read to their end while others are made and end', async () => {
    const { call, post } = await serve();
    for (const name of ['a', 'b', 'c']) await post('/v1/tokens', { name, role: 'viewer' }, adminToken);
    let made = 0;
    const asAdmin: Call = (path, init) => call(path, { ...init, token: adminToken });
    const between = async () => {
      made += 1;
      await post('/v1/tokens', { name: `new-${made}`, role: 'viewer' }, adminToken);
      if (made === 1) await post('/v1/tokens/a/revoke', undefined, adminToken);
      if (made > 3) throw new Error('it never ends');
    };
    const first = (await (await asAdmin('/v1/tokens?limit=5')).json()) as Page;
    await between();
    const second = await asAdmin(`/v1/tokens?limit=500&cursor=${first.next}`);
    const rows = [...(first.items ?? []), ...((await second.json()) as Required<Page>).items];
    const listed = rows.map((row) => (row as { name: string }).name);
    expect(listed.toSorted()).toEqual(['a', 'actioner', 'anna', 'b', 'c', 'new-1', 'root', 'wall']);
    expect((await asAdmin('/v1/tokens?limit=0')).status).toBe(400);
  });
});

test('one incident is read by its name', async () => {
  const { engine, call } = await serve();
  engine.incidentViews = [2, 1].map(incident);
  const [, older] = engine.incidentViews;
  const path = `/v1/incidents/${encodeURIComponent(older?.incident ?? '')}`;
  expect(await (await call(path)).json()).toEqual(older);
  expect((await call('/v1/incidents/never')).status).toBe(404);
});
