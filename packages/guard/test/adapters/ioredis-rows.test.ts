import { describe } from 'vitest';
import { ioredisRows } from '../../src/adapters/ioredis/rows.ts';
import { describeRows, errorWith, notConnectedEvidence, sharedEvidence } from './evidence.ts';

const reply = (message: string) => errorWith(message, { name: 'ReplyError' });

describe('the table of ioredis', () => {
  describeRows(ioredisRows, {
    ...sharedEvidence,
    ...notConnectedEvidence,
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
    ],
    'cluster-down': [reply('CLUSTERDOWN The cluster is down'), reply('CLUSTERDOWN Hash slot not served')],
    'slot-moving': [reply('TRYAGAIN Multiple keys request during rehashing of slot')],
    'role-changed': [reply('UNBLOCKED force unblock from blocking operation, instance state changed')],
    'out-of-memory': [reply("OOM command not allowed when used memory > 'maxmemory'.")],
    'cannot-persist': [reply('MISCONF Errors writing to the AOF file: No space left on device')],
    'too-many-clients': [reply('ERR max number of clients reached')],
    'script-runs-long': [reply('BUSY Redis is busy running a script.')],
    'gave-up-retrying': [errorWith('Reached the max retries', { name: 'MaxRetriesPerRequestError' })],
    closed: [errorWith('Connection is closed.')],
    'cut-off': [errorWith('Command aborted due to connection close', { name: 'AbortError' })],
    offline: [errorWith("Stream isn't writeable and enableOfflineQueue options is false")],
    'sentinels-lost': [errorWith('All sentinels are unreachable. Retrying from scratch after 1000ms.')],
    'cluster-lost': [errorWith('Failed to refresh slots cache.', { name: 'ClusterAllFailedError' })],
    'redirected-too-often': [errorWith('Too many Cluster redirections. Last error: MOVED 1 10.0.0.1:6379')],
    'command-timeout': [errorWith('Command timed out')],
    'socket-timeout': [errorWith("Socket timeout. Expecting data, but didn't receive any in 100ms.")],
    'wrong-mode': [errorWith('Connection in subscriber mode, only subscriber commands may be used')],
    'already-connected': [errorWith('Redis is already connecting/connected')],
    'own-command': [
      reply('WRONGTYPE Operation against a key holding the wrong kind of value'),
      reply("ERR wrong number of arguments for 'get' command"),
      reply('NOSCRIPT No matching script.'),
      reply('EXECABORT Transaction discarded because of previous errors.'),
    ],
  });
});
