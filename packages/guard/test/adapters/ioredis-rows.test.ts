import { describe } from 'vitest';
import { ioredisRows } from '../../src/adapters/ioredis/rows.ts';
import {
  describeRows,
  errorWith,
  notConnectedEvidence,
  redisReplyEvidence,
  sharedEvidence,
} from './evidence.ts';

const reply = (message: string) => errorWith(message, { name: 'ReplyError' });

describe('the table of ioredis', () => {
  describeRows(ioredisRows, {
    ...sharedEvidence,
    ...notConnectedEvidence,
    ...redisReplyEvidence(reply),
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
    'garbled-answer': [errorWith('Protocol error, got "H" as reply type byte', { name: 'ParserError' })],
    'already-connected': [errorWith('Redis is already connecting/connected')],
    'own-command': [
      reply('WRONGTYPE Operation against a key holding the wrong kind of value'),
      reply("ERR wrong number of arguments for 'get' command"),
      reply('NOSCRIPT No matching script.'),
      reply('EXECABORT Transaction discarded because of previous errors.'),
    ],
  });
});
