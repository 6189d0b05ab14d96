import { describe, expect, it } from 'vitest';
import { classifier } from '../../src/adapters/classification/classify.ts';
import { pgRows } from '../../src/adapters/pg/rows.ts';
import { describeRows, errorWith, sharedEvidence } from './evidence.ts';

const sqlState = (code: string, message = '') => errorWith(message, { code, severity: 'ERROR' });
const prisma = (code: string, message = '') =>
  errorWith(message, { code, name: 'PrismaClientKnownRequestError', clientVersion: '7' });
const classify = classifier(pgRows);

describe('the table of node-postgres', () => {
  // What a real server can be made to say is provoked in pg-errors.test.ts; here stands every row.
  describeRows(pgRows, {
    ...sharedEvidence,
    'own-pool-full': [errorWith('timeout exceeded when trying to connect')],
    'own-pool-ended': [errorWith('Cannot use a pool after calling end on the pool')],
    'client-closed': [errorWith('Client was closed and is not queryable')],
    'connect-timeout': [
      errorWith('Connection terminated due to connection timeout', {
        cause: errorWith('Connection terminated unexpectedly'),
      }),
    ],
    'connect-expired': [errorWith('timeout expired')],
    'query-timeout': [errorWith('Query read timeout')],
    'client-broken': [errorWith('Client has encountered a connection error and is not queryable')],
    'terminated-unexpectedly': [errorWith('Connection terminated unexpectedly')],
    terminated: [errorWith('Connection terminated')],
    'password-unusable': [
      errorWith('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'),
      new TypeError('Password must be a string'),
    ],
    'no-ssl': [errorWith('The server does not support SSL connections')],
    'ssl-broken': [errorWith('There was an error establishing an SSL connection')],
    'bad-query-object': [errorWith('Query values must be an array')],
    'client-reused': [errorWith('Client has already been connected. You cannot reuse a client.')],
    'pooler-full': [sqlState('08P01', 'no more connections allowed (max_client_conn)')],
    'pooler-wait': [sqlState('08P01', 'query_wait_timeout')],
    'shut-down': [sqlState('57P01'), sqlState('57P02')],
    starting: [sqlState('57P03')],
    'database-dropped': [sqlState('57P04')],
    'idle-session-ended': [sqlState('57P05')],
    'statement-timeout': [sqlState('57014', 'canceling statement due to statement timeout')],
    'transaction-timeout': [sqlState('25P04')],
    cancelled: [sqlState('57014', 'canceling statement due to user request')],
    'idle-transaction-ended': [sqlState('25P03')],
    'parameter-count': [
      sqlState('08P01', 'bind message supplies 1 parameters, but prepared statement "" requires 0'),
    ],
    'not-established': [sqlState('08001'), sqlState('08004')],
    'connection-exception': [sqlState('08000'), sqlState('08003'), sqlState('08006'), sqlState('08P01')],
    'too-many-connections': [sqlState('53300')],
    'disk-or-memory-full': [sqlState('53100'), sqlState('53200'), sqlState('53400')],
    'read-only': [sqlState('25006')],
    'login-refused': [sqlState('28P01'), sqlState('28000')],
    corrupt: [sqlState('XX001'), sqlState('XX002')],
    'file-lost': [sqlState('58030'), sqlState('58P01')],
    'prepared-lost': [sqlState('26000')],
    'prepared-stale': [sqlState('0A000', 'cached plan must not change result type')],
    'prepared-twice': [sqlState('42P05')],
    'completion-unknown': [sqlState('40003')],
    'recovery-conflict-ended': [sqlState('40001', 'terminating connection due to conflict with recovery')],
    'transaction-conflict': [
      sqlState('40001', 'canceling statement due to conflict with recovery'),
      sqlState('40001', 'could not serialize access due to concurrent update'),
      sqlState('40P01'),
    ],
    'knex-query-timeout': [
      errorWith('Defined query timeout of 100ms exceeded when running query.', { name: 'KnexTimeoutError' }),
    ],
    'knex-pool-starved': [
      errorWith('Knex: Timeout acquiring a connection. The pool is probably full.', {
        name: 'KnexTimeoutError',
      }),
    ],
    'sequelize-pool-starved': [errorWith('', { name: 'SequelizeConnectionAcquireTimeoutError' })],
    'prisma-pool-starved': [prisma('P2024', 'Timed out fetching a new connection from the connection pool.')],
    'prisma-transaction-not-started': [
      prisma('P2028', 'Transaction API error: Unable to start a transaction in the given time.'),
    ],
    'prisma-login-refused': [prisma('P1000'), prisma('P1010'), prisma('P1011')],
    'prisma-not-reached': [
      prisma('P1001', "Can't reach database server at `db:5432`"),
      errorWith("Can't reach database server", {
        name: 'PrismaClientInitializationError',
        errorCode: 'P1001',
      }),
    ],
    'prisma-connect-slow': [prisma('P1002')],
    'prisma-no-such-database': [prisma('P1003')],
    'prisma-timed-out': [prisma('P1008', 'Operations timed out after 5000')],
    'prisma-closed': [prisma('P1017', 'Server has closed the connection.')],
    'prisma-too-many-connections': [prisma('P2037')],
    'prisma-own-query': [prisma('P2002', 'Unique constraint failed'), prisma('P2025'), prisma('P2034')],
    'prisma-bad-query': [errorWith('Argument `id` is missing.', { name: 'PrismaClientValidationError' })],
    'own-statement': ['22P02', '23505', '25P02', '3D000', '42P01', '42501', '54000', '55P03', '0A000'].map(
      (code) => sqlState(code),
    ),
  });

  it.each([
    ['drizzle', errorWith('Failed query: select 1', { cause: sqlState('57P01') })],
    ['TypeORM', errorWith('terminating', { name: 'QueryFailedError', driverError: sqlState('57P01') })],
    ['Prisma', errorWith('Raw query failed', { code: 'P2010', meta: { code: '57P01', message: 'FATAL' } })],
    [
      'Prisma with a driver adapter',
      errorWith('failed', {
        code: 'P2010',
        meta: { driverAdapterError: { cause: { originalCode: '57P01' } } },
      }),
    ],
    ['Sequelize', errorWith('', { name: 'SequelizeConnectionError', parent: sqlState('57P01') })],
  ])('sees through the wrapping of %s', (_orm, error) => {
    expect(classify(error).kind).toBe('unreachable');
  });

  it('has an answer for whatever is thrown', () => {
    const cyclic = errorWith('round');
    Object.assign(cyclic, { cause: errorWith('and', { cause: cyclic }) });
    let deep = sqlState('57P01');
    for (let depth = 0; depth < 100; depth += 1) deep = errorWith('wrapped', { cause: deep });
    const hostile = {
      get cause(): never {
        throw new Error('a getter that throws');
      },
    };
    class NotFoundError extends Error {
      override readonly name = 'NotFoundError';
    }
    expect(classify(cyclic).kind).toBe('unknown');
    expect(classify(deep).kind).toBe('unknown');
    expect(classify(hostile).kind).toBe('unknown');
    expect(classify(new Error('something new of the driver')).kind).toBe('unknown');
    expect(classify(sqlState('XX000')).kind).toBe('unknown');
    expect(classify(new NotFoundError('no such monitor')).kind).toBe('caller');
    for (const thrown of [undefined, null, 'text', 5, Symbol('x')])
      expect(classify(thrown).kind).toBe('caller');
  });
});
