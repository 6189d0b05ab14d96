import { expect, it } from 'vitest';
import { findRow } from '../../src/adapters/classification/classify.ts';
import { factsWithin } from '../../src/adapters/classification/error-facts.ts';
import type { Row } from '../../src/adapters/classification/row.ts';

/** An error as a driver gives it: fields on a plain Error. */
export function errorWith(message: string, fields: object = {}): Error {
  return Object.assign(new Error(message), fields);
}

/** States for each row an error that it, and no row before it, decides; a row without one fails. */
export function describeRows(
  table: readonly Row[],
  evidence: Readonly<Record<string, readonly unknown[]>>,
): void {
  it('has evidence for each row of the table, and a row for each name', () => {
    expect(Object.keys(evidence).sort()).toEqual([...new Set(table.map((row) => row.name))].sort());
  });

  it.each(Object.entries(evidence))('knows %s', (name, errors) => {
    expect(errors.map((error) => findRow(table, factsWithin(error))?.name)).toEqual(errors.map(() => name));
  });
}

/** For the drivers whose connection the guard sees lost before a call. */
export const notConnectedEvidence = {
  'not-connected': [
    errorWith('', { code: 'PRUNELLA_NOT_CONNECTED' }),
    errorWith('', { code: 'PRUNELLA_NOT_CONNECTED', cause: errorWith('', { code: 'ECONNRESET' }) }),
  ],
};

/** What a Redis server answers; `reply` makes the driver's error of it. What can be provoked is so elsewhere. */
export const redisReplyEvidence = (reply: (message: string) => Error) => ({
  'login-refused': [
    reply('NOAUTH Authentication required.'),
    reply('WRONGPASS invalid username-password pair or user is disabled.'),
    reply("NOPERM this user has no permissions to run the 'set' command"),
    reply('DENIED Redis is running in protected mode'),
    reply('ERR AUTH <password> called without any password configured for the default user.'),
    errorWith('', { code: 'PRUNELLA_NOT_CONNECTED', cause: reply('WRONGPASS invalid') }),
  ],
  'loading-data': [reply('LOADING Redis is loading the dataset in memory')],
  'read-only': [reply("READONLY You can't write against a read only replica.")],
  'primary-lost': [
    reply("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."),
    reply('NOREPLICAS Not enough good replicas to write.'),
    reply("NOMASTERLINK Can't SYNC while not connected with my master"),
  ],
  'cluster-down': [reply('CLUSTERDOWN The cluster is down'), reply('CLUSTERDOWN Hash slot not served')],
  'slot-moving': [reply('TRYAGAIN Multiple keys request during rehashing of slot')],
  'role-changed': [reply('UNBLOCKED force unblock from blocking operation, instance state changed')],
  'out-of-memory': [reply("OOM command not allowed when used memory > 'maxmemory'.")],
  'cannot-persist': [reply('MISCONF Errors writing to the AOF file: No space left on device')],
  'too-many-clients': [reply('ERR max number of clients reached')],
  'script-runs-long': [reply('BUSY Redis is busy running a script.')],
});

/** The errors of every driver, by the names of the shared rows. */
export const sharedEvidence = {
  'call-ended': [errorWith('', { code: 'PRUNELLA_CALL_ENDED' })],
  'wrong-form': [errorWith('', { code: 'PRUNELLA_WRONG_FORM' })],
  'rolled-back': [errorWith('', { code: 'PRUNELLA_ROLLED_BACK' })],
  'too-many-waiting': [errorWith('', { code: 'PRUNELLA_TOO_MANY_WAITING' })],
  'cannot-reconnect': [errorWith('', { code: 'PRUNELLA_CANNOT_RECONNECT' })],
  loading: [errorWith('', { code: 'PRUNELLA_STARTING' })],
  'resolver-failed': [
    errorWith('getaddrinfo EAI_AGAIN db', { code: 'EAI_AGAIN', syscall: 'getaddrinfo' }),
    errorWith('lost', { code: 'PRUNELLA_NOT_CONNECTED', cause: errorWith('', { code: 'EAI_AGAIN' }) }),
  ],
  'name-gone': [errorWith('getaddrinfo ENOTFOUND db', { code: 'ENOTFOUND', syscall: 'getaddrinfo' })],
  'out-of-file-handles': [errorWith('connect EMFILE', { code: 'EMFILE', syscall: 'connect' })],
  'out-of-own-ports': [errorWith('connect EADDRNOTAVAIL', { code: 'EADDRNOTAVAIL', syscall: 'connect' })],
  'out-of-own-memory': [errorWith('write ENOBUFS', { code: 'ENOBUFS', syscall: 'write' })],
  'own-network-down': [errorWith('connect ENETDOWN', { code: 'ENETDOWN', syscall: 'connect' })],
  'connect-timed-out': [errorWith('connect ETIMEDOUT', { code: 'ETIMEDOUT', syscall: 'connect' })],
  'connect-slow': [errorWith('', { code: 'ERR_SOCKET_CONNECTION_TIMEOUT' })],
  'timed-out': [errorWith('read ETIMEDOUT', { code: 'ETIMEDOUT', syscall: 'read' })],
  'connect-refused': [
    errorWith('connect ECONNREFUSED', { code: 'ECONNREFUSED', syscall: 'connect' }),
    new AggregateError([errorWith('', { code: 'ECONNREFUSED' }), errorWith('', { code: 'ECONNREFUSED' })]),
  ],
  'socket-file-missing': [errorWith('connect ENOENT /run/x', { code: 'ENOENT', syscall: 'connect' })],
  'connect-failed': [errorWith('connect EHOSTUNREACH', { code: 'EHOSTUNREACH', syscall: 'connect' })],
  'connection-lost': [
    errorWith('read ECONNRESET', { code: 'ECONNRESET', syscall: 'read' }),
    errorWith('write EPIPE', { code: 'EPIPE', syscall: 'write' }),
  ],
  'written-after-end': [errorWith('write after end', { code: 'ERR_STREAM_WRITE_AFTER_END' })],
  'certificate-refused': [
    errorWith('', { code: 'CERT_HAS_EXPIRED' }),
    errorWith('', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
    errorWith('', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }),
    errorWith('', { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }),
  ],
  'tls-broken': [errorWith('wrong version number', { code: 'ERR_SSL_WRONG_VERSION_NUMBER' })],
  aborted: [new DOMException('stopped', 'AbortError')],
  'own-timeout': [new DOMException('late', 'TimeoutError')],
  'programming-error': [new TypeError('x is not a function'), new RangeError('too long')],
};
