import { adapterRows, notConnectedRow } from '../adapter-error.ts';
import { applicationRows, localRows, networkRows } from '../classification/network-rows.ts';
import type { Row } from '../classification/row.ts';

/** Redis begins an error with a word that is its code; a plain "ERR" is told by its text. */
const loginRows: readonly Row[] = [
  {
    name: 'login-refused',
    when: { text: /^(NOAUTH|WRONGPASS|NOPERM|DENIED|ERR (invalid password|AUTH |operation not permitted))/ },
    kind: 'auth',
  },
];

const replyRows: readonly Row[] = [
  { name: 'loading-data', when: { text: /^LOADING / }, kind: 'starting' },
  { name: 'read-only', when: { text: /^READONLY / }, kind: 'not-primary' },
  { name: 'primary-lost', when: { text: /^(MASTERDOWN|NOREPLICAS) / }, kind: 'not-primary' },
  { name: 'cluster-down', when: { text: /^CLUSTERDOWN / }, kind: 'not-primary' },
  { name: 'slot-moving', when: { text: /^TRYAGAIN / }, kind: 'starting' },
  { name: 'role-changed', when: { text: /^UNBLOCKED / }, kind: 'not-primary', outcomeUnknown: true },
  { name: 'out-of-memory', when: { text: /^OOM / }, kind: 'resource-exhausted' },
  { name: 'cannot-persist', when: { text: /^MISCONF / }, kind: 'resource-exhausted' },
  { name: 'too-many-clients', when: { text: /^ERR max number of clients/ }, kind: 'resource-exhausted' },
  { name: 'script-runs-long', when: { text: /^BUSY / }, kind: 'overloaded' },
];

/** The texts of ioredis itself, which gives most of its own errors no code. */
const driverRows: readonly Row[] = [
  {
    name: 'gave-up-retrying',
    when: { name: 'MaxRetriesPerRequestError' },
    kind: 'unreachable',
    outcomeUnknown: true,
  },
  { name: 'closed', when: { text: /^Connection is closed\.$/ }, kind: 'unreachable', outcomeUnknown: true },
  {
    name: 'cut-off',
    when: { text: /^Command aborted due to connection close/ },
    kind: 'unreachable',
    outcomeUnknown: true,
  },
  {
    name: 'offline',
    when: { text: /^(Stream|Cluster) isn't (writeable|ready) and enableOfflineQueue options is false/ },
    kind: 'unreachable',
  },
  { name: 'sentinels-lost', when: { text: /^All sentinels are unreachable/ }, kind: 'unreachable' },
  {
    name: 'cluster-lost',
    when: {
      text: /^(Failed to refresh slots cache|None of startup nodes is available|Cluster is disconnect)/,
    },
    kind: 'unreachable',
  },
  { name: 'redirected-too-often', when: { text: /^Too many Cluster redirections/ }, kind: 'not-primary' },
  { name: 'command-timeout', when: { text: /^Command timed out/ }, kind: 'timeout', outcomeUnknown: true },
  {
    name: 'socket-timeout',
    when: { text: /^Socket timeout\. Expecting data/ },
    kind: 'timeout',
    outcomeUnknown: true,
  },
  {
    name: 'wrong-mode',
    when: { text: /^Connection (in|is in) (subscriber|monitoring) mode/ },
    kind: 'caller',
  },
  { name: 'already-connected', when: { text: /^Redis is already connecting\/connected/ }, kind: 'caller' },
  // WRONGTYPE, NOSCRIPT, EXECABORT, CROSSSLOT, syntax: all that is left of what the server answers.
  { name: 'own-command', when: { name: 'ReplyError' }, kind: 'caller' },
];

export const ioredisRows: readonly Row[] = [
  ...adapterRows,
  ...localRows,
  ...loginRows,
  notConnectedRow,
  ...replyRows,
  ...driverRows,
  ...networkRows,
  ...applicationRows,
];
