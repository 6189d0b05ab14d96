import { join } from 'node:path';
import { freePort } from '@prunella/labs';
import { type Child, startChild } from './child.ts';
import type { ActionerLine, Tally } from './tally.ts';

const programs = join(import.meta.dirname, '..', 'examples', 'actioner', 'src');
const monitors = 6;
const perSecond = 20;

export interface Actioners {
  readonly count: number;
  /** Begins the stream of monitor results, if it does not flow already. */
  send(): void;
  stopSending(): Promise<void>;
  stop(): Promise<void>;
}

export interface ActionerPlaces {
  readonly databaseUrl: string;
  readonly redisUrl: string | null;
  readonly healerAddress: string;
  readonly reporterToken: string;
}

/** Makes the tables and the sample's monitors with their reactions. */
export async function prepareTables(databaseUrl: string): Promise<void> {
  const args = ['--database', databaseUrl, '--monitors', String(monitors), '--trigger', '30'];
  const child = startChild({ file: join(programs, 'prepare-database.ts'), args, onLine: () => {} });
  await child.exited;
  if (child.errors() !== '') throw new Error(`the tables could not be made: ${child.errors()}`);
}

/** Three actioner processes, and the sender of monitor results. */
export async function startActioners(
  places: ActionerPlaces,
  tally: Tally,
  onLine: (instance: number, line: ActionerLine) => void,
): Promise<Actioners> {
  const count = 3;
  // One queue for all where the cache is shared; without Redis all results of a monitor go to one actioner.
  const addresses = await Promise.all(
    Array.from(
      { length: places.redisUrl === null ? count : 1 },
      async () => `tcp://127.0.0.1:${await freePort()}`,
    ),
  );
  const children = Array.from({ length: count }, (_, instance) =>
    startActioner(places, addresses[instance % addresses.length] ?? '', (line) => onLine(instance, line)),
  );
  let sender: Child | undefined;
  return {
    count,
    send: () => {
      // A second one could not bind the same addresses, and the first would be stopped by nobody.
      if (sender !== undefined) return;
      sender = startChild({
        file: join(programs, 'send-results.ts'),
        args: [
          ...addresses.flatMap((address) => ['--bind', address]),
          ...['--monitors', String(monitors), '--rate', String(perSecond), '--json'],
        ],
        onLine: (text) => {
          const line = JSON.parse(text) as ActionerLine;
          if (line.type === 'sent' && line.id !== undefined) tally.sent(line.id);
        },
      });
    },
    stopSending: async () => {
      const stopped = sender;
      sender = undefined;
      await stopped?.stop();
    },
    stop: async () => {
      await sender?.stop();
      await Promise.all(children.map((child) => child.stop()));
    },
  };
}

function startActioner(places: ActionerPlaces, address: string, onLine: (line: ActionerLine) => void): Child {
  return startChild({
    file: join(programs, 'main.ts'),
    args: [
      ...['--results', address, '--database', places.databaseUrl],
      ...(places.redisUrl === null ? [] : ['--redis', places.redisUrl]),
      ...[
        '--deadline-ms',
        '2000',
        '--retry-ms',
        '1000',
        '--heartbeat-sick-ms',
        '500',
        '--heartbeat-ok-ms',
        '1000',
      ],
      '--json',
    ],
    environment: {
      PRUNELLA_HEALER: places.healerAddress,
      PRUNELLA_TOKEN: places.reporterToken,
      PRUNELLA_IN_TESTS: '1',
    },
    onLine: (text) => onLine(JSON.parse(text) as ActionerLine),
  });
}
