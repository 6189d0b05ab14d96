import type { Row } from './row.ts';

/** This host's own trouble: says nothing about the resource. Node's and libuv's error codes. */
export const localRows: readonly Row[] = [
  { name: 'resolver-failed', when: { code: /^(EAI_[A-Z]+|ESERVFAIL|EREFUSED)$/ }, kind: 'local' },
  { name: 'out-of-file-handles', when: { code: /^(EMFILE|ENFILE)$/ }, kind: 'local' },
  { name: 'out-of-own-ports', when: { code: /^(EADDRNOTAVAIL|EADDRINUSE)$/ }, kind: 'local' },
  { name: 'out-of-own-memory', when: { code: /^(ENOBUFS|ENOMEM)$/ }, kind: 'local' },
  { name: 'own-network-down', when: { code: /^(ENETDOWN|ENONET)$/ }, kind: 'local' },
];

/** The way to the resource. While connecting nothing has been sent, so the outcome is known. */
export const networkRows: readonly Row[] = [
  // The resolver answered: nobody has this name. So a cluster says that a resource's last member is gone.
  { name: 'name-gone', when: { code: /^(ENOTFOUND|ENODATA)$/ }, kind: 'unreachable' },
  { name: 'connect-timed-out', when: { code: 'ETIMEDOUT', syscall: 'connect' }, kind: 'timeout' },
  { name: 'connect-slow', when: { code: 'ERR_SOCKET_CONNECTION_TIMEOUT' }, kind: 'timeout' },
  { name: 'timed-out', when: { code: 'ETIMEDOUT' }, kind: 'timeout', outcomeUnknown: true, evict: true },
  { name: 'connect-refused', when: { code: 'ECONNREFUSED' }, kind: 'unreachable' },
  { name: 'socket-file-missing', when: { code: 'ENOENT', syscall: 'connect' }, kind: 'unreachable' },
  {
    name: 'connect-failed',
    when: { code: /^(ECONNRESET|ECONNABORTED|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN)$/, syscall: 'connect' },
    kind: 'unreachable',
  },
  {
    name: 'connection-lost',
    when: { code: /^(ECONNRESET|ECONNABORTED|EPIPE|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN)$/ },
    kind: 'unreachable',
    outcomeUnknown: true,
    evict: true,
  },
  {
    name: 'written-after-end',
    when: { code: /^ERR_STREAM_(DESTROYED|WRITE_AFTER_END|PREMATURE_CLOSE)$/ },
    kind: 'unreachable',
    outcomeUnknown: true,
    evict: true,
  },
  {
    name: 'certificate-refused',
    when: { code: /^(CERT_[A-Z_]+|[A-Z_]*SELF_SIGNED_CERT[A-Z_]*|UNABLE_TO_[A-Z_]*|ERR_TLS_CERT_[A-Z_]+)$/ },
    kind: 'auth',
  },
  // The other side speaks no TLS, or none that this one accepts.
  {
    name: 'tls-broken',
    when: { code: /^(EPROTO|ERR_SSL_[A-Z0-9_]+)$/ },
    kind: 'unreachable',
    outcomeUnknown: true,
    evict: true,
  },
];

/** What the application's own code does around the driver's calls. */
export const applicationRows: readonly Row[] = [
  { name: 'aborted', when: { name: 'AbortError' }, kind: 'caller' },
  { name: 'own-timeout', when: { name: 'TimeoutError' }, kind: 'timeout', outcomeUnknown: true },
  {
    name: 'programming-error',
    when: { name: /^(TypeError|RangeError|ReferenceError|SyntaxError|URIError|EvalError|AssertionError)/ },
    kind: 'caller',
  },
];
