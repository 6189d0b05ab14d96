import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Configuration } from './configuration.ts';
import { parseConfiguration } from './parse.ts';

const file = '/etc/prunella/prunella.yaml';

function read(text: string, environment: Record<string, string> = {}): Configuration {
  const { configuration, problems } = parseConfiguration(text, file, environment);
  expect(problems).toEqual([]);
  if (configuration === null) throw new Error('no configuration was read');
  return configuration;
}

function problemsOf(text: string, environment: Record<string, string> = {}) {
  return parseConfiguration(text, file, environment).problems;
}

describe('prunella.yaml', () => {
  it('takes sizes with their unit, and at least what a store needs', () => {
    const sizeOf = (size: string) =>
      read(`store: { retention: { size: ${size} } }\n`).store.retention.sizeBytes;
    expect(sizeOf('16MiB')).toBe(16 * 1_024 ** 2);
    expect(sizeOf('1.5GiB')).toBe(1_536 * 1_024 ** 2);
    expect(sizeOf('2TiB')).toBe(2 * 1_024 ** 4);
    const refused = (size: string) => problemsOf(`store: { retention: { size: ${size} } }\n`)[0]?.message;
    expect(refused('15MiB')).toContain('must be at least 16MiB');
    expect(refused('2GB')).toContain('must be a size with its unit, such as 500MiB or 2GiB');
    expect(refused('100000000')).toContain('must be a size with its unit');
    expect(problemsOf('store: { retention: { age: 23h } }\n')[0]?.message).toContain('must be between');
  });

  it('needs next to nothing: the rest has defaults', () => {
    expect(read('resources: {}\n')).toEqual({
      store: {
        folder: '/etc/prunella/prunella-data',
        retention: {
          ageMs: 90 * 24 * 60 * 60 * 1_000,
          auditAgeMs: 366 * 24 * 60 * 60 * 1_000,
          sizeBytes: 2 * 1_024 ** 3,
        },
      },
      server: {
        host: '127.0.0.1',
        port: 7766,
        hosts: [],
        metrics: 'token',
        sessions: { idleMs: 12 * 60 * 60 * 1_000, longestMs: 7 * 24 * 60 * 60 * 1_000 },
      },
      tokens: {},
      playbooks: ['/etc/prunella/playbooks'],
      resources: {},
      backends: {},
      sources: {},
      monitors: {},
      outgoing: { allow: [] },
      drills: {},
      heartbeat: { everyMs: 60_000, method: 'GET', timeoutMs: 10_000 },
      timing: { reportHeartbeatMs: 5_000, reportHeartbeatOkMs: 30_000, graceAfterStartMs: 60_000 },
      fleet: {
        concurrency: 3,
        disruptedDomains: 1,
        isolation: { leastResources: 3, share: 0.5, withinMs: 60_000 },
        storm: { incidents: 5, leastResources: 3, share: 0.2, withinMs: 300_000 },
      },
      notifications: {
        channels: {},
        digest: { after: 5, withinMs: 60_000 },
        retry: { forMs: 86_400_000, attempts: 200, longestMs: 900_000 },
        queue: 500,
      },
    });
  });

  it('refuses to ask the whole cluster by the probe of one node', () => {
    const problems = problemsOf(`resources:
  rethinkdb/main:
    probe: { type: rethinkdb, members: [{ host: db2 }], tables: [app.*] }
    nodes:
      db1: { target: db1, probe: { type: rethinkdb, tables: [app.*] } }
`);
    expect(problems).toMatchObject([
      { line: 5, message: expect.stringContaining("write them at the resource's probe") },
    ]);
  });

  it('names resources, their nodes, and how each is checked', () => {
    const { resources } = read(
      `
resources:
  postgres/main:
    labels: { tier: gold }
    nodes:
      db1:
        target: db1.example
        probe: { type: postgres, host: db1, password: { environment: PGPASSWORD }, interval: 1s, timeout: 500ms }
      db2: { target: db2.example }
  redis/cache:
    probe: { type: redis, port: 6380 }
`,
      { PGPASSWORD: 'x' },
    );
    expect(resources['postgres/main']).toMatchObject({
      labels: { tier: 'gold' },
      nodes: {
        db1: {
          target: 'db1.example',
          probe: {
            intervalMs: 1_000,
            timeoutMs: 500,
            check: { type: 'postgres', host: 'db1', password: { environment: 'PGPASSWORD' } },
          },
        },
        db2: { target: 'db2.example' },
      },
    });
    expect(resources['redis/cache']?.probe).toMatchObject({
      intervalMs: 5_000,
      timeoutMs: 2_000,
      check: { type: 'redis', host: '127.0.0.1', port: 6380 },
    });
  });

  it('names Salt by its API or by its hooks', () => {
    const salt = (text: string) => read(`backends: { salt: { ${text} } }`, { SECRET: 'x' }).backends.salt;
    const url = "url: 'http://127.0.0.1:8000'";
    expect(salt(`mode: api, ${url}, username: healer, password: { environment: SECRET }`)).toMatchObject({
      mode: 'api',
      eauth: 'sharedsecret',
      limits: { perMaster: 10, perMinion: 1 },
      fences: 'module',
    });
    expect(salt(`mode: hook, ${url}, secret: { environment: SECRET }`)).toMatchObject({
      mode: 'hook',
      hookPath: '/hook',
    });
  });

  it('takes relative paths from the folder of the file, absolute ones as they are', () => {
    const { store, playbooks, tokens } = read(
      'store: { folder: ../data }\nplaybooks: [books, /srv/one.yaml]\ntokens: { operator: { file: operator.token } }\n',
    );
    expect(store.folder).toBe('/etc/data');
    expect(playbooks).toEqual(['/etc/prunella/books', '/srv/one.yaml']);
    expect(tokens.operator).toEqual({ file: '/etc/prunella/operator.token' });
  });

  it('tells all that is wrong at once, with places and suggestions', () => {
    const problems = problemsOf(`store: { foldr: data }
server: { port: 99999 }
resources:
  Postgres: {}
  postgres/main:
    probe: { type: postgre }
    nodes: { db1: { probe: { type: tcp, prt: 5432 } } }
backends:
  salt: { mode: hok }
  slat: {}
`);
    expect(problems.map(({ line, column, code, suggestion }) => [line, column, code, suggestion])).toEqual([
      [1, 10, 'unknown-key', 'did you mean `folder`?'],
      [2, 17, 'wrong-value', null],
      [4, 3, 'wrong-key', null],
      [6, 20, 'wrong-value', 'did you mean `postgres`?'],
      [7, 28, 'missing', null],
      [7, 41, 'unknown-key', 'did you mean `port`?'],
      [9, 17, 'wrong-value', 'did you mean `hook`?'],
      [10, 3, 'unknown-key', 'did you mean `salt`?'],
    ]);
  });

  it('is one document, and not empty', () => {
    expect(problemsOf('')).toMatchObject([{ code: 'empty', severity: 'error' }]);
    expect(problemsOf('store: {}\n---\nserver: {}\n')).toMatchObject([{ code: 'second-document', line: 3 }]);
  });

  it('that says nothing is empty, whatever else is remarked of it', () => {
    for (const text of ['', '# nothing', '!tag']) {
      const { configuration, problems } = parseConfiguration(text, file, {});
      expect(configuration).toBeNull();
      expect(problems.at(-1)).toMatchObject({ severity: 'error', code: 'empty' });
    }
  });

  it('has an answer for any bytes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.string({ unit: 'binary' })), (any) => {
        const { configuration, problems } = parseConfiguration(any, file, {});
        expect(configuration === null).toBe(problems.some(({ severity }) => severity === 'error'));
      }),
      { numRuns: 300 },
    );
  });

  it('with 10,000 resources is read within seconds', () => {
    const resources = Array.from({ length: 10_000 }, (_, index) => {
      return `  redis/r${index}: { nodes: { a: { target: m${index}, probe: { type: redis, port: 6379 } } } }`;
    });
    const begun = performance.now();
    expect(Object.keys(read(`resources:\n${resources.join('\n')}\n`).resources).length).toBe(10_000);
    expect(performance.now() - begun).toBeLessThan(20_000);
  }, 30_000);
});

describe('secrets in prunella.yaml', () => {
  it.each([
    'tokens: { operator: geheim }',
    'tokens: { operator: [geheim] }',
    'resources: { redis/a: { probe: { type: redis, password: geheim } } }',
    'resources: { redis/a: { probe: { type: redis, password: geheim, prt: 1 } } }',
    "backends: { salt: { mode: api, url: 'http://h:1', username: a, password: geheim } }",
    'backends: { salt: { mode: hook, secret: geheim } }',
  ])('are refused in plain text, and not shown: %s', (text) => {
    const { configuration, problems } = parseConfiguration(text, file, {});
    expect(configuration).toBeNull();
    expect(problems.some(({ message }) => message.includes('{ environment: NAME } or { file: path }'))).toBe(
      true,
    );
    expect(JSON.stringify(problems)).not.toContain('geheim');
  });

  it.each([
    "resources: { postgres/a: { probe: { type: postgres, url: 'postgres://app:geheim@db/main' } } }",
    'backends: { process: { services: { db: { command: [db], environment: { DB_PASSWORD: geheim } } } } }',
  ])('are warned of where they can only be guessed, and not shown: %s', (text) => {
    const { configuration, problems } = parseConfiguration(text, file, {});
    expect(configuration).not.toBeNull();
    expect(problems).toMatchObject([{ code: 'secret-in-plain-text', severity: 'warning', text: '(hidden)' }]);
    expect(JSON.stringify(problems)).not.toContain('geheim');
  });

  it('are warned of where their variable is not set, since the healer may run elsewhere', () => {
    const text = 'tokens: { operator: { environment: OPERATOR_TOKEN } }';
    expect(problemsOf(text, { OPERATOR_TOKEN: 'geheim' })).toEqual([]);
    expect(problemsOf(text)).toMatchObject([{ code: 'secret-not-set', severity: 'warning' }]);
  });

  it.each([
    'resources: { redis/a: { labels: { environment: production, file: no } } }',
    'backends: { process: { services: { db: { command: [db], environment: { environment: live } } } } }',
  ])('are not looked for where a name only reads like a reference: %s', (text) => {
    expect(problemsOf(text)).toEqual([]);
  });
});
