/** A test that provokes a row on a real part: its file in test/adapters, and its title as it stands there. */
export type Evidence = readonly [file: string, title: string];

type Provoked = Readonly<Record<string, Evidence>>;

const reqlDriver = (title: string): Evidence => ['rethinkdb-driver.test.ts', title];
const pgDriver = (title: string): Evidence => ['pg-driver.test.ts', title];
const pgSessions = (title: string): Evidence => ['pg-sessions.test.ts', title];
const pgErrors = (title: string): Evidence => ['pg-errors.test.ts', title];
const replies = (title: string): Evidence => ['redis-server-replies.test.ts', title];
const nodeRedis = (title: string): Evidence => ['redis.test.ts', title];
const http = (title: string): Evidence => ['http.test.ts', title];
const wayThere = 'tells faults of the way there, whose outcome is known, from those after an order was sent';

export const provokedForAll: Provoked = {
  'call-ended': ['pg-pool.test.ts', 'sends nothing more for a call that missed its deadline'],
  'too-many-waiting': ['pg-pool.test.ts', 'refuses more waiting calls than allowed, as local'],
  'cannot-reconnect': ['rethinkdb.test.ts', 'refuses to bring back in place what would lose its password'],
  loading: replies('loading its data'),
  'not-connected': nodeRedis('fails at once while the connection is lost, and works when the server is back'),
  'name-gone': pgErrors(
    'nobody listening and a host name that nobody has are unreachable, and nothing was sent',
  ),
  'connect-refused': replies('nobody listens, or has that name'),
  'connection-lost': nodeRedis(
    'sees the server die in the middle of a command, whose outcome is unknown, and does not send it again',
  ),
  'certificate-refused': replies('TLS: a certificate that nobody vouches for, and a client that speaks none'),
  'tls-broken': http(wayThere),
  aborted: http("takes %s for the caller's doing"),
};

export const provokedForPg: Provoked = {
  'own-pool-full': ['pg-pool.test.ts', 'calls a pool wait that the pool itself ends local'],
  'own-pool-ended': pgDriver('a pool that this process has ended'),
  'client-closed': pgDriver('a client that this process has ended, before and during a query'),
  terminated: pgDriver('a client that this process has ended, before and during a query'),
  'connect-timeout': pgDriver('a server that takes the connection and says nothing'),
  'connect-expired': pgDriver('a server that takes the connection and says nothing'),
  'query-timeout': pgDriver('the query_timeout of the driver, which leaves the client wedged'),
  'terminated-unexpectedly': pgDriver('a session whose process was killed, and its client afterwards'),
  'client-broken': pgDriver('a session whose process was killed, and its client afterwards'),
  'bad-query-object': pgDriver('a wrong use of the driver'),
  'client-reused': pgDriver('a wrong use of the driver'),
  'parameter-count': pgDriver('a wrong use of the driver'),
  'password-unusable': pgErrors('a wrong password, no password and a host that is not allowed are auth'),
  'ssl-broken': [
    'pg-tls.test.ts',
    'says auth where the server speaks no TLS, and unreachable where it answers something else',
  ],
  'idle-session-ended': pgSessions('an idle session, and one idle in its transaction'),
  'idle-transaction-ended': pgSessions('an idle session, and one idle in its transaction'),
  'recovery-conflict-ended': pgSessions(
    'a standby ends who is idle in a transaction in the way of its replay',
  ),
  'database-dropped': pgSessions('a standby ends the sessions of a database that is dropped'),
  'prepared-twice': pgSessions('a statement that is prepared twice costs its client'),
  'file-lost': pgSessions('a file of a table that is lost is corrupt'),
  'no-ssl': [
    'pg-tls.test.ts',
    'says auth where the server speaks no TLS, and unreachable where it answers something else',
  ],
  'shut-down': pgErrors('a terminated session is unreachable, with the outcome unknown'),
  starting: [
    'pg-standby.test.ts',
    'says of a server that is not open yet that it is starting, by ping and by call',
  ],
  'statement-timeout': pgErrors('a cancelled query is the caller, its own statement_timeout a timeout'),
  cancelled: pgErrors('a cancelled query is the caller, its own statement_timeout a timeout'),
  'too-many-connections': pgErrors('too many connections are a resource that is exhausted'),
  'disk-or-memory-full': ['pg-limits.test.ts', 'says that the disk is full, and rolls the statement back'],
  'read-only': pgErrors('a write where only reads are allowed is a server that is not the primary'),
  'login-refused': pgErrors('a wrong password, no password and a host that is not allowed are auth'),
  corrupt: pgErrors('a damaged block is corrupt'),
  'prepared-lost': pgErrors('lost and stale prepared statements cost their client, and blame nobody'),
  'prepared-stale': pgErrors('lost and stale prepared statements cost their client, and blame nobody'),
  'transaction-conflict': pgErrors('a serialization failure and a deadlock are the caller'),
  'own-statement': pgErrors('%s is the caller'),
};

const provokedForRedisServers: Provoked = {
  'login-refused': replies('no login, a wrong one, and one that may not'),
  'loading-data': replies('loading its data'),
  'read-only': replies('a replica is read-only, and answers nothing without its primary where it shall not'),
  'primary-lost': replies(
    'a replica is read-only, and answers nothing without its primary where it shall not',
  ),
  'cluster-down': replies('a cluster without all its slots is down'),
  'role-changed': replies('a command that waited while the primary became a replica'),
  'out-of-memory': replies('out of memory'),
  'cannot-persist': replies('cannot persist'),
  'script-runs-long': replies('a script runs long'),
  'own-command': replies('%s is the caller'),
};

export const provokedForIoredis: Provoked = provokedForRedisServers;

export const provokedForNodeRedis: Provoked = {
  ...provokedForRedisServers,
  offline: nodeRedis('takes a client without an offline queue'),
  'own-client-closed': nodeRedis('says that the application has not connected its client, or has closed it'),
  'too-many-clients': replies('too many clients'),
  'command-aborted': nodeRedis('takes %s for the caller'),
};

export const provokedForReql: Provoked = {
  'login-refused': [
    'rethinkdb-real.test.ts',
    'refuses a wrong user, and neither driver leaves a late error behind',
  ],
  'could-not-connect': ['rethinkdb.test.ts', 'says what stands in the way of connecting'],
  'pool-has-no-connection': [
    'rethinkdb-ts.test.ts',
    'sees the server die in the middle of a query, and works when it is back',
  ],
  'cut-off-ts': [
    'rethinkdb-ts.test.ts',
    'sees the server die in the middle of a query, and works when it is back',
  ],
  'operation-refused': [
    'rethinkdb-real.test.ts',
    'types its errors for rethinkdb-ts, and the caller is to blame for them',
  ],
  'bad-expression': [
    'rethinkdb-real.test.ts',
    'types its errors for the classic driver, and the caller is to blame for them',
  ],
  'own-error': [
    'rethinkdb-real.test.ts',
    'types its errors for rethinkdb-ts, and the caller is to blame for them',
  ],
  'connect-timeout': [
    'rethinkdb.test.ts',
    'survives a server that takes connections and does not answer, and leaves no late error behind',
  ],
  'connect-timeout-ts': reqlDriver('a server that takes the connection and says nothing to rethinkdb-ts'),
  'pool-never-connected': reqlDriver('rethinkdb-ts: nobody listens for a connection, or for its pool'),
  'cut-off': reqlDriver('the classic driver: cut off in the middle of a query, then closed'),
  closed: reqlDriver('the classic driver: cut off in the middle of a query, then closed'),
  'closed-before': reqlDriver('rethinkdb-ts: cut off in the middle of a query, then closed'),
  misuse: reqlDriver('a wrong use of either driver'),
  'no-connection-given': reqlDriver('a wrong use of either driver'),
  'untyped-answer': ['rethinkdb.test.ts', 'runs queries, and takes a bad one for the caller'],
};

const status = http('takes status %i of an order for %s');

export const provokedForHttp: Provoked = {
  'login-refused': status,
  'too-many-requests': status,
  'own-request': status,
  'gateway-lost-it': status,
  unavailable: status,
  'gateway-timeout': status,
  'server-error': status,
  'socket-closed': http(wayThere),
  'no-http': http(wayThere),
  'not-a-url': http("takes %s for the caller's doing"),
  'redirect-refused': http(
    'follows redirects as fetch does, and tells a loop from the application that wants none',
  ),
  'redirect-loop': http(
    'follows redirects as fetch does, and tells a loop from the application that wants none',
  ),
};
