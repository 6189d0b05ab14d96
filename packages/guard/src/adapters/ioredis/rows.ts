import { adapterRows, notConnectedRow } from '../adapter-error.ts';
import { applicationRows, localRows, networkRows } from '../classification/network-rows.ts';
import type { Row } from '../classification/row.ts';
import { redisLoginRows, redisReplyRows } from '../redis-server/reply-rows.ts';

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
  // Releases before 6: what answers there speaks no Redis.
  { name: 'garbled-answer', when: { name: 'ParserError' }, kind: 'unknown', outcomeUnknown: true },
  { name: 'already-connected', when: { text: /^Redis is already connecting\/connected/ }, kind: 'caller' },
  // WRONGTYPE, NOSCRIPT, EXECABORT, CROSSSLOT, syntax: all that is left of what the server answers.
  { name: 'own-command', when: { name: 'ReplyError' }, kind: 'caller' },
];

export const ioredisRows: readonly Row[] = [
  ...adapterRows,
  ...localRows,
  ...redisLoginRows,
  notConnectedRow,
  ...redisReplyRows,
  ...driverRows,
  ...networkRows,
  ...applicationRows,
];
