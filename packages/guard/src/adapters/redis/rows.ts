import { adapterRows, notConnectedRow } from '../adapter-error.ts';
import { applicationRows, localRows, networkRows } from '../classification/network-rows.ts';
import type { Row } from '../classification/row.ts';
import { redisLoginRows, redisReplyRows } from '../redis-server/reply-rows.ts';

/** node-redis gives its errors neither a code nor a name of their own: its texts, and its classes, must do. */
const driverRows: readonly Row[] = [
  { name: 'offline', when: { text: /^The client is offline$/ }, kind: 'unreachable' },
  // Not connected by the application yet, or closed by it; a client that gave up is told apart before.
  { name: 'own-client-closed', when: { text: /^The client is closed$/ }, kind: 'local' },
  {
    name: 'own-client-destroyed',
    when: { text: /^Disconnects client$/ },
    kind: 'local',
    outcomeUnknown: true,
  },
  {
    name: 'cut-off',
    when: { text: /^Socket closed unexpectedly$/ },
    kind: 'unreachable',
    outcomeUnknown: true,
  },
  { name: 'connect-timeout', when: { text: /^Connection timeout$/ }, kind: 'timeout' },
  {
    name: 'socket-timeout',
    when: { text: /^Socket timeout (timeout|during maintenance)\./ },
    kind: 'timeout',
    outcomeUnknown: true,
  },
  { name: 'own-queue-full', when: { text: /^The queue is full$/ }, kind: 'local' },
  // The option `timeout` of node-redis ends with the sending: what it rejects was never sent.
  { name: 'queued-too-long', when: { text: /^Command timeout during maintenance\./ }, kind: 'timeout' },
  { name: 'queued-too-long', when: { className: 'TimeoutError', text: /^$/ }, kind: 'timeout' },
  { name: 'command-aborted', when: { text: /^The command was aborted$/ }, kind: 'caller' },
  {
    name: 'watched-key-changed',
    when: { text: /^(One \(or more\) of the watched keys has been changed|Client reconnected after WATCH)/ },
    kind: 'caller',
  },
  { name: 'already-connected', when: { text: /^Socket already opened$/ }, kind: 'caller' },
];

/** WRONGTYPE, NOSCRIPT, EXECABORT, CROSSSLOT, syntax: all that is left of what the server answers. */
const ownCommandRows: readonly Row[] = [
  {
    name: 'own-command',
    when: { className: /^(SimpleError|BlobError|ErrorReply|MultiErrorReply)$/ },
    kind: 'caller',
  },
  // The same in a bundle whose classes have lost their names.
  { name: 'own-command', when: { text: /^[A-Z][A-Z0-9]+ / }, kind: 'caller' },
];

export const redisRows: readonly Row[] = [
  ...adapterRows,
  ...localRows,
  ...redisLoginRows,
  notConnectedRow,
  ...redisReplyRows,
  ...driverRows,
  ...networkRows,
  ...ownCommandRows,
  ...applicationRows,
];
