import {
  acting,
  alarm,
  around,
  attempt,
  type Change,
  cause,
  deadlines,
  deploy,
  failing,
  hours,
  now,
  passing,
  progress,
  record,
  sick,
  summary,
  targets,
} from './guardrail-facts.ts';
import { minutes, restart, seconds } from './playbooks.ts';

/** The cases of each guardrail: its name, what is changed of an attempt that nothing speaks against, what it says. */
export const holding: readonly (readonly [name: string, change: Change, says: string])[] = [
  [
    'kill-switch',
    { state: { fleet: { paused: { by: 'ada', reason: 'hands on', at: now } } } },
    'ada: hands on',
  ],
  ['one-in-flight', { incident: { attempt: { ...attempt, id: 'i1.0' } } }, 'i1.0'],
  [
    'stop-when-unproven',
    { incident: { ladder: { state: 'paused', since: now, reason: 'restart could not be verified' } } },
    'could not be verified',
  ],
  ['grace', { state: { startedAt: now - seconds(20) } }, 'started 20 s ago; for 60 s'],
  ['quorum', sick({ conditions: { ok: 3, degraded: 0, down: 1, unknown: 0 } }), '1 of 4 instances sick'],
  ['quorum', sick({ conditions: { ok: 0, degraded: 0, down: 1, unknown: 3 } }), '3 unknown'],
  [
    'maintenance',
    around({ maintenance: { by: 'ada', reason: 'disks', at: now, until: now + 60_000 } }),
    'disks',
  ],
  [
    'maintenance',
    { playbook: { windows: { timeZone: 'UTC', allowed: [], maintenance: [hours(7, 9)] } } },
    'lasts for another 60 min',
  ],
  [
    'somebody-else',
    { incident: { claim: { by: 'ada', reason: 'mine', at: now - 60_000 } } },
    'ada has claimed it 60 s ago',
  ],
  ['somebody-else', around({ deploy }), 'actioner 4.2'],
  [
    'somebody-else',
    around({ acting: [{ source: 'salt', acting: [acting] }] }),
    'highstate for 2 min: job 20261123',
  ],
  [
    'somebody-else',
    around({
      acting: [{ source: 'patroni', acting: [{ ...acting, what: 'failover', targets: ['minion-db1'] }] }],
    }),
    'failover on minion-db1',
  ],
  ['storm', { state: { fleet: { paused: null, storm: alarm } } }, '5 incidents'],
  ['isolation', { state: { fleet: { paused: null, isolation: alarm } } }, '5 incidents'],
  [
    'upstream',
    around({ upstream: [{ resource: 'disk/data', since: now - 60_000 }] }),
    'disk/data (for 60 s)',
  ],
  ['lineage', { incident: { cause } }, 'r.1 of redis/cache on minion-db1, which is not over'],
  [
    'lineage',
    { incident: { cause: { ...cause, endedAt: now - 60_000 } } },
    'ended 60 s ago; 5 min must pass',
  ],
  ['grace', around({ deploy: { ...deploy, endsAt: now - seconds(30) } }), 'ended 30 s ago; for 2 min'],
  [
    'windows',
    { playbook: { windows: { timeZone: 'Europe/Berlin', allowed: [hours(10, 17)], maintenance: [] } } },
    'the next opens in 60 min, at 2027-01-15 09:00:00Z',
  ],
  [
    'overload',
    {
      state: {
        summary: { ...summary, ...deadlines },
        around: { load: { at: now - seconds(10), of: 'connections', utilisation: 0.97 } },
      },
    },
    '3 of 3 miss deadlines while 97 % of its connections are in use',
  ],
  ['own-probe', { state: { probes: [passing] } }, 'passes'],
  [
    'own-probe',
    { state: { probes: [{ ...failing, kind: 'auth', detail: 'role "healer" does not exist' }] } },
    'refuses its account: role "healer" does not exist',
  ],
  [
    'timeout-alone',
    { state: { probes: [passing], summary: { ...summary, sickByKind: { timeout: 3 } } } },
    'deadlines',
  ],
  ['starting', sick({ sickByKind: { starting: 1, unreachable: 2 } }), 'waited for'],
  ['starting', { state: { probes: [{ ...failing, kind: 'starting' }] } }, 'waited for'],
  ['overload', sick({ sickByKind: { overloaded: 2, timeout: 1 } }), '2 of 3'],
  ['targets', targets({ ids: [] }), 'the backend knows none of minion-db1; nothing is sent'],
  ['targets', { ...targets({ failing: [] }), state: { probes: [passing] } }, 'no node fails its own probe'],
  ['targets', { ...targets({ failing: [] }), nodes: [{ name: 'db1' }] }, 'no failing node has a target'],
  [
    'targets',
    { ...targets({ failing: [] }), nodes: [{ name: 'db2', target: 'minion-db2' }] },
    'no failing node has a target',
  ],
  [
    'targets',
    {
      ...targets({ failing: [] }),
      step: { ...restart, target: { select: 'expression', matcher: 'glob', expression: 'db*' } },
    },
    'the glob db* means nobody',
  ],
  ['target-silent', targets({ ids: ['minion-db2'], silent: ['minion-db1'] }), '1 of 2 did not answer'],
  [
    'healthy-share',
    {
      state: { probes: [failing, { ...passing, node: 'db2' }] },
      ...targets({ ids: ['minion-db1', 'minion-db2'] }),
    },
    'leave 0 of 1 that still serve; 50 % must be left',
  ],
  [
    'arguments',
    { step: { ...restart, arguments: { service: '{{ labels.service }}' } } },
    'has no value here',
  ],
  ['blast-radius', targets({ ids: ['minion-db1', 'minion-db2'] }), '2 nodes'],
  ['cooldown', progress(1, now - minutes(3)), 'started 3 min ago; every is 10 min'],
  ['max-runs', progress(2, now - minutes(30)), 'ran 2 of at most 2'],
  [
    'budget',
    { state: { starts: [1, 2, 3, 4].map((each) => now - minutes(each * 60)) } },
    '4 attempts in a day',
  ],
  ['autonomy', { step: { ...restart, autonomy: 'shadow' } }, 'only says what it would do'],
  ['approval', { step: { ...restart, autonomy: 'ask' } }, 'waits for a person'],
];

export const lowering: readonly (readonly [name: string, change: Change, says: string])[] = [
  ['flapping', { state: { askUntil: now + minutes(60), openings: [now, now, now] } }, '3 openings lately'],
  ['unmapped-node', { nodes: [{ name: 'db1', target: 'minion-db1' }, { name: 'db3' }] }, 'db3'],
  [
    'stop-when-ineffective',
    record({
      recent: [1, 2, 3].map((at) => ({ attempt: `a${at}`, at, verdict: 'ineffective' as const })),
    }),
    'its last 3 runs at this resource did not help',
  ],
  [
    'demotion',
    record({ demoted: { at: now, attempt: 'i0.2', reason: 'db2 served before it' } }),
    'db2 served before it',
  ],
  ['lineage', { incident: { cause: { ...cause, endedAt: now - minutes(6) } } }, 'our own attempt r.1'],
  [
    'quorum',
    {
      playbook: { open: { quorum: { share: 0.5, hosts: 2, hostsWritten: false } } },
      ...sick({ hosts: { observing: ['a'], sick: ['a'] } }),
    },
    'all observers are on 1 host',
  ],
  [
    'blast-radius',
    {
      ...targets({ ids: ['minion-db1', 'minion-db2'] }),
      step: { ...restart, target: { select: 'expression', expression: 'db*', matcher: 'glob' } } as const,
    },
    'the written target means 2 nodes',
  ],
];
