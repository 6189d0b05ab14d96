import { Socket } from 'node:net';
import type { FaultKind } from '@prunella/protocol';
import type { Client } from 'pg';
import { breakAt, ProbeFailure, probeFrom } from './failure.ts';
import type { Probe } from './probe.ts';

export interface PostgresProbeConfiguration {
  readonly url: string;
  readonly expect: 'any' | 'primary' | 'replica';
}

/** SQLSTATEs, whole or by class (the first two characters): PostgreSQL's appendix A. */
const kindByState: Readonly<Record<string, FaultKind>> = {
  '57P03': 'starting',
  '57P01': 'unreachable',
  '57P02': 'unreachable',
  '53': 'resource-exhausted',
  '28': 'auth',
  XX: 'corrupt',
};

/** Passes where a query is answered, and the server is what it is expected to be: primary or replica. */
export function postgresProbe(configuration: PostgresProbeConfiguration): Probe {
  return probeFrom('postgres', (signal) =>
    withPostgres(configuration.url, signal, async (client) =>
      judge(await askWhetherRecovering(client), configuration.expect),
    ),
  );
}

/**
 * Connects, talks, and leaves nothing behind. The socket is ours, so that an abort ends it at once; the driver alone
 * would wait for a stopped server. Rejects with what the failure means.
 */
export async function withPostgres<Answer>(
  url: string,
  signal: AbortSignal,
  talk: (client: Client) => Promise<Answer>,
): Promise<Answer> {
  const { Client } = await import('pg');
  const socket = new Socket();
  let connected = false;
  socket.once('connect', () => {
    connected = true;
  });
  const client = new Client({
    connectionString: url,
    application_name: 'prunella-probe',
    stream: () => socket,
  });
  client.on('error', () => {});
  const { broken, release } = breakAt(
    signal,
    () => new ProbeFailure('timeout', connected ? 'connected, but no answer' : 'no connection'),
  );
  try {
    const answer = await Promise.race([broken, client.connect().then(() => talk(client))]);
    await Promise.race([broken, client.end()]).catch(() => {});
    return answer;
  } catch (error) {
    throw meaningOf(error);
  } finally {
    release();
    socket.destroy();
  }
}

async function askWhetherRecovering(client: Client): Promise<boolean> {
  const answer = await client.query<{ recovering: boolean }>('select pg_is_in_recovery() as recovering');
  return answer.rows[0]?.recovering === true;
}

function judge(recovering: boolean, expected: PostgresProbeConfiguration['expect']): string {
  if (recovering && expected === 'primary') {
    throw new ProbeFailure('not-primary', 'the server is in recovery (read-only), expected a primary');
  }
  if (!recovering && expected === 'replica') {
    throw new ProbeFailure('not-primary', 'the server is a primary, expected a replica in recovery');
  }
  return recovering ? 'answered, in recovery (read-only),' : 'answered';
}

function meaningOf(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error;
  const kind = kindByState[error.code] ?? kindByState[error.code.slice(0, 2)];
  return kind === undefined ? error : new ProbeFailure(kind, `${error.message} (${error.code})`);
}
