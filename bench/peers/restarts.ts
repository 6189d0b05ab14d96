import { appendFileSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ensureDebianPackage, findBinary, signalGroup, spawnKept, waitFor } from '@prunella/labs';
import { unboundedFleet } from '../healer/installation.ts';
import { percentile } from '../measure.ts';
import { judged, type Row } from '../row.ts';
import { OurHealer } from './our-healer.ts';
import { temporaryFolder } from './temporary-folder.ts';

const cycleMs = 1_000;
const monitored = 'monitored';
const patienceMs = 60_000;
const pauseMs = 300;

/** Where monit is, or the reason why it cannot be had here. */
export async function installMonit(
  say: (line: string) => void,
): Promise<{ readonly monit: string } | { readonly why: string }> {
  let why = 'it is not installed';
  if (findBinary('monit') === null) {
    await ensureDebianPackage('monit', (line) => {
      why = line;
      say(line);
    });
  }
  const monit = findBinary('monit');
  return monit === null ? { why } : { monit };
}

/**
 * A process is killed; how long until it is there anew. Monit has one service only, which is the least that it can
 * have to look at; ours has one for each kill, since it puts off a service that fails again.
 */
export async function measureRestarts(monit: string, kills: number): Promise<Row[]> {
  const names = Array.from({ length: kills }, (_, index) => `s${index}`);
  // Its own program removes it, when the services in it have been ended.
  const ours = await prepare(await mkdtemp(join(tmpdir(), 'prunella-bench-')), names);
  const theirs = await prepare(await temporaryFolder(), [monitored]);
  let monitPid = 0;
  // Monit's service is nobody's child: also where the run is interrupted it must go.
  const clean = () => {
    if (monitPid !== 0) signalGroup(monitPid, 'SIGKILL');
    for (const pid of theirs.pids()) endProcess(pid);
  };
  process.prependOnceListener('exit', clean);
  let healer: OurHealer | undefined;
  try {
    monitPid = await startMonit(monit, theirs);
    healer = await startHealer(ours);
    for (const one of [ours, theirs]) {
      await waitFor(() => one.names.every((name) => one.starts(name).length > 0), {
        what: `all services in ${one.folder} to run`,
        deadlineMs: patienceMs,
      });
    }
    const took = { ours: [] as number[], theirs: [] as number[] };
    for (const [round, name] of names.entries()) {
      const both = [
        async () => took.ours.push(await killOnce(ours, name)),
        async () => took.theirs.push(await killOnce(theirs, monitored)),
      ];
      for (const measure of round % 2 === 0 ? both : both.toReversed()) {
        // Anywhere in the cycle, and not in the one of the last start.
        await delay(pauseMs + (1 + Math.random()) * cycleMs);
        await measure();
      }
    }
    const row = (share: number) =>
      judged({
        figure: `killed process started again, p${share}`,
        ours: percentile(took.ours, share),
        peer: percentile(took.theirs, share),
        peerName: 'monit, cycle of 1 s',
        bar: { rule: 'below', value: percentile(took.theirs, share), from: 'the peer' },
        unit: 'ms',
      });
    return [row(50), row(99)];
  } finally {
    await healer?.stop();
    clean();
    process.removeListener('exit', clean);
    for (const { folder } of [ours, theirs]) await rm(folder, { recursive: true, force: true });
  }
}

interface Services {
  readonly folder: string;
  readonly names: readonly string[];
  /** A program that notes pid and moment, and stays; it takes the name of the service. */
  readonly program: string;
  /** All starts so far. */
  starts(name: string): readonly { readonly pid: number; readonly at: number }[];
  /** Of those that were started last. */
  pids(): readonly number[];
}

async function prepare(folder: string, names: readonly string[]): Promise<Services> {
  await mkdir(folder, { recursive: true });
  const program = join(folder, 'service.sh');
  // It ends by itself at last, should everybody forget it.
  await writeFile(program, `#!/bin/sh\necho "$$ $(date +%s%N)" >> ${folder}/$1.starts\nexec sleep 1800\n`);
  await chmod(program, 0o700);
  for (const name of names) appendFileSync(join(folder, `${name}.starts`), '');
  const starts = (name: string) =>
    readFileSync(join(folder, `${name}.starts`), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [pid, nanoseconds] = line.split(' ');
        return { pid: Number(pid), at: Number(nanoseconds) / 1e6 };
      });
  return {
    folder,
    names,
    program,
    starts,
    pids: () => names.flatMap((name) => starts(name).at(-1)?.pid ?? []),
  };
}

/** By the wall clock, which is what a shell can tell; ms. */
async function killOnce(services: Services, name: string): Promise<number> {
  const before = services.starts(name);
  const pid = before.at(-1)?.pid ?? 0;
  const killedAt = performance.timeOrigin + performance.now();
  process.kill(pid, 'SIGKILL');
  const started = await waitFor(() => services.starts(name)[before.length], {
    what: `${name} in ${services.folder} to be started again`,
    deadlineMs: patienceMs,
    everyMs: 5,
  });
  return started.at - killedAt;
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}

/** As its manual has it: a daemon of the shortest cycle, `check process` by pid file, `start program`. */
async function startMonit(monit: string, services: Services): Promise<number> {
  const { folder, names, program } = services;
  const launcher = join(folder, 'launch.sh');
  // A shell waits for it: where nobody does, monit looks at a zombie for one or two cycles before it acts.
  await writeFile(
    launcher,
    `#!/bin/sh\n(${program} "$1" & echo $! > ${folder}/$1.pid; wait) </dev/null >/dev/null 2>&1 &\n`,
  );
  await chmod(launcher, 0o700);
  const checks = names.map(
    (name) =>
      `check process ${name} with pidfile ${folder}/${name}.pid\n  start program = "${launcher} ${name}"\n`,
  );
  const control = join(folder, 'monitrc');
  await writeFile(
    control,
    `set daemon 1\nset log ${folder}/monit.log\nset pidfile ${folder}/monit.pid\nset idfile ${folder}/monit.id\n` +
      `set statefile ${folder}/monit.state\n${checks.join('')}`,
    { mode: 0o600 },
  );
  const child = spawnKept(monit, ['-I', '-c', control], { cwd: folder, stdio: 'ignore' });
  child.once('error', () => {});
  return child.pid ?? 0;
}

/** As docs/playbooks.md has it, from source: a runner is started from beside what runs. */
async function startHealer({ folder, names, program }: Services): Promise<OurHealer> {
  const resources = names.map((name) => `  bench/${name}: { nodes: { one: { target: ${name} } } }`);
  const services = names.map((name) => `      ${name}: { command: [${program}, ${name}] }`);
  const configurationFile = join(folder, 'prunella.yaml');
  await writeFile(
    configurationFile,
    `server: { port: 0 }\nresources:\n${resources.join('\n')}\nbackends:\n  process:\n    services:\n${services.join('\n')}\n${unboundedFleet()}`,
  );
  await mkdir(join(folder, 'playbooks'));
  await writeFile(
    join(folder, 'playbooks', 'restarter.yaml'),
    `playbook: restarter
for: bench/*
open: { signals: [process.exit], confirm: none }
ladder:
  - { action: process.start, every: 5s, max: 3, autonomy: auto, window: 90s, soak: 1s }
limits: { attemptsPerDay: 20 }
`,
  );
  return OurHealer.start(fileURLToPath(new URL('./program.ts', import.meta.url)), configurationFile);
}
