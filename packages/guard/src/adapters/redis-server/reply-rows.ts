import type { Row } from '../classification/row.ts';

/** Redis begins an error with a word that is its code; a plain "ERR" is told by its text. Of any driver. */
export const redisLoginRows: readonly Row[] = [
  {
    name: 'login-refused',
    when: { text: /^(NOAUTH|WRONGPASS|NOPERM|DENIED|ERR (invalid password|AUTH |operation not permitted))/ },
    kind: 'auth',
  },
];

export const redisReplyRows: readonly Row[] = [
  { name: 'loading-data', when: { text: /^LOADING / }, kind: 'starting' },
  { name: 'read-only', when: { text: /^READONLY / }, kind: 'not-primary' },
  { name: 'primary-lost', when: { text: /^(MASTERDOWN|NOREPLICAS|NOMASTERLINK) / }, kind: 'not-primary' },
  { name: 'cluster-down', when: { text: /^CLUSTERDOWN / }, kind: 'not-primary' },
  { name: 'slot-moving', when: { text: /^TRYAGAIN / }, kind: 'starting' },
  { name: 'role-changed', when: { text: /^UNBLOCKED / }, kind: 'not-primary', outcomeUnknown: true },
  { name: 'out-of-memory', when: { text: /^OOM / }, kind: 'resource-exhausted' },
  { name: 'cannot-persist', when: { text: /^MISCONF / }, kind: 'resource-exhausted' },
  { name: 'too-many-clients', when: { text: /^ERR max number of clients/ }, kind: 'resource-exhausted' },
  { name: 'script-runs-long', when: { text: /^BUSY / }, kind: 'overloaded' },
];
