import { adapterRows } from '../adapter-error.ts';
import { applicationRows, localRows, networkRows } from '../classification/network-rows.ts';
import type { Row } from '../classification/row.ts';

/** RFC 9110 and 6585; 520 to 530 are Cloudflare's. Whether `outcomeUnknown` holds depends on the request, too. */
const statusRows: readonly Row[] = [
  { name: 'login-refused', when: { code: /^HTTP_(401|403|407|511)$/ }, kind: 'auth' },
  { name: 'request-too-slow', when: { code: 'HTTP_408' }, kind: 'timeout' },
  { name: 'too-many-requests', when: { code: /^HTTP_(425|429)$/ }, kind: 'overloaded' },
  { name: 'not-for-this-server', when: { code: 'HTTP_421' }, kind: 'not-primary' },
  { name: 'own-request', when: { code: /^HTTP_4/ }, kind: 'caller' },
  { name: 'not-implemented', when: { code: /^HTTP_(501|505|510)$/ }, kind: 'caller' },
  { name: 'gateway-lost-it', when: { code: /^HTTP_(502|520)$/ }, kind: 'unreachable', outcomeUnknown: true },
  { name: 'gateway-refused', when: { code: /^HTTP_(521|523|530)$/ }, kind: 'unreachable' },
  { name: 'unavailable', when: { code: /^HTTP_(503|529)$/ }, kind: 'overloaded' },
  { name: 'gateway-timeout', when: { code: /^HTTP_(504|524)$/ }, kind: 'timeout', outcomeUnknown: true },
  { name: 'gateway-connect-timeout', when: { code: 'HTTP_522' }, kind: 'timeout' },
  { name: 'no-storage', when: { code: 'HTTP_507' }, kind: 'resource-exhausted' },
  { name: 'gateway-tls', when: { code: /^HTTP_52[56]$/ }, kind: 'auth' },
  { name: 'server-error', when: { code: /^HTTP_5/ }, kind: 'unknown', outcomeUnknown: true },
  // Redirects that were not followed, and 1xx, where the application did not take them for answers.
  { name: 'redirected', when: { code: /^HTTP_[13]/ }, kind: 'caller' },
];

/** What undici puts into `cause` of its "fetch failed". */
const clientRows: readonly Row[] = [
  { name: 'connect-slow-http', when: { code: 'UND_ERR_CONNECT_TIMEOUT' }, kind: 'timeout' },
  {
    name: 'answer-slow',
    when: { code: /^UND_ERR_(HEADERS|BODY)_TIMEOUT$/ },
    kind: 'timeout',
    outcomeUnknown: true,
  },
  // The other side closed, also in the middle of an answer.
  { name: 'socket-closed', when: { code: 'UND_ERR_SOCKET' }, kind: 'unreachable', outcomeUnknown: true },
  { name: 'no-http', when: { name: 'HTTPParserError' }, kind: 'unknown', outcomeUnknown: true },
  {
    name: 'no-http',
    when: { code: /^(HPE_[A-Z_]+|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES_[A-Z_]+)$/ },
    kind: 'unknown',
    outcomeUnknown: true,
  },
  {
    name: 'own-client',
    when: { code: /^UND_ERR_(INVALID_ARG|REQ_[A-Z_]+|NOT_SUPPORTED|ABORTED|CLOSED|DESTROYED)$/ },
    kind: 'caller',
  },
  { name: 'not-a-url', when: { code: 'ERR_INVALID_URL' }, kind: 'caller' },
  { name: 'redirect-refused', when: { text: /^unexpected redirect$/ }, kind: 'caller' },
  {
    name: 'redirect-loop',
    when: { text: /^redirect count exceeded$/ },
    kind: 'unknown',
    outcomeUnknown: true,
  },
  {
    name: 'body-garbled',
    when: { code: /^(Z_[A-Z_]+|ERR__ERROR_[A-Z_]+|ERR_BUFFER_TOO_LARGE)$/ },
    kind: 'unknown',
    outcomeUnknown: true,
  },
];

/** What undici calls a TypeError, although nobody made a mistake. */
const fetchFailedRows: readonly Row[] = [
  {
    name: 'fetch-failed',
    when: { name: 'TypeError', text: /^(fetch failed|terminated)$/ },
    kind: 'unreachable',
    outcomeUnknown: true,
  },
];

export const httpRows: readonly Row[] = [
  ...adapterRows,
  ...localRows,
  ...statusRows,
  ...clientRows,
  ...networkRows,
  ...fetchFailedRows,
  ...applicationRows,
];
