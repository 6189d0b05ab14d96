import type { Client, QueryConfig } from 'pg';

/**
 * True where a client must not go back to its pool: a transaction is open on it, or its connection is still
 * busy. Older releases of node-postgres tell neither; there it is false.
 */
export function leftUnusable(client: Client): boolean {
  return isInTransaction(client) || Reflect.get(client, 'readyForQuery') === false;
}

export function isInTransaction(client: Client): boolean {
  const tells = typeof client.getTransactionStatus === 'function';
  const status = tells ? client.getTransactionStatus() : null;
  return status === 'T' || status === 'E';
}

/** True while the server still owes this client an answer. */
export function isBusy(client: Client): boolean {
  return Reflect.get(client, 'readyForQuery') !== true;
}

/** Only asked after an error: whether the transaction is still open is not known before the server's next word. */
export function mayLeaveTransactionOpen(query: string | QueryConfig): boolean {
  return /\b(begin|start\s+transaction)\b/i.test(typeof query === 'string' ? query : query.text);
}
