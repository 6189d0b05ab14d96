import { describe, expect, test } from 'vitest';
import type { ResourceDetail, ResourceView } from '../../src/engine/resource-view.ts';
import { shapes } from '../../src/server/openapi/shapes/index.ts';
import type { PlaybookDetail, PlaybookView } from '../../src/server/playbook-views.ts';
import { aReport, playbooks, smallFleet } from '../healer/small-fleet.ts';

interface Page<Item> {
  readonly items: readonly Item[];
  readonly next?: string;
}

describe('GET /v1/resources', () => {
  test('tells of each what is declared and how it is', async () => {
    const { ask } = await smallFleet();
    const { items, next } = await ask<Page<ResourceView>>('/v1/resources');
    expect(next).toBeUndefined();
    expect(items.map(({ resource }) => resource)).toEqual([
      'postgres/main',
      'postgres/replica',
      'redis/cache',
      'tcp/lonely',
    ]);
    expect(items[0]).toMatchObject({
      labels: { team: 'shop' },
      playbook: 'database',
      dependsOn: [],
      probe: { status: 'none' },
      nodes: [{ name: 'one', target: 'database', probe: { status: 'waiting', since: null, failure: null } }],
      observers: { ok: 0, degraded: 0, down: 0, unknown: 0 },
    });
    expect(items[2]).toMatchObject({ playbook: 'cache', dependsOn: ['postgres/main'] });
    expect(items[3]).toMatchObject({ playbook: null, dependsOn: [] });
  });

  test('is read page by page, and by pattern', async () => {
    const { ask } = await smallFleet();
    const first = await ask<Page<ResourceView>>('/v1/resources?limit=3');
    expect(first.items).toHaveLength(3);
    const second = await ask<Page<ResourceView>>(`/v1/resources?limit=3&cursor=${first.next}`);
    expect(second.items.map(({ resource }) => resource)).toEqual(['tcp/lonely']);
    expect(second.next).toBeUndefined();
    const matched = await ask<Page<ResourceView>>('/v1/resources?limit=1&match=postgres/*');
    expect(matched).toMatchObject({ items: [{ resource: 'postgres/main' }], next: expect.any(String) });
    const rest = await ask<Page<ResourceView>>(`/v1/resources?match=postgres/*&cursor=${matched.next}`);
    expect(rest.items.map(({ resource }) => resource)).toEqual(['postgres/replica']);
  });

  test('refuses what it does not know, by name', async () => {
    const { ask } = await smallFleet();
    expect(await ask('/v1/resources?limit=501')).toMatchObject({ status: 400, field: 'limit' });
    expect(await ask('/v1/resources?sate=open')).toMatchObject({ status: 400, field: 'sate' });
  });
});

describe('GET /v1/resources/:kind/:name', () => {
  test('tells what each instance sees, the steps, and who depends on it', async () => {
    const { ask, engine } = await smallFleet();
    expect(engine.report(aReport('shop/app1/1'))).toBeNull();
    expect(engine.report(aReport('shop/app1/2'))).toBeNull();
    const detail = await ask<ResourceDetail & { next?: string }>('/v1/resources/postgres/main?limit=1');
    expect(detail).toMatchObject({
      resource: 'postgres/main',
      dependants: { names: ['redis/cache'], count: 1 },
      steps: [
        {
          step: 'recording.repair',
          effect: 'disrupts',
          written: 'auto',
          inForce: 'auto',
          line: 5,
          record: { runs: 0, effective: 0 },
        },
      ],
      instances: [
        { instance: 'shop/app1/1', host: 'app1', condition: 'down', kinds: ['unreachable'], silent: false },
      ],
    });
    const cursor = encodeURIComponent(detail.next ?? '');
    const rest = await ask<ResourceDetail>(`/v1/resources/postgres/main?limit=1&cursor=${cursor}`);
    expect(rest.instances.map(({ instance }) => instance)).toEqual(['shop/app1/2']);
    expect(rest).not.toHaveProperty('next');
  });

  test('says where to look for one that there is not', async () => {
    const { ask } = await smallFleet();
    expect(await ask('/v1/resources/postgres/mian')).toMatchObject({
      type: 'urn:prunella:problem:not-found',
      detail: 'there is no resource postgres/mian: GET /v1/resources lists them',
    });
  });
});

test('what is answered is what OpenAPI says', async () => {
  const { ask, engine } = await smallFleet();
  engine.report(aReport('shop/app1/1'));
  shapes.Resources.parse(await ask('/v1/resources'));
  shapes.Resource.parse(await ask('/v1/resources/postgres/main'));
  shapes.Playbooks.parse(await ask('/v1/playbooks'));
  shapes.Playbook.parse(await ask('/v1/playbooks/cache'));
});

describe('GET /v1/playbooks', () => {
  test('names each with its file, its resources, its steps and what is to be said of it', async () => {
    const { ask } = await smallFleet();
    const { items } = await ask<Page<PlaybookView>>('/v1/playbooks');
    expect(items).toMatchObject([
      { name: 'cache', file: 'playbooks/all.yaml', resources: { names: ['redis/cache'], count: 1 } },
      {
        name: 'database',
        file: 'playbooks/all.yaml',
        resources: { names: ['postgres/main', 'postgres/replica'], count: 2 },
        steps: [{ id: 'recording.repair', effect: 'disrupts', autonomy: 'auto', line: 5 }],
      },
    ]);
    const unprobed = items[0]?.problems.find(({ code }) => code === 'no-probe');
    expect(unprobed).toMatchObject({ severity: 'warning', file: 'playbooks/all.yaml' });
    expect(unprobed?.line).toBeGreaterThan(0);
  });

  test('is read page by page', async () => {
    const { ask } = await smallFleet();
    const first = await ask<Page<PlaybookView>>('/v1/playbooks?limit=1');
    expect(first.items).toMatchObject([{ name: 'cache' }]);
    expect(await ask(`/v1/playbooks?cursor=${first.next}`)).toMatchObject({ items: [{ name: 'database' }] });
  });

  test('shows the text that is in force, whatever the file says by now', async () => {
    const { ask } = await smallFleet();
    expect((await ask<PlaybookDetail>('/v1/playbooks/database')).text).toBe(playbooks);
    expect(await ask('/v1/playbooks/none')).toMatchObject({ status: 404 });
  });
});
