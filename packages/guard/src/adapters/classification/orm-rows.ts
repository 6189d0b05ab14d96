import type { Row } from './row.ts';

/**
 * What ORMs say of their own pools: the resource is not to blame. Knex gives a query's own `timeout` the same
 * class; only the text tells.
 */
export const ormPoolRows: readonly Row[] = [
  {
    name: 'knex-query-timeout',
    when: { name: 'KnexTimeoutError', text: /^Defined query timeout/ },
    kind: 'timeout',
    outcomeUnknown: true,
    evict: true,
  },
  { name: 'knex-pool-starved', when: { name: 'KnexTimeoutError' }, kind: 'local' },
  { name: 'prisma-pool-starved', when: { code: 'P2024' }, kind: 'local' },
  {
    name: 'prisma-transaction-not-started',
    when: { code: 'P2028', text: /Unable to start a transaction in the given time/ },
    kind: 'local',
  },
  { name: 'sequelize-pool-starved', when: { name: 'SequelizeConnectionAcquireTimeoutError' }, kind: 'local' },
];

/**
 * Prisma's codes, from "Error message reference" in its documentation. After the rows of the driver, whose error
 * says more where Prisma passes it on.
 */
export const prismaRows: readonly Row[] = [
  { name: 'prisma-login-refused', when: { code: /^P10(00|10|11)$/ }, kind: 'auth' },
  { name: 'prisma-not-reached', when: { code: 'P1001' }, kind: 'unreachable' },
  { name: 'prisma-connect-slow', when: { code: 'P1002' }, kind: 'timeout' },
  { name: 'prisma-no-such-database', when: { code: 'P1003' }, kind: 'caller' },
  { name: 'prisma-timed-out', when: { code: 'P1008' }, kind: 'timeout', outcomeUnknown: true },
  { name: 'prisma-closed', when: { code: 'P1017' }, kind: 'unreachable', outcomeUnknown: true },
  { name: 'prisma-too-many-connections', when: { code: 'P2037' }, kind: 'resource-exhausted' },
  // P2010 is a raw query that failed, for whatever reason.
  { name: 'prisma-own-query', when: { code: /^P2(?!010)[0-9]{3}$/ }, kind: 'caller' },
  { name: 'prisma-bad-query', when: { name: 'PrismaClientValidationError' }, kind: 'caller' },
];
