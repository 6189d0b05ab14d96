import { adapterRows, notConnectedRow } from '../adapter-error.ts';
import { applicationRows, localRows, networkRows } from '../classification/network-rows.ts';
import type { Row } from '../classification/row.ts';

/**
 * One table for both drivers. The classic one gives names and texts, rethinkdb-ts names and numbers ("type"). The
 * class "OpFailed" is a caller's mistake or a lost primary: only the text tells. Where it does, the name must fit,
 * too, and only its first line counts: a query's own values are in what `r.error` says and in the lines below.
 */
const hostRows: readonly Row[] = [
  // The classic driver puts the system's error into its text.
  {
    name: 'connect-resolver-failed',
    when: { name: 'ReqlDriverError', text: /^Could not connect to .*\bEAI_\w+\b/s },
    kind: 'local',
  },
  {
    name: 'connect-out-of-handles',
    when: {
      name: 'ReqlDriverError',
      text: /^Could not connect to .*\b(EMFILE|ENFILE|EADDRNOTAVAIL|ENOBUFS)\b/s,
    },
    kind: 'local',
  },
];

const loginRows: readonly Row[] = [
  { name: 'login-refused', when: { name: 'ReqlAuthError' }, kind: 'auth' },
  { name: 'not-permitted', when: { name: 'ReqlPermissionError' }, kind: 'auth' },
];

const connectionRows: readonly Row[] = [
  { name: 'connect-timeout', when: { name: 'ReqlTimeoutError' }, kind: 'timeout' },
  { name: 'connect-timeout-ts', when: { name: 'ReqlDriverError', type: 6 }, kind: 'timeout' },
  {
    name: 'could-not-connect',
    when: { name: 'ReqlDriverError', text: /^Could not connect to / },
    kind: 'unreachable',
  },
  {
    name: 'could-not-connect-ts',
    when: { name: 'ReqlDriverError', text: /^Unable to establish connection/ },
    kind: 'unreachable',
  },
  { name: 'pool-has-no-connection', when: { name: 'ReqlDriverError', type: 4 }, kind: 'unreachable' },
  { name: 'pool-never-connected', when: { name: 'ReqlDriverError', type: 3 }, kind: 'unreachable' },
  {
    name: 'closed-before',
    when: { name: 'ReqlDriverError', text: /^`(run|getCursor)` was called with a closed connection/ },
    kind: 'unreachable',
  },
  // The classic driver: refused before it is sent is a driver error, cut off on the way a runtime error.
  { name: 'closed', when: { name: 'ReqlDriverError', text: /^Connection is closed\b/ }, kind: 'unreachable' },
  {
    name: 'cut-off',
    when: { name: 'ReqlRuntimeError', text: /^Connection is closed\b/ },
    kind: 'unreachable',
    outcomeUnknown: true,
  },
  {
    name: 'cut-off-ts',
    when: { name: 'ReqlDriverError', type: 2 },
    kind: 'unreachable',
    outcomeUnknown: true,
  },
];

const unavailable = /^Reql(OpFailed|Availability)Error$/;

const availabilityRows: readonly Row[] = [
  {
    name: 'no-replica',
    when: { name: unavailable, text: /^.*\b(no replicas? (is|are) available|none of the replicas)/i },
    kind: 'unreachable',
  },
  {
    name: 'outcome-unclear',
    when: { name: 'ReqlOpIndeterminateError' },
    kind: 'not-primary',
    outcomeUnknown: true,
  },
  {
    name: 'primary-lost',
    when: {
      name: unavailable,
      text: /^(Cannot perform (read|write)\b|.*\bprimary replica\b.*\bnot available)/,
    },
    kind: 'not-primary',
  },
  {
    name: 'primary-changes',
    when: {
      name: 'ReqlInternalError',
      text: /^The attempt to read or modify the table's configuration failed/,
    },
    kind: 'not-primary',
    outcomeUnknown: true,
  },
];

const callerRows: readonly Row[] = [
  { name: 'operation-refused', when: { name: 'ReqlOpFailedError' }, kind: 'caller' },
  { name: 'bad-expression', when: { name: /^Reql(QueryLogic|Logic|NonExist[ea]nce)Error$/ }, kind: 'caller' },
  { name: 'own-error', when: { name: 'ReqlUserError' }, kind: 'caller' },
  { name: 'own-limit', when: { name: /^ReqlResource(Limit)?Error$/ }, kind: 'caller' },
  { name: 'bad-query', when: { name: /^Reql(Server|Driver)?CompileError$/ }, kind: 'caller' },
  // API_FAIL, CURSOR_END, CANCEL, PARSE, ARITY, CURSOR
  ...[1, 5, 7, 8, 9, 10].map(
    (type): Row => ({ name: 'misuse', when: { name: 'ReqlDriverError', type }, kind: 'caller' }),
  ),
  {
    name: 'no-connection-given',
    when: { name: 'ReqlDriverError', text: /^First argument to `run` must be an open connection/ },
    kind: 'caller',
  },
  // A real server types its errors; a server that only speaks the protocol, such as a stand-in, may not.
  { name: 'untyped-answer', when: { name: /^Reql(Runtime|Unknown)Error$/, text: / in:\n/ }, kind: 'caller' },
  {
    name: 'untyped-answer',
    when: { name: 'ReqlDriverError', text: /^Unknown response type$/ },
    kind: 'caller',
  },
];

/** What a driver or a server has no better word for, such as a bug of its own, is not the application's doing. */
const unknownRows: readonly Row[] = [
  {
    name: 'no-better-word',
    when: { name: /^(Reql\w*|RethinkDB)Error$/ },
    kind: 'unknown',
    outcomeUnknown: true,
  },
];

export const reqlRows: readonly Row[] = [
  ...adapterRows,
  ...localRows,
  ...hostRows,
  ...loginRows,
  notConnectedRow,
  ...connectionRows,
  ...availabilityRows,
  ...callerRows,
  ...networkRows,
  ...applicationRows,
  ...unknownRows,
];
