import { adapterRows } from '../adapter-error.ts';
import { applicationRows, localRows, networkRows } from '../classification/network-rows.ts';
import { ormPoolRows, prismaRows } from '../classification/orm-rows.ts';
import type { Row } from '../classification/row.ts';

/** The texts of node-postgres itself, which gives its own errors no code. */
const driverRows: readonly Row[] = [
  { name: 'own-pool-full', when: { text: /^timeout exceeded when trying to connect/ }, kind: 'local' },
  { name: 'own-pool-ended', when: { text: /^Cannot use a pool after calling end/ }, kind: 'local' },
  {
    name: 'client-closed',
    when: { text: /^Client was closed and is not queryable/ },
    kind: 'local',
    evict: true,
  },
  {
    name: 'connect-timeout',
    when: { text: /^Connection terminated due to connection timeout/ },
    kind: 'timeout',
  },
  { name: 'connect-expired', when: { text: /^timeout expired$/ }, kind: 'timeout' },
  // The client stays wedged: its connection still waits for the old answer.
  {
    name: 'query-timeout',
    when: { text: /^Query read timeout/ },
    kind: 'timeout',
    outcomeUnknown: true,
    evict: true,
  },
  {
    name: 'client-broken',
    when: { text: /^Client has encountered a connection error and is not queryable/ },
    kind: 'unreachable',
    evict: true,
  },
  {
    name: 'terminated-unexpectedly',
    when: { text: /^Connection terminated unexpectedly/ },
    kind: 'unreachable',
    outcomeUnknown: true,
    evict: true,
  },
  // `end` of this process's own, or an eviction, while the query ran.
  {
    name: 'terminated',
    when: { text: /^Connection terminated$/ },
    kind: 'local',
    outcomeUnknown: true,
    evict: true,
  },
  { name: 'password-unusable', when: { text: /^(SASL: |Password must be a string)/ }, kind: 'auth' },
  { name: 'no-ssl', when: { text: /^The server does not support SSL connections/ }, kind: 'auth' },
  {
    name: 'ssl-broken',
    when: { text: /^There was an error establishing an SSL connection/ },
    kind: 'unreachable',
  },
  {
    name: 'bad-query-object',
    when: {
      text: /^(A query must have either text or a name|Prepared statements must be unique|Query values must)/,
    },
    kind: 'caller',
  },
  { name: 'client-reused', when: { text: /^Client has already been connected/ }, kind: 'caller' },
];

/** PgBouncer gives nearly all its own errors the code 08P01; only the text tells. */
const poolerRows: readonly Row[] = [
  {
    name: 'pooler-full',
    when: { code: '08P01', text: /no more connections allowed/ },
    kind: 'resource-exhausted',
  },
  {
    name: 'pooler-wait',
    when: { code: '08P01', text: /^query_wait_timeout/ },
    kind: 'overloaded',
    evict: true,
  },
];

/** SQLSTATE, from "PostgreSQL Error Codes" in PostgreSQL's documentation; single codes before their classes. */
const sqlStateRows: readonly Row[] = [
  // A statement's own effects are rolled back, but a COMMIT that waited for a replica is already done.
  {
    name: 'shut-down',
    when: { code: /^57P0[12]$/ },
    kind: 'unreachable',
    outcomeUnknown: true,
    evict: true,
  },
  { name: 'starting', when: { code: '57P03' }, kind: 'starting' },
  { name: 'database-dropped', when: { code: '57P04' }, kind: 'unreachable', evict: true },
  { name: 'idle-session-ended', when: { code: '57P05' }, kind: 'local', evict: true },
  { name: 'statement-timeout', when: { code: '57014', text: /statement timeout/ }, kind: 'timeout' },
  { name: 'transaction-timeout', when: { code: '25P04' }, kind: 'timeout', evict: true },
  { name: 'cancelled', when: { code: '57014' }, kind: 'caller' },
  { name: 'idle-transaction-ended', when: { code: '25P03' }, kind: 'caller', evict: true },
  // PostgreSQL calls a wrong number of values a violation of its protocol.
  {
    name: 'parameter-count',
    when: { code: '08P01', text: /^bind message (supplies|has) / },
    kind: 'caller',
  },
  { name: 'not-established', when: { code: /^0800[14]$/ }, kind: 'unreachable', evict: true },
  {
    name: 'connection-exception',
    when: { code: /^08/ },
    kind: 'unreachable',
    outcomeUnknown: true,
    evict: true,
  },
  { name: 'too-many-connections', when: { code: '53300' }, kind: 'resource-exhausted' },
  { name: 'disk-or-memory-full', when: { code: /^53/ }, kind: 'resource-exhausted' },
  { name: 'read-only', when: { code: '25006' }, kind: 'not-primary' },
  { name: 'login-refused', when: { code: /^28/ }, kind: 'auth' },
  { name: 'corrupt', when: { code: /^XX00[12]$/ }, kind: 'corrupt' },
  { name: 'file-lost', when: { code: /^(58030|58P0[12])$/ }, kind: 'corrupt' },
  // This one client's prepared statements are gone (DEALLOCATE, a pooler) or no longer fit their tables.
  { name: 'prepared-lost', when: { code: '26000' }, kind: 'local', evict: true },
  { name: 'prepared-stale', when: { code: '0A000', text: /cached plan/ }, kind: 'local', evict: true },
  { name: 'prepared-twice', when: { code: '42P05' }, kind: 'local', evict: true },
  { name: 'completion-unknown', when: { code: '40003' }, kind: 'unknown', outcomeUnknown: true, evict: true },
  // A standby that would fall too far behind ends who is in the way: the query may be repeated.
  {
    name: 'recovery-conflict-ended',
    when: { code: '40001', text: /^terminating connection due to conflict with recovery/ },
    kind: 'caller',
    evict: true,
  },
  { name: 'transaction-conflict', when: { code: /^40/ }, kind: 'caller' },
  {
    name: 'own-statement',
    when: { code: /^(02|03|09|0[ABFLPZ]|2[0-7]|2[BDF]|3[489BDF]|42|44|54|55|P0)[0-9A-Z]{3}$/ },
    kind: 'caller',
  },
];

export const pgRows: readonly Row[] = [
  ...adapterRows,
  ...localRows,
  ...ormPoolRows,
  ...driverRows,
  ...poolerRows,
  ...sqlStateRows,
  ...networkRows,
  ...prismaRows,
  ...applicationRows,
];
