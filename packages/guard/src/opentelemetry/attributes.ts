import type { Attributes } from '@opentelemetry/api';

/** `db.system.name` of the semantic conventions, by driver; others, such as fetch, are no databases. */
const systems: Readonly<Partial<Record<string, string>>> = {
  pg: 'postgresql',
  ioredis: 'redis',
  redis: 'redis',
  rethinkdb: 'rethinkdb',
  'rethinkdb-ts': 'rethinkdb',
};

export function attributesOf(resource: string, driver: string): Attributes {
  const system = systems[driver];
  return { 'prunella.resource': resource, ...(system !== undefined && { 'db.system.name': system }) };
}
