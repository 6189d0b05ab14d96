import type { Client } from 'pg';
import { untilAborted } from '../until-aborted.ts';
import { destroy, sayGoodbye } from './destroy.ts';

/** A fresh connection, `SELECT 1`, and gone: neither a full pool nor a stale client can speak for the server. */
export async function pingWith(client: Client, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  client.on('error', () => {});
  try {
    await untilAborted(ask(client), signal);
  } catch (error) {
    destroy(client);
    throw error;
  }
  sayGoodbye(client);
}

async function ask(client: Client): Promise<void> {
  await client.connect();
  await client.query('SELECT 1');
}
