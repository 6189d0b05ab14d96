import { describe, expect, test } from 'vitest';
import { healerWith, openingPlaybook } from './healer-with-sources.ts';

const path = '/v1/sources/alertmanager/monitoring';

const sources = `sources:
  monitoring:
    type: alertmanager
    map:
      - labels: { job: redis, instance: '10.0.0.*' }
        resource: redis/cache
        nodeLabel: instance
        nodes: { '10.0.0.5:9121': cache1 }
      - labels: { job: postgres }
        resource: postgres/main
        node: db1
`;

const alert = (labels: Readonly<Record<string, string>>, beside: Readonly<Record<string, unknown>> = {}) => ({
  status: 'firing',
  labels: { alertname: 'Broken', ...labels },
  annotations: { summary: 'it is broken' },
  startsAt: '2026-11-26T08:00:00Z',
  endsAt: '0001-01-01T00:00:00Z',
  generatorURL: 'http://prometheus/graph',
  fingerprint: `f-${Object.values(labels).join('-')}`,
  ...beside,
});

const payload = (alerts: readonly unknown[], beside: Readonly<Record<string, unknown>> = {}) =>
  JSON.stringify({
    version: '4',
    receiver: 'prunella',
    status: 'firing',
    truncatedAlerts: 0,
    alerts,
    ...beside,
  });

describe('alerts of an Alertmanager', () => {
  test('are mapped by their label, then by the first rule that fits, and what fits nothing is told of', async () => {
    const { send, signals, counts } = await healerWith(sources);
    const answer = await send(
      path,
      payload([
        alert({ prunella_resource: 'postgres/main', prunella_node: 'db1', job: 'redis' }),
        alert({ job: 'redis', instance: '10.0.0.5:9121' }),
        alert({ job: 'redis', instance: '10.0.0.6:9121' }),
        alert({ job: 'postgres' }),
        alert({ job: 'redis', instance: '192.168.0.1:9121' }),
        { status: 'firing' },
        alert({ prunella_resource: 'No Name' }),
      ]),
    );
    expect(answer.status).toBe(202);
    expect(await answer.json()).toEqual({
      taken: 4,
      duplicate: 0,
      ignored: 0,
      unmapped: 3,
      refused: 0,
      problems: [
        'alerts[4]: Broken has no label prunella_resource, and no rule of `map` fits its labels',
        expect.stringMatching(/^alerts\[5\]: labels: /),
        'alerts[6]: Broken: its resource must be kind/name, such as postgres/main, and is "No Name"',
      ],
    });
    expect((await signals()).map(({ resource, node }) => [resource, node])).toEqual([
      ['postgres/main', 'db1'],
      ['redis/cache', 'cache1'],
      ['redis/cache', '10.0.0.6:9121'],
      ['postgres/main', 'db1'],
    ]);
    expect(await counts('monitoring')).toEqual({
      taken: 4,
      duplicate: 0,
      ignored: 0,
      unmapped: 3,
      refused: 0,
    });
  });

  test('are the same while fingerprint and start are, from whichever of a pair they come, and anew after', async () => {
    const { send } = await healerWith(sources);
    const fate = async (one: unknown) => {
      const { taken, duplicate } = (await (await send(path, payload([one]))).json()) as Record<
        string,
        number
      >;
      return taken === 1 ? 'taken' : duplicate === 1 ? 'duplicate' : 'neither';
    };
    const first = alert({ job: 'postgres' });
    const ended = { ...first, status: 'resolved', endsAt: '2026-11-26T08:05:00Z' };
    expect(await fate(first)).toBe('taken');
    expect(await fate({ ...first, annotations: { summary: 'told again' } })).toBe('duplicate');
    expect(await fate(ended)).toBe('taken');
    expect(await fate(ended)).toBe('duplicate');
    expect(await fate({ ...first, startsAt: '2026-11-26T09:00:00Z' })).toBe('taken');
    // Before release 0.19 there is no fingerprint: the labels are the alert.
    const { fingerprint: _, ...old } = alert({ job: 'postgres', cluster: 'b' });
    expect(await fate(old)).toBe('taken');
    expect(await fate(old)).toBe('duplicate');
    expect(await fate({ ...old, labels: { ...old.labels, cluster: 'c' } })).toBe('taken');
  });

  test('that Alertmanager or the healer leaves out are counted, and the others are taken', async () => {
    const { send } = await healerWith(sources);
    const many = Array.from({ length: 1_001 }, (_, index) =>
      alert({ job: 'postgres', index: String(index) }),
    );
    const answer = await send(path, payload(many, { truncatedAlerts: 5 }));
    const { taken, unmapped, problems } = (await answer.json()) as Record<string, unknown>;
    expect({ status: answer.status, taken, unmapped }).toEqual({ status: 202, taken: 1_000, unmapped: 6 });
    expect(problems).toEqual([
      expect.stringContaining('alerts[1000]: more than 1000 alerts in one request'),
      expect.stringContaining("5 more alerts were left out by Alertmanager's own `max_alerts`"),
    ]);
  });

  test('for nobody here are refused in the answer, and not by a status that is tried again for ever', async () => {
    const { send, counts } = await healerWith(sources, {
      playbook: openingPlaybook.replace("'*'", 'postgres/*'),
    });
    const answer = await send(path, payload([alert({ prunella_resource: 'redis/cache' })]));
    expect(answer.status).toBe(202);
    expect(await answer.json()).toMatchObject({
      taken: 0,
      refused: 1,
      problems: [expect.stringMatching(/^alerts\[0\]: no playbook owns redis\/cache/)],
    });
    expect(await counts('monitoring')).toMatchObject({ taken: 0, refused: 1 });
  });

  test('in another form, from nobody, or for a source that is not there are answered by what to do', async () => {
    const { send } = await healerWith(sources);
    const problem = async (answer: Response) => ({
      status: answer.status,
      ...((await answer.json()) as { detail: string }),
    });
    expect(await problem(await send(path, '{"version":"3","alerts":[]}'))).toMatchObject({
      status: 400,
      detail: 'version: this is no webhook of Alertmanager, version 4',
    });
    expect(await problem(await send(path, 'no JSON'))).toMatchObject({ status: 400 });
    expect(await problem(await send(path, payload([]), {}, null))).toMatchObject({ status: 401 });
    expect(await problem(await send(path, payload([]), {}, 'wrong'))).toMatchObject({ status: 401 });
    expect(await problem(await send('/v1/sources/alertmanager/monitorin', payload([])))).toMatchObject({
      status: 404,
      detail: 'there is no source monitorin of type alertmanager: did you mean monitoring?',
    });
  });

  test('find a healer that stops at 503, which every Alertmanager tries again', async () => {
    const { send, engine } = await healerWith(sources);
    await engine.stop();
    const answer = await send(path, payload([alert({ job: 'postgres' })]));
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});
