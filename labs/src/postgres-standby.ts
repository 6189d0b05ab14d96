import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import pg from 'pg';
import { freePort } from './ports.ts';
import { type LabPostgres, postgresAnswers } from './postgres.ts';
import { fastShutdown, preparePostgresql } from './postgresql-server.ts';
import { startService } from './service.ts';

export interface StandbyOptions {
  /** Holds the copy of the primary's data, and the log; made where it is missing. */
  readonly folder: string;
  /** Must run now, by the engine `postgresql`. */
  readonly primary: LabPostgres;
  /** The server's settings. With `hot_standby: 'off'` it answers every client that it is starting. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A second PostgreSQL that follows a primary: it takes reads only, or with `hot_standby` off nobody. */
export async function startPostgresStandby(options: StandbyOptions): Promise<LabPostgres> {
  const folder = resolve(options.folder);
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const { settings = {}, primary } = options;
  const connectionString = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  const serves =
    settings['hot_standby'] === 'off'
      ? () => saysItStarts(connectionString)
      : () => postgresAnswers(connectionString);
  const command = await preparePostgresql({ folder, port, settings, primaryPort: primary.port });
  const service = await startService({
    name: 'postgresql',
    folder,
    port,
    command,
    hasteSignal: fastShutdown,
    serves,
  });
  return Object.assign(service, { connectionString });
}

async function saysItStarts(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 1_000 });
  client.on('error', () => {});
  const answer = await client.connect().then(
    () => null,
    (error: unknown) => error,
  );
  await client.end().catch(() => {});
  return Reflect.get(Object(answer), 'code') === '57P03';
}
