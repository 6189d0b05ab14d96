import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '@prunella/labs';
import { reportOf } from '../core/reports.ts';
import { unboundedFleet } from '../healer/installation.ts';
import { Sender } from '../healer/send.ts';
import { percentile } from '../measure.ts';
import { judged, type Row } from '../row.ts';
import { BareSalt } from './bare-salt.ts';
import { OurHealer } from './our-healer.ts';
import { type MarkedSalt, minions, now, startMarkedSalt } from './salt-mark.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { untilQuiet } from './until-quiet.ts';

/** The resource that is repaired again and again. */
const again = 'again';
const warmUps = 3;
const patienceMs = 120_000;
/** After an order has begun its return is still on its way. */
const settleMs = 400;
/** Without a new start for so long, none is expected any more. */
const quietMs = 45_000;
const whileDown = 10;

interface MinionRun {
  readonly single: number;
  readonly burst: number;
}

/** From a signal to a function that begins on a minion, beside the same without us, and beside Salt's reactor. */
export async function measureMinion(program: string, { single, burst }: MinionRun): Promise<Row[]> {
  const folder = await temporaryFolder();
  const names = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${prefix}${index}`);
  const together = names('many', burst);
  const unheard = names('down', whileDown);
  const ids = [again, ...together, ...unheard];
  let salt: MarkedSalt | undefined;
  let healer: OurHealer | undefined;
  try {
    salt = await startMarkedSalt(folder, ids);
    const { lab } = salt;
    healer = await startHealer(program, salt, join(folder, 'healer'), ids);
    const ours = healer;
    const toOurs = ours.sender(burst);
    const one = await oneByOne(salt, ours, toOurs, single);
    const signal = (id: string) => ours.signal(toOurs, `bench/${id}`, 'process.exit');
    const oursTogether = await burstOf(salt, signal, together);
    const explained = new Set(await ours.resourcesWithIncidents());
    const unexplained = oursTogether.missing.filter((id) => !explained.has(`bench/${id}`));
    const down = await measureDown(salt, ours, signal, unheard);
    // Last: hooks at the same moment break salt-api for good.
    const toHook = new Sender(lab.api.url, '', burst);
    const hookAtOnce = (id: string) =>
      toHook.post('/hook/mark', hookBody(id, minions.together)).catch(() => {});
    const hooksTogether = await burstOf(salt, hookAtOnce, names('hooked', burst));
    toHook.close();
    toOurs.close();
    return [
      ...oneByOneRows(one),
      ...burstRows(burst, oursTogether, unexplained.length, hooksTogether),
      ...down,
    ];
  } finally {
    await healer?.stop();
    await salt?.lab.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

type Took = Readonly<Record<'ours' | 'bare' | 'hook', number[]>>;

/**
 * Turn by turn; in ms, of those after the warm-up. Ours is one resource whose one instance complains and is well
 * after the repair: the attempt is verified and the incident closed before the next turn.
 */
async function oneByOne(salt: MarkedSalt, healer: OurHealer, sender: Sender, single: number): Promise<Took> {
  const bare = new BareSalt(salt.lab);
  await bare.login();
  const resource = `bench/${again}`;
  let reports = 0;
  const report = (isSick: boolean) => {
    reports += 1;
    const one = { ...reportOf('1', resource, reports, isSick), heartbeatMs: 600_000 };
    return sender.post('/v1/reports', JSON.stringify({ reports: [one] }));
  };
  const begun = async (id: string, times: number) => (await salt.marks()).get(id)?.[times];
  const begins = (id: string, times: number) =>
    waitFor(() => begun(id, times), {
      what: `${id} to begin on the minion, turn ${times}`,
      deadlineMs: patienceMs,
      everyMs: 10,
    });
  const turns = {
    ours: async (turn: number) => {
      await report(true);
      const sentAt = now();
      await healer.signal(sender, resource, 'process.exit', `turn ${turn}`);
      const at = await begins(again, turn);
      await healer.signal(sender, resource, 'process.exit', `turn ${turn}`, 'resolved');
      // As heartbeats do: what counts is that it is well after the end of the attempt.
      const closed = async () => {
        await report(false);
        return (await healer.openIncidents()) === 0;
      };
      await waitFor(closed, {
        what: 'the incident to be closed',
        deadlineMs: patienceMs,
        everyMs: 200,
      });
      return at - sentAt;
    },
    bare: async (turn: number) => {
      const sentAt = now();
      await bare.resolveAndMark('bare');
      return (await begins('bare', turn)) - sentAt;
    },
    hook: async (turn: number) => {
      const sentAt = now();
      await hook(salt.lab.hook.url, 'hook', minions.alone);
      return (await begins('hook', turn)) - sentAt;
    },
  };
  const took = { ours: [] as number[], bare: [] as number[], hook: [] as number[] };
  const names = ['ours', 'bare', 'hook'] as const;
  for (let turn = 0; turn < warmUps + single; turn += 1) {
    for (const name of turn % 2 === 0 ? names : names.toReversed()) {
      const ms = await turns[name](turn);
      if (turn >= warmUps) took[name].push(ms);
      await delay(settleMs);
    }
  }
  bare.close();
  return took;
}

function oneByOneRows(took: Took): Row[] {
  const figure = 'signal to function on the minion, one at a time';
  return [50, 99].flatMap((share) => {
    const row = (peer: readonly number[], peerName: string, from: string | null) => {
      const value = 1.3 * percentile(peer, share);
      return judged({
        figure: `${figure}, p${share}`,
        ours: percentile(took.ours, share),
        peer: percentile(peer, share),
        peerName,
        bar: from === null ? null : { rule: 'at most', value, from },
        unit: 'ms',
      });
    };
    return [
      row(took.bare, 'bare resolve and local_async', '1.3 times the peer'),
      row(took.hook, 'Salt’s hook and reactor', null),
    ];
  });
}

interface Burst {
  /** Of those that began, ms. */
  readonly ms: readonly number[];
  /** Those that never did. */
  readonly missing: readonly string[];
}

/** All sent in one moment. */
async function burstOf(
  salt: MarkedSalt,
  send: (id: string) => Promise<void>,
  ids: readonly string[],
): Promise<Burst> {
  const sentAt = now();
  await Promise.all(ids.map((id) => send(id)));
  const begun = async () => {
    const marks = await salt.marks();
    return ids.filter((id) => marks.has(id)).length;
  };
  await untilQuiet(begun, ids.length, quietMs);
  const marks = await salt.marks();
  return {
    ms: ids.flatMap((id) => marks.get(id)?.[0] ?? []).map((at) => at - sentAt),
    missing: ids.filter((id) => !marks.has(id)),
  };
}

function burstRows(burst: number, ours: Burst, unexplained: number, hooks: Burst): Row[] {
  const peerName = 'Salt’s hook and reactor';
  const theirs = percentile(hooks.ms, 99);
  const figure = (what: string) => `burst of ${burst} to one minion: ${what}`;
  return [
    judged({
      figure: figure('signal to function, p99 of those that began'),
      ours: percentile(ours.ms, 99),
      peer: theirs,
      peerName,
      bar: { rule: 'below', value: theirs, from: 'the peer' },
      unit: 'ms',
    }),
    judged({
      figure: figure('never begun'),
      ours: ours.missing.length,
      peer: hooks.missing.length,
      peerName,
      bar: null,
      unit: 'orders',
    }),
    judged({
      figure: figure('neither begun nor explained'),
      ours: unexplained,
      peer: hooks.missing.length,
      peerName,
      bar: { rule: 'at most', value: 0, from: 'fixed' },
      unit: 'orders',
    }),
  ];
}

/** Taken while the minion is down: what is neither begun when it is back, nor told to anybody. */
async function measureDown(
  salt: MarkedSalt,
  healer: OurHealer,
  signal: (id: string) => Promise<void>,
  ids: readonly string[],
): Promise<Row[]> {
  const hooked = (id: string) => `hook-${id}`;
  await salt.lab.killMinion(minions.together);
  for (const id of ids) {
    await signal(id);
    // Rejects unless it is taken.
    await hook(salt.lab.hook.url, hooked(id), minions.together);
  }
  await salt.lab.startMinion(minions.together);
  const begun = async () => {
    const marks = await salt.marks();
    return ids.filter((id) => marks.has(id) && marks.has(hooked(id))).length;
  };
  await untilQuiet(begun, ids.length, quietMs);
  const marks = await salt.marks();
  const explained = new Set(await healer.resourcesWithIncidents());
  return [
    judged({
      figure: `taken with the minion down (${ids.length}), then neither begun nor explained`,
      ours: ids.filter((id) => !marks.has(id) && !explained.has(`bench/${id}`)).length,
      peer: ids.filter((id) => !marks.has(hooked(id))).length,
      peerName: 'Salt’s hook and reactor',
      bar: { rule: 'at most', value: 0, from: 'fixed' },
      unit: 'orders',
    }),
  ];
}

function hookBody(id: string, minion: string): string {
  return JSON.stringify({ id, minion });
}

async function hook(url: string, id: string, minion: string): Promise<void> {
  const answer = await fetch(`${url}/mark`, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: hookBody(id, minion),
  });
  const { success } = (await answer.json()) as { success?: boolean };
  if (success !== true) throw new Error(`the hook answered ${answer.status}`);
}

/** Every resource is a matter of one of the two minions, and has a playbook of its own, which names it to the function. */
async function startHealer(
  program: string,
  { lab }: MarkedSalt,
  folder: string,
  ids: readonly string[],
): Promise<OurHealer> {
  await mkdir(join(folder, 'playbooks'), { recursive: true });
  const resources = ids.map((id) => {
    const minion = id === again ? minions.alone : minions.together;
    return `  bench/${id}: { nodes: { one: { target: ${minion} } } }`;
  });
  const { url, username, password, eauth } = lab.api;
  const configurationFile = join(folder, 'prunella.yaml');
  await writeFile(
    configurationFile,
    `server: { port: 0 }
resources:
${resources.join('\n')}
backends:
  salt: { mode: api, url: '${url}', username: ${username}, eauth: ${eauth}, password: { environment: BENCH_SALT } }
${unboundedFleet()}`,
  );
  for (const id of ids) {
    await writeFile(
      join(folder, 'playbooks', `${id}.yaml`),
      `playbook: ${id}
for: bench/${id}
open: { confirm: none, signals: [process.exit], graceAfterStart: 0s, quorum: { hosts: 1 } }
ladder:
  - action: salt.function
    with: { function: bench.mark, arguments: { id: ${id} } }
    autonomy: auto
    every: 100ms
    max: ${id === again ? 1_000 : 1}
    deadline: 60s
    window: ${id === again ? '60s' : '100ms'}
    soak: 100ms
limits: { attemptsPerDay: 1000000, disruptivePerFleetHour: 1000000, flappingOpenings: 1000000 }
`,
    );
  }
  return OurHealer.start(program, configurationFile, { environment: { BENCH_SALT: password } });
}
