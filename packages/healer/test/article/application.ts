import { configureReporting, connect, type GuardEvents, sayGoodbye } from '@prunella/guard';
import { rethinkdbConnection } from '@prunella/guard/rethinkdb-ts';
import { r } from 'rethinkdb-ts';
import { retryCapMs } from './scaled-playbook.ts';

export interface ApplicationOptions {
  readonly port: number;
  /** `unix:/path` */
  readonly healer: string;
}

export type Told = { readonly at: number } & (
  | { readonly type: 'read'; readonly failcount: number; readonly cacheOnly: boolean; readonly ageMs: number }
  | { readonly type: 'lost'; readonly why: string }
  | { readonly type: 'condition'; readonly condition: GuardEvents['condition']['condition'] }
  | ({ readonly type: 'reconnect' } & GuardEvents['reconnect'])
);

/** Of the longest pause that full jitter allows, always this share: so that a test can see the cap. */
export const jitter = 0.9;
const readEveryMs = 100;
const monitor = { id: 'web', failcount: 3 };

/** An application as the article has it: reads its monitor all the time, from the cache where it must. */
export function startApplication(
  { port, healer }: ApplicationOptions,
  tell: (told: Told) => void,
): { stop(): Promise<void> } {
  configureReporting({
    service: 'actioner',
    host: 'app1',
    healer,
    heartbeatSickMs: 200,
    heartbeatOkMs: 500,
    inTests: true,
  });
  const guard = connect(rethinkdbConnection({ host: '127.0.0.1', port }, r), {
    resource: 'rethinkdb/main',
    deadlineMs: 1_000,
    breaker: { consecutive: 2, openForMs: 300 },
    reconnect: { baseMs: 100, capMs: retryCapMs },
    random: () => jitter,
  });
  guard.on('condition', ({ condition }) => tell({ at: Date.now(), type: 'condition', condition }));
  guard.on('reconnect', (event) => tell({ at: Date.now(), type: 'reconnect', ...event }));
  let running = true;
  const read = async () => {
    try {
      // No table: the stand-in forgets them at a restart.
      const answer = await guard.read<typeof monitor>({
        key: 'monitor:web',
        load: (database) => database.run<typeof monitor>(r.expr(monitor)),
      });
      const { value, cacheOnly, ageMs } = answer;
      tell({ at: Date.now(), type: 'read', failcount: value.failcount, cacheOnly, ageMs });
    } catch (error) {
      tell({ at: Date.now(), type: 'lost', why: String(error) });
    }
    if (running) setTimeout(read, readEveryMs);
  };
  void read();
  return {
    stop: async () => {
      running = false;
      await sayGoodbye();
      await guard.detach();
    },
  };
}
