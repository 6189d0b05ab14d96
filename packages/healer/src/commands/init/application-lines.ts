import { type InitAnswers, type ResourceKind, resourceOf } from './answers.ts';

/** What the application adds: five lines, for the driver that most use. */
export function applicationLines(answers: InitAnswers, tokenFile: string): readonly string[] {
  const { module, imported, made, call } = drivers[answers.kind];
  const { application, healerPort } = answers;
  const wrapped = made.replace('URL', JSON.stringify(answers.url));
  return [
    "import { attach, configureReporting } from '@prunella/guard';",
    `import { ${imported} } from '@prunella/guard/${module}';`,
    `configureReporting({ service: '${application}', healer: 'http://127.0.0.1:${healerPort}', tokenFile: '${tokenFile}' });`,
    `const guarded = attach(${wrapped}, { resource: '${resourceOf(answers)}', deadlineMs: 2_000 });`,
    call,
  ];
}

/** For a driver beside the usual one. */
export function otherDriver(kind: ResourceKind): string | null {
  return drivers[kind].other ?? null;
}

interface Driver {
  readonly module: string;
  readonly imported: string;
  readonly made: string;
  readonly call: string;
  readonly other?: string;
}

const drivers: Readonly<Record<ResourceKind, Driver>> = {
  postgres: {
    module: 'pg',
    imported: 'pgPool',
    made: 'pgPool(pool)',
    call: "const { rows } = await guarded.run((db) => db.query('select 1')); // in place of pool.query",
  },
  redis: {
    module: 'ioredis',
    imported: 'ioredisClient',
    made: 'ioredisClient(client)',
    call: "const value = await guarded.run((redis) => redis.get('key')); // in place of client.get",
    other: "for node-redis: redisClient of '@prunella/guard/redis'",
  },
  rethinkdb: {
    module: 'rethinkdb-ts',
    imported: 'rethinkdbPool',
    made: 'rethinkdbPool(r)',
    call: "const rows = await guarded.run((db) => db.run(r.table('monitors'))); // in place of r.table('monitors').run()",
    other: "for the driver rethinkdb: rethinkdbClient of '@prunella/guard/rethinkdb'",
  },
  http: {
    module: 'http',
    imported: 'httpService',
    made: 'httpService(fetch, { ping: URL })',
    call: 'const status = await guarded.run(async (http) => (await http.fetch(address)).status); // in place of fetch(address)',
  },
};
