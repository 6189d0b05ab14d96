import { stringify } from 'yaml';
import type { DemoOptions } from './options.ts';

type RepairBy = DemoOptions['repairBy'];

/** How the healer reaches what repairs. */
export type RepairAddress =
  | {
      readonly by: 'process';
      readonly command: readonly string[];
      readonly folder: string;
      /** What `process.apply` writes: the database's configuration, which cannot cure a dead process. */
      readonly applies: { readonly path: string; readonly content: string };
    }
  | { readonly by: 'salt'; readonly url: string; readonly username: string; readonly passwordFile: string }
  | { readonly by: 'salt-hook'; readonly url: string; readonly secretFile: string };

export interface DemoPlaces {
  readonly postgresPort: number;
  readonly storeFolder: string;
  readonly playbookFile: string;
  readonly repair: RepairAddress;
  /** Where the page's buttons lead; null: there are none. */
  readonly drills: { readonly port: number; readonly tokenFile: string } | null;
}

/** The demo's `prunella.yaml`. */
export function demoConfiguration(places: DemoPlaces): string {
  return stringify({
    store: { folder: places.storeFolder },
    server: { port: 0 },
    playbooks: [places.playbookFile],
    resources: {
      'postgres/main': {
        nodes: {
          db1: {
            target: places.repair.by === 'process' ? 'postgres' : 'db1',
            probe: { type: 'postgres', port: places.postgresPort, interval: '500ms', timeout: '1s' },
          },
        },
      },
    },
    backends: backend(places.repair),
    ...(places.drills === null ? {} : { drills: drills(places.drills) }),
    timing: { reportHeartbeat: '500ms', reportHeartbeatOk: '1s', graceAfterStart: '1s' },
  });
}

function drills({ port, tokenFile }: NonNullable<DemoPlaces['drills']>): object {
  const drill = (title: string, path: string) => ({
    title,
    resource: 'postgres/main',
    post: { url: `http://127.0.0.1:${port}${path}`, token: { file: tokenFile } },
  });
  return {
    'kill-database': drill('Kill the database', '/kill'),
    'stall-database': drill('Stall the database', '/stall'),
    'break-repairs': drill('Make repairs fail, or work again', '/repairs'),
  };
}

function backend(repair: RepairAddress): object {
  switch (repair.by) {
    case 'process':
      return {
        process: {
          services: {
            postgres: {
              command: repair.command,
              folder: repair.folder,
              apply: { files: [repair.applies] },
              settle: '500ms',
              // Whoever makes repairs fail here, and work again, is not to wait, nor to be asked to mend it first.
              backoff: { first: '100ms', most: '1s' },
              maintenance: { failures: 100, within: '1m' },
            },
          },
        },
      };
    case 'salt':
      return {
        salt: {
          mode: 'api',
          url: repair.url,
          username: repair.username,
          password: { file: repair.passwordFile },
        },
      };
    case 'salt-hook':
      return { salt: { mode: 'hook', url: repair.url, secret: { file: repair.secretFile } } };
  }
}

/**
 * The article's two kinds of step, its minutes shortened to seconds; run counts, budget and flapping raised, so
 * that each further break heals too.
 */
export function demoPlaybook(repairBy: RepairBy): string {
  const salt = repairBy !== 'process';
  // A real highstate takes some seconds, a supervised process none; an outcome that nobody can see (the hooks')
  // is verified only when its deadline has passed.
  const times = {
    process: { secondAt: '8s', applyWithin: '2s', window: '2s', restartWithin: '15s' },
    salt: { secondAt: '14s', applyWithin: '20s', window: '3s', restartWithin: '15s' },
    'salt-hook': { secondAt: '14s', applyWithin: '9s', window: '3s', restartWithin: '9s' },
  }[repairBy];
  // The hooks name no one but an expression, as the article's did.
  const target = repairBy === 'salt-hook' ? "\n    target: 'db*'" : '';
  return `# The demo's playbook. The article waits 5 and 10 minutes; here it is seconds.
playbook: demo
for: postgres/main
open:
  after: 2s
  afterTimeoutOnly: 3s
  quorum: { hosts: 1 }       # all three instances run on this one machine
  confirm: { failures: 2, every: 500ms, timeout: 1s }
  graceAfterStart: 1s
ladder:
  - id: apply-configuration  # real, and no cure for a dead process
    action: ${salt ? 'salt.state.highstate' : 'process.apply'}${target}
    after: 3s
    every: ${salt ? '30s' : '10s'}
    max: 100
    autonomy: auto
    deadline: ${times.applyWithin}
    window: ${times.window}
    soak: 1s
  - id: restart-database
    action: ${salt ? 'salt.service.restart' : 'process.restart'}${salt ? '\n    with: { service: postgres }' : ''}${target}
    after: ${times.secondAt}
    every: 5s
    max: 100
    autonomy: auto
    deadline: ${times.restartWithin}
    window: 20s
    soak: 2s
limits:
  attemptsPerDay: 1000
  disruptivePerFleetHour: 1000
  flappingOpenings: 1000
  ineffectiveInARow: 100     # applying the configuration never helps here, which is the point
`;
}
