import { describe, expect, test } from 'vitest';
import { incident } from './asking-incident.ts';
import { explained } from './explained.ts';
import { serve } from './serve.ts';

describe('a person’s command', () => {
  test('to approve reaches the resource of the attempt, in the name of the person', async () => {
    const { engine, post } = await serve();
    engine.incidentViews = [incident];
    const response = await post('/v1/attempts/a-1/approve', { by: 'berta' });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ accepted: true, note: 'done' });
    expect(engine.commands).toEqual([
      {
        resource: 'postgres/main',
        command: {
          id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          by: 'berta',
          command: { type: 'approve', attempt: 'a-1' },
        },
      },
    ]);
  });

  test('without a name is the token’s, and needs no body', async () => {
    const { engine, post } = await serve();
    engine.incidentViews = [incident];
    expect((await post('/v1/attempts/a-1/reject')).status).toBe(200);
    expect(engine.commands[0]?.command).toMatchObject({
      by: 'anna',
      command: { type: 'reject', attempt: 'a-1', reason: '' },
    });
  });

  test('reaches an attempt of a resource with the longest name that there can be', async () => {
    const { engine, post, call } = await serve();
    const resource = `postgres/${'x:'.repeat(95)}x`;
    const name = `${resource.replace('/', '~')}.mywppcdc`;
    const attempts = incident.attempts.map((attempt) => ({ ...attempt, attempt: `${name}.12` }));
    engine.incidentViews = [{ ...incident, incident: name, resource, attempts }];
    engine.write(resource, name);
    expect(resource).toHaveLength(200);
    expect((await post(`/v1/attempts/${encodeURIComponent(`${name}.12`)}/approve`)).status).toBe(200);
    expect((await post(`/v1/incidents/${encodeURIComponent(name)}/resume`)).status).toBe(200);
    for (const path of [`/v1/incidents/${name}/log`, `/v1/log?incident=${name}`]) {
      expect(await (await call(path)).json()).toMatchObject({ entries: [{ incident: name }] });
    }
  });

  test('reaches its attempt also where more incidents are open than a page holds', async () => {
    const { engine, post } = await serve();
    const attempts = incident.attempts.map((made) => ({ ...made, attempt: 'i-last.2' }));
    const others = Array.from({ length: 1_500 }, (_, index) => ({
      ...incident,
      incident: `i-${index}`,
      attempts: [],
    }));
    engine.incidentViews = [...others, { ...incident, incident: 'i-last', attempts }];
    expect((await post('/v1/attempts/i-last.2/approve')).status).toBe(200);
    expect(engine.commands).toHaveLength(1);
    expect((await post('/v1/attempts/i-last.3/approve')).status).toBe(404);
  });

  test('for an attempt that no open incident has is 404', async () => {
    const { engine, post } = await serve();
    const response = await post('/v1/attempts/a-9/approve');
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining('a-9') });
    expect(engine.commands).toEqual([]);
  });

  test('that the healer refuses is 409 with the reason', async () => {
    const { engine, post } = await serve();
    engine.incidentViews = [incident];
    engine.commandReceipt = { accepted: false, reason: 'the approval has expired' };
    const response = await post('/v1/attempts/a-1/approve');
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ detail: 'the approval has expired' });
  });

  test('to go on with an incident, or to close it, names the incident', async () => {
    const { engine, post } = await serve();
    engine.incidentViews = [incident];
    await post('/v1/incidents/i-1/resume', {});
    await post('/v1/incidents/i-1/close', { reason: 'mended by hand' });
    expect(engine.commands.map(({ command }) => command.command)).toEqual([
      { type: 'resume-ladder' },
      { type: 'close', reason: 'mended by hand' },
    ]);
    expect((await post('/v1/incidents/i-2/close', {})).status).toBe(404);
  });

  test('to pause and to resume everything', async () => {
    const { engine, post } = await serve();
    expect(await (await post('/v1/pause', { reason: 'deploy' })).json()).toEqual({ paused: true });
    expect(engine.paused).toEqual({ by: 'anna', reason: 'deploy' });
    expect(await (await post('/v1/resume')).json()).toEqual({ paused: false });
    expect(engine.paused).toBe(null);
  });

  test('with a word too many is 400, so that a misspelt reason is not lost', async () => {
    const { engine, post } = await serve();
    const response = await post('/v1/pause', { resaon: 'deploy' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ field: 'resaon' });
    expect(engine.paused).toBe(null);
  });
});

describe('what there is to see', () => {
  test('is only what is not ok where asked so, with how many there are', async () => {
    const { engine, call } = await serve();
    engine.explanations = [explained('redis/cache', 'open'), explained('postgres/main', 'ok')];
    const get = async (path: string) => (await call(path)).json();
    expect(await get('/v1/explanations?ok=false')).toMatchObject({
      known: 2,
      explanations: [{ resource: 'redis/cache' }],
    });
    expect(await get('/v1/explanations?ok=true')).toMatchObject({
      known: 2,
      explanations: [{ resource: 'postgres/main' }],
    });
    expect((await call('/v1/explanations?ok=perhaps')).status).toBe(400);
  });

  test('comes under its name', async () => {
    const { engine, call } = await serve();
    engine.incidentViews = [incident];
    const entry = engine.write('postgres/main', 'i-1');
    const get = async (path: string) => (await call(path)).json();
    expect(await get('/v1/explanations')).toEqual({
      paused: null,
      refusedConfiguration: null,
      deadChannels: [],
      known: 0,
      explanations: [],
    });
    expect(await get('/v1/incidents?open=true&limit=5')).toEqual({ paused: null, incidents: [incident] });
    expect(await get('/v1/log?after=0')).toEqual({ entries: [entry] });
    expect(await get('/v1/incidents/i-1/log')).toEqual({ entries: [entry] });
    expect(await get('/v1/incidents/i-1/log?after=1')).toEqual({ entries: [] });
    expect(await get('/v1/healer')).toMatchObject({ version: '0.1.0', pid: 1, startedAt: 5 });
  });

  test('an incident that never was is 404', async () => {
    const { call } = await serve();
    expect((await call('/v1/incidents/i-9/log')).status).toBe(404);
  });

  test.each(['limit=0', 'limit=1001', 'limit=x', 'open=maybe'])('%s is refused', async (wrong) => {
    const { call } = await serve();
    const response = await call(`/v1/incidents?${wrong}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ field: wrong.split('=', 1)[0] });
  });
});
