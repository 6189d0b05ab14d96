import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseConfiguration } from '../../src/configuration/parse.ts';
import { SourceCounts } from '../../src/sources/source-counts.ts';
import { SourceDesk } from '../../src/sources/source-desk.ts';
import { serve } from '../server/serve.ts';
import { healerWith } from './healer-with-sources.ts';

const hook = (resource: string) =>
  `sources: { hook: { type: webhook, map: { resource: ${resource}, id: body.id } } }\n`;

test('a reload goes over to other sources, and one that is wrong leaves the former in force', async () => {
  const seen = await healerWith(hook('"\'postgres/main\'"'));
  const tell = async (id: string) =>
    (await seen.send('/v1/sources/webhook/hook', JSON.stringify({ id }))).status;
  const rewrite = (lines: string) => {
    const written = readFileSync(seen.configurationFile, 'utf8');
    writeFileSync(seen.configurationFile, written.replace(/^sources:[\s\S]*/m, lines));
    return seen.healer.reload();
  };
  expect(await tell('1')).toBe(202);
  await rewrite(hook('"\'redis/cache\'"'));
  expect(await tell('2')).toBe(202);
  await expect(rewrite(hook('"\'redis/cache\' +"'))).rejects.toThrow('CEL: ');
  expect(await tell('3')).toBe(202);
  await rewrite('sources: {}\n');
  expect(await tell('4')).toBe(404);
  expect((await seen.signals()).map(({ id, resource }) => `${id} ${resource}`)).toEqual([
    '1 postgres/main',
    '2 redis/cache',
    '3 redis/cache',
  ]);
});

test('an Alertmanager is told to come again by a status that each of them heeds, others by the usual one', async () => {
  const text = 'sources: { monitoring: { type: alertmanager } }\n';
  const { configuration } = parseConfiguration(text, 'prunella.yaml', {});
  const desk = new SourceDesk({}, new SourceCounts());
  desk.configure(configuration?.sources ?? {});
  const full = await serve({ sources: desk, intake: { requests: 0 } });
  expect((await full.post('/v1/sources/alertmanager/monitoring', {})).status).toBe(503);
  expect((await full.post('/v1/sources/cloudevents', {})).status).toBe(429);

  const busy = await serve({ sources: desk });
  busy.engine.receipt = { accepted: false, reason: '10000 inputs wait', later: 'busy' };
  const alert = {
    status: 'firing',
    labels: { alertname: 'A', prunella_resource: 'postgres/main' },
    startsAt: '2026-11-26T08:00:00Z',
    fingerprint: 'a',
  };
  const answer = await busy.post('/v1/sources/alertmanager/monitoring', { version: '4', alerts: [alert] });
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('1');
  expect(desk.counts().get('monitoring')).toMatchObject({ taken: 0, refused: 0 });
});
