import {
  ClientClosedError,
  ClientOfflineError,
  ConnectionTimeoutError,
  DisconnectsClientError,
  ErrorReply,
  MultiErrorReply,
  ReconnectStrategyError,
  SimpleError,
  SocketClosedUnexpectedlyError,
  TimeoutError,
  AbortError as UnsentError,
  WatchError,
} from 'redis';
import { describe, expect, it } from 'vitest';
import { classifier } from '../../src/adapters/classification/classify.ts';
import { redisRows } from '../../src/adapters/redis/rows.ts';
import {
  describeRows,
  errorWith,
  notConnectedEvidence,
  redisReplyEvidence,
  sharedEvidence,
} from './evidence.ts';

const reply = (message: string) => new SimpleError(message);

describe('the table of node-redis', () => {
  describeRows(redisRows, {
    ...sharedEvidence,
    ...notConnectedEvidence,
    ...redisReplyEvidence(reply),
    offline: [new ClientOfflineError()],
    'own-client-closed': [new ClientClosedError()],
    'own-client-destroyed': [new DisconnectsClientError()],
    'cut-off': [new SocketClosedUnexpectedlyError()],
    'connect-timeout': [new ConnectionTimeoutError()],
    'socket-timeout': [
      errorWith("Socket timeout timeout. Expecting data, but didn't receive any in 100ms."),
      errorWith("Socket timeout during maintenance. Expecting data, but didn't receive any in 100ms."),
    ],
    'own-queue-full': [errorWith('The queue is full')],
    'queued-too-long': [
      new TimeoutError(),
      errorWith('Command timeout during maintenance. Waited to write command for more than 100ms.'),
    ],
    'command-aborted': [new UnsentError()],
    'watched-key-changed': [new WatchError(), new WatchError('Client reconnected after WATCH')],
    'already-connected': [errorWith('Socket already opened')],
    'own-command': [
      reply('WRONGTYPE Operation against a key holding the wrong kind of value'),
      new ErrorReply("ERR wrong number of arguments for 'get' command"),
      errorWith('NOSCRIPT No matching script.'),
      new MultiErrorReply([reply('WRONGTYPE Operation against a key')], [0]),
    ],
  });

  it('sees through what a reconnectStrategy gave up with', () => {
    const refused = errorWith('connect ECONNREFUSED', { code: 'ECONNREFUSED', syscall: 'connect' });
    const error = new ReconnectStrategyError(new Error('enough'), refused);
    expect(classifier(redisRows)(error)).toMatchObject({ kind: 'unreachable', outcomeUnknown: false });
  });

  it('finds the errors among what a transaction answered', () => {
    const full = reply("OOM command not allowed when used memory > 'maxmemory'.");
    const error = new MultiErrorReply([reply('WRONGTYPE no'), full], [0, 1]);
    expect(classifier(redisRows)(error).kind).toBe('resource-exhausted');
  });
});
