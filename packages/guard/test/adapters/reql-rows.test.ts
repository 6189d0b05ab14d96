import { describe, expect, it } from 'vitest';
import { classifier } from '../../src/adapters/classification/classify.ts';
import { ReqlLease } from '../../src/adapters/reql/lease.ts';
import { reqlRows } from '../../src/adapters/reql/rows.ts';
import { describeRows, errorWith, notConnectedEvidence, sharedEvidence } from './evidence.ts';

/** As the class of the package `rethinkdb`: a name, no code. */
const classic = (name: string, message: string) => errorWith(message, { name, msg: message });
/** As the class of rethinkdb-ts: a name and a number. */
const typed = (name: string, type: number, message: string) =>
  errorWith(message, { name, type, msg: message });

describe('the table of the RethinkDB drivers', () => {
  // Texts, names and numbers as a real RethinkDB 2.4.4 gave them to rethinkdb 2.4 and rethinkdb-ts 3.0.
  describeRows(reqlRows, {
    ...sharedEvidence,
    ...notConnectedEvidence,
    'connect-resolver-failed': [
      classic('ReqlDriverError', 'Could not connect to db:28015.\ngetaddrinfo EAI_AGAIN db'),
    ],
    'connect-out-of-handles': [
      classic('ReqlDriverError', 'Could not connect to db:28015.\nconnect EMFILE 127.0.0.1:28015'),
    ],
    'login-refused': [
      classic('ReqlAuthError', 'Unknown user'),
      errorWith('Error initializing master pool', {
        name: 'ReqlDriverError',
        type: 3,
        cause: typed('ReqlAuthError', 11, 'Unknown user'),
      }),
    ],
    'not-permitted': [
      typed('ReqlPermissionError', 20, 'User `x` does not have the required `read` permission'),
    ],
    'connect-timeout': [classic('ReqlTimeoutError', 'Could not connect to db:28015, operation timed out.')],
    'connect-timeout-ts': [typed('ReqlDriverError', 6, 'Failed to connect to db:28015 in less than 20s.')],
    'could-not-connect': [
      classic('ReqlDriverError', 'Could not connect to db:28015.\nconnect ECONNREFUSED 127.0.0.1:28015'),
      classic('ReqlDriverError', 'Could not connect to db:28015.\ngetaddrinfo ENOTFOUND db'),
    ],
    'could-not-connect-ts': [
      typed('ReqlDriverError', 2, 'Unable to establish connection, see cause for more info.'),
    ],
    'pool-has-no-connection': [
      typed(
        'ReqlDriverError',
        4,
        'None of the pools have an opened connection and failed to open a new one.',
      ),
    ],
    'pool-never-connected': [
      errorWith('Error initializing master pool', {
        name: 'ReqlDriverError',
        type: 3,
        cause: errorWith('connect ECONNREFUSED', { code: 'ECONNREFUSED' }),
      }),
    ],
    'closed-before': [
      typed('ReqlDriverError', 2, '`run` was called with a closed connection after:\nr.expr(1)\n'),
    ],
    closed: [classic('ReqlDriverError', 'Connection is closed.')],
    'cut-off': [classic('ReqlRuntimeError', 'Connection is closed in:\nr.table("a")\n^^^^^^^^^^^^')],
    'cut-off-ts': [
      typed(
        'ReqlDriverError',
        2,
        'The connection was closed before the query could be completed in:\nr.expr(1)\n',
      ),
    ],
    'no-replica': [
      typed('ReqlOpFailedError', 17, 'Cannot perform read: no replica is available in:\nr.table("a")'),
    ],
    'outcome-unclear': [
      typed('ReqlOpIndeterminateError', 18, 'Cannot perform write: lost contact with primary'),
    ],
    'primary-lost': [
      typed(
        'ReqlOpFailedError',
        17,
        'Cannot perform read: primary replica for shard ["", +inf) not available',
      ),
      classic(
        'ReqlOpFailedError',
        'Cannot perform write: primary replica for shard ["", +inf) not available',
      ),
    ],
    'primary-changes': [
      typed(
        'ReqlInternalError',
        13,
        "The attempt to read or modify the table's configuration failed because",
      ),
    ],
    'operation-refused': [
      typed('ReqlOpFailedError', 17, 'Table `app.zzz` does not exist in:\nr.table("zzz")\n'),
      classic('ReqlOpFailedError', 'Table `app.zzz` does not exist.'),
    ],
    'bad-expression': [
      typed('ReqlLogicError', 15, 'Expected type NUMBER but found STRING in:\n'),
      classic('ReqlQueryLogicError', 'Expected type NUMBER but found STRING'),
      typed('ReqlNonExistanceError', 16, 'No attribute `a` in object'),
      classic('ReqlNonExistenceError', 'No attribute `a` in object'),
    ],
    'own-error': [typed('ReqlUserError', 19, 'x in:\nr.error("x")\n')],
    'own-limit': [typed('ReqlResourceError', 14, 'Array over size limit `100000`.')],
    'bad-query': [classic('ReqlDriverCompileError', '`get` takes 1 argument, 0 provided')],
    misuse: [
      typed(
        'ReqlDriverError',
        1,
        '`run` was called without a connection and no pool has been created after:',
      ),
      typed('ReqlDriverError', 7, 'Query cancelled'),
      typed('ReqlDriverError', 9, '`get` takes at least 1 argument'),
    ],
    'no-connection-given': [
      classic('ReqlDriverError', 'First argument to `run` must be an open connection.'),
    ],
    'untyped-answer': [
      classic('ReqlRuntimeError', 'Table `app.x` does not exist in:\nr.table("x")\n^^^^^^^^^^^^'),
      typed('ReqlUnknownError', 0, 'Table `app.x` does not exist in:\nr.table("x")\n'),
      classic('ReqlDriverError', 'Unknown response type'),
    ],
    'no-better-word': [
      typed('ReqlInternalError', 13, 'Bad logical name in:\nr.table("x")'),
      typed('ReqlDriverError', 0, 'Unexpected return value'),
      typed('ReqlUnknownError', 0, 'x'),
    ],
  });

  it('lets the text decide what the same class and number mean', () => {
    const classify = classifier(reqlRows);
    const failed = (text: string) => classify(typed('ReqlOpFailedError', 17, text)).kind;
    expect(failed('Table `app.zzz` does not exist.')).toBe('caller');
    expect(failed('Cannot perform write: primary replica for shard ["", +inf) not available')).toBe(
      'not-primary',
    );
    expect(failed('Cannot perform read: no replica is available')).toBe('unreachable');
  });

  it('blames no server for what a query says, or what the application says itself', () => {
    const classify = classifier(reqlRows);
    const said = [
      'no replicas are available',
      'Could not connect to the payment gateway',
      'Could not connect to EAI_AGAIN',
      'Unable to establish connection',
      'Cannot perform write: primary replica for shard 1 not available',
      '`run` was called with a closed connection',
    ];
    for (const text of said) {
      const mistakes = [
        typed('ReqlUserError', 19, `${text} in:\nr.error("…")`),
        classic('ReqlQueryLogicError', `Could not coerce \`${text}\` to NUMBER. in:\nr.expr("…")`),
        classic('ReqlOpFailedError', `Table \`app.x\` does not exist in:\nr.table("x").insert("${text}")`),
        new TypeError(text),
      ];
      for (const error of mistakes) expect(classify(error), error.message).toMatchObject({ kind: 'caller' });
      expect(classify(new Error(text)), text).toMatchObject({ kind: 'unknown' });
    }
  });
});

describe('a call over a connection of RethinkDB', () => {
  it('remembers its newest cursors, to close them, and not all where it lasts', async () => {
    const closed: number[] = [];
    const lease = new ReqlLease((track) => ({
      rows: (name: number) => track(async () => ({ next() {}, close: () => closed.push(name) })),
    }));
    for (let name = 1; name <= 250; name += 1) await lease.handle.rows(name);
    lease.abandon();
    expect([closed.length, closed[0], closed.at(-1)]).toEqual([100, 151, 250]);
  });

  it('closes a cursor whose closing throws, and goes on', async () => {
    const lease = new ReqlLease((track) => ({
      rows: () =>
        track(async () => ({
          next() {},
          close() {
            throw new Error('Connection is closed.');
          },
        })),
    }));
    await lease.handle.rows();
    expect(() => lease.abandon()).not.toThrow();
  });
});
