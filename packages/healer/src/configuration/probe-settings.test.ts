import { describe, expect, it } from 'vitest';
import { parseConfiguration } from './parse.ts';
import { readProbeConfiguration } from './probe-settings.ts';

const environment = { SECRET: 'p@ss/wörd' };

async function probeOf(text: string) {
  const { configuration, problems } = parseConfiguration(
    `resources: { a/b: { probe: ${text} } }`,
    'prunella.yaml',
    environment,
  );
  expect(problems).toEqual([]);
  const probe = configuration?.resources['a/b']?.probe;
  if (probe === undefined) throw new Error('no probe was read');
  return readProbeConfiguration(probe, environment);
}

describe('a probe, once its secrets are read', () => {
  it('of PostgreSQL has a URL with everything in it, escaped', async () => {
    expect(
      await probeOf(
        '{ type: postgres, host: db1, port: 5433, user: app, database: main, password: { environment: SECRET } }',
      ),
    ).toEqual({
      type: 'postgres',
      url: 'postgres://app:p%40ss%2Fw%C3%B6rd@db1:5433/main',
      expect: 'any',
    });
    expect(await probeOf("{ type: postgres, host: '::1' }")).toMatchObject({
      url: 'postgres://postgres@[::1]:5432/postgres',
    });
    expect(await probeOf("{ type: postgres, url: 'postgres://db/x', expect: primary }")).toEqual({
      type: 'postgres',
      url: 'postgres://db/x',
      expect: 'primary',
    });
  });

  it('of Redis and RethinkDB has the password', async () => {
    expect(await probeOf('{ type: redis, password: { environment: SECRET } }')).toMatchObject({
      password: 'p@ss/wörd',
    });
    expect(await probeOf('{ type: rethinkdb, password: { environment: SECRET } }')).toMatchObject({
      password: 'p@ss/wörd',
    });
    expect(await probeOf('{ type: rethinkdb }')).toMatchObject({ password: '', port: 28015 });
  });

  it('over HTTP has its headers', async () => {
    const text =
      "{ type: http, url: 'http://h/', status: [200], headers: { accept: text/html, authorization: { environment: SECRET } } }";
    expect(await probeOf(text)).toEqual({
      type: 'http',
      url: 'http://h/',
      status: [200],
      headers: { accept: 'text/html', authorization: 'p@ss/wörd' },
    });
  });

  it('over TCP has its address', async () => {
    expect(await probeOf('{ type: tcp, port: 22 }')).toEqual({ type: 'tcp', host: '127.0.0.1', port: 22 });
  });
});
