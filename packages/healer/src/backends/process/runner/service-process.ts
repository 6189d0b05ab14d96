import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import type { ServiceDefinition } from '../definition.ts';
import { describeEnd } from '../describe-end.ts';
import type { ServiceFiles } from '../folder.ts';
import type { ExitRecord, RunnerResult, RunnerStatus } from '../messages.ts';
import { delay } from './delay.ts';
import { serviceEnvironment } from './environment.ts';
import { createFailures } from './failures.ts';
import { identifyProcess, isAlive, killLeftovers, readBootId, signalGroup } from './process-identity.ts';
import type { RecordedProcess, Records } from './records.ts';
import { lastWritten, openServiceLog, readLogTail, serviceLogEnd } from './service-log.ts';

/** How often a process that an earlier runner started is looked at: it is nobody's child any more. */
const adoptedLookMs = 250;
/** After SIGKILL a process is gone unless the kernel itself holds it. */
const killedPatienceMs = 5_000;

export interface ServiceProcessOptions {
  readonly files: ServiceFiles;
  readonly records: Records;
  readonly definition: () => ServiceDefinition;
  readonly now: () => number;
  readonly onExit: (exit: ExitRecord) => void;
}

export interface ServiceProcess {
  /** Takes over what an earlier runner started, or starts the service for the first time. */
  begin(): Promise<void>;
  /** Waits for its back-off first, where that ends before the deadline. */
  start(deadlineAt: number): Promise<RunnerResult>;
  /** Why it cannot be started by then, whoever asks; null where it may be. */
  startProblem(deadlineAt: number): string | null;
  stop(deadlineAt: number): Promise<RunnerResult>;
  /** A stop until what it depends on is there again. What does not run is not held. */
  hold(deadlineAt: number): Promise<RunnerResult>;
  /** Ends its maintenance and starts it. */
  clear(): Promise<RunnerResult>;
  /** As if it had never been started: the next runner starts it. */
  forget(): void;
  alivePid(): number | null;
  status(): RunnerStatus;
}

interface Run {
  readonly process: RecordedProcess;
  readonly ended: Promise<End>;
}

interface End {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

export function createServiceProcess(options: ServiceProcessOptions): ServiceProcess {
  const { files, records, now } = options;
  const failures = createFailures(records, options.definition, now);
  let run: Run | null = null;
  /** A start counts once the process has stayed alive for a while. */
  let settling = false;
  /** An end while this is set was ordered, or belongs to a start whose result tells it. */
  let endIsTold = false;

  function follow(process: RecordedProcess, ended: Promise<End>): Run {
    const followed: Run = { process, ended };
    run = followed;
    void ended.then((end) => {
      if (run !== followed) return;
      run = null;
      if (!endIsTold) tellExit(process, end);
    });
    return followed;
  }

  function tellExit(process: Pick<RecordedProcess, 'pid' | 'startedAt'>, end: End, why?: string): void {
    const { service } = options.definition();
    failures.count(describeEnd(service, end));
    const exit: ExitRecord = {
      exit: randomUUID(),
      service,
      pid: process.pid,
      ...end,
      at: now(),
      ranMs: Math.max(0, now() - process.startedAt),
      logTail: why ?? readLogTail(files.serviceLog),
      failures: failures.recent(),
      maintenance: failures.maintenance()?.why ?? null,
    };
    records.setState('exited');
    records.addExit(exit);
    options.onExit(exit);
  }

  async function launch(): Promise<RunnerResult> {
    const definition = options.definition();
    const earlier = records.process();
    if (earlier !== null) killLeftovers(earlier);
    const startedAt = now();
    const wroteBefore = serviceLogEnd(files.serviceLog);
    const child = await bringToLife(definition, files);
    if (typeof child === 'string' || child.pid === undefined) {
      return { outcome: 'failed', detail: `${definition.command[0]} could not be started: ${child}` };
    }
    const ended = endOf(child);
    const identity = identifyProcess(child.pid) ?? { pid: child.pid, startMark: '', bootId: readBootId() };
    const process = { ...identity, startedAt };
    try {
      records.setProcess(process);
      records.setState('running');
    } catch (error) {
      // Such as a full disk. Nobody would know of it, and the next start would bring a second one.
      signalGroup(child.pid, 'SIGKILL');
      throw error;
    }
    const followed = follow(process, ended);
    settling = true;
    const early = await Promise.race([followed.ended, delay(definition.settleMs)]).finally(() => {
      settling = false;
    });
    if (early === undefined) return { outcome: 'succeeded', detail: `started as pid ${child.pid}` };
    const wrote = lastWritten(files.serviceLog, wroteBefore);
    const said = wrote === null ? 'and wrote nothing' : `and wrote: ${wrote}`;
    const when = `${now() - startedAt} ms after its start`;
    return { outcome: 'failed', detail: `${describeEnd(definition.service, early)} ${when} ${said}` };
  }

  function startProblem(deadlineAt: number): string | null {
    const held = failures.maintenance();
    if (held === null) return backOffProblem(deadlineAt);
    const { service } = options.definition();
    return `it is in maintenance since ${new Date(held.since).toISOString()}: ${held.why}. Mend it, then: prunella clear ${service}`;
  }

  function backOffProblem(deadlineAt: number): string | null {
    const notBefore = failures.startNotBefore();
    if (notBefore === 0 || notBefore < deadlineAt) return null;
    return `it backs off until ${new Date(notBefore).toISOString()} after ${failures.recent()} failures, past the deadline of this order`;
  }

  async function start(deadlineAt: number): Promise<RunnerResult> {
    if (run !== null) return { outcome: 'succeeded', detail: `it runs already, as pid ${run.process.pid}` };
    const problem = startProblem(deadlineAt);
    if (problem !== null) return { outcome: 'refused', detail: problem };
    const pauseMs = failures.startNotBefore() - now();
    if (pauseMs > 0) await delay(pauseMs);
    endIsTold = true;
    try {
      const result = await launch();
      if (result.outcome === 'succeeded') return result;
      records.setState('exited');
      failures.count(result.detail);
      if (failures.maintenance() === null) return result;
      return { ...result, detail: `${result.detail}; ${startProblem(deadlineAt)}` };
    } finally {
      endIsTold = false;
    }
  }

  /** The state is on disk first: a runner that ends in the middle leaves one that the next understands. */
  async function stop(deadlineAt: number, state: 'stopped' | 'waiting' = 'stopped'): Promise<RunnerResult> {
    records.setState(state);
    if (run === null) {
      const earlier = records.process();
      if (earlier !== null) killLeftovers(earlier);
      return { outcome: 'succeeded', detail: 'it was not running' };
    }
    const { process, ended } = run;
    const { stopSignal, stopTimeoutMs } = options.definition();
    const patienceMs = Math.max(0, Math.min(stopTimeoutMs, deadlineAt - now()));
    endIsTold = true;
    try {
      signalGroup(process.pid, stopSignal);
      // A process held by SIGSTOP sees the signal only when it goes on.
      signalGroup(process.pid, 'SIGCONT');
      const gently = await Promise.race([ended, delay(patienceMs)]);
      if (gently === undefined) {
        signalGroup(process.pid, 'SIGKILL');
        if ((await Promise.race([ended, delay(killedPatienceMs)])) === undefined) {
          return { outcome: 'failed', detail: `pid ${process.pid} did not end, not even by SIGKILL` };
        }
      }
      killLeftovers(process);
      run = null;
      const how =
        gently === undefined ? `SIGKILL, since ${stopSignal} did not end it in ${patienceMs} ms` : stopSignal;
      return { outcome: 'succeeded', detail: `pid ${process.pid} ended by ${how}` };
    } finally {
      endIsTold = false;
    }
  }

  function stateNow(inMaintenance: boolean): RunnerStatus['state'] {
    if (run !== null) return settling ? 'starting' : 'running';
    return inMaintenance ? 'maintenance' : (records.state() ?? 'never-started');
  }

  async function hold(deadlineAt: number): Promise<RunnerResult> {
    const state = records.state();
    if (run === null && state !== 'waiting') return { outcome: 'succeeded', detail: 'it was not running' };
    const stopped = await stop(deadlineAt, 'waiting');
    if (stopped.outcome !== 'succeeded') records.setState(state);
    return stopped;
  }

  async function clear(): Promise<RunnerResult> {
    failures.clear();
    return start(Number.POSITIVE_INFINITY);
  }

  async function begin(): Promise<void> {
    const earlier = records.process();
    const state = records.state();
    if (earlier !== null && isAlive(earlier)) {
      records.setState('running');
      follow(earlier, watchAdopted(earlier));
      return;
    }
    const bootId = readBootId();
    const machineRestarted = earlier !== null && bootId !== null && earlier.bootId !== bootId;
    if (state === null || (machineRestarted && state !== 'stopped' && failures.maintenance() === null)) {
      const result = await launch();
      // What ended after its start has been told by `follow`; what never came to life has not.
      if (result.outcome !== 'succeeded' && records.state() !== 'exited') {
        tellExit({ pid: 0, startedAt: now() }, { exitCode: null, signal: null }, result.detail);
      }
    } else if (state === 'running' && earlier !== null) {
      tellExit(earlier, { exitCode: null, signal: null });
    }
  }

  return {
    begin,
    start,
    startProblem,
    stop: (deadlineAt) => stop(deadlineAt),
    hold,
    clear,
    forget: () => records.setState(null),
    alivePid: () => run?.process.pid ?? null,
    status: () => {
      const { service } = options.definition();
      const pid = run?.process.pid ?? null;
      const held = failures.maintenance();
      const state = stateNow(held !== null);
      const why = held === null || run !== null ? '' : `: ${held.why}`;
      const how = state === 'maintenance' ? 'in maintenance' : state;
      const detail = pid === null ? `${service} is ${how}${why}` : `${service} runs as pid ${pid}`;
      return { runnerPid: process.pid, service, state, pid, detail };
    },
  };
}

function spawnService(definition: ServiceDefinition, files: ServiceFiles): ChildProcess {
  const [program, ...args] = definition.command;
  const log = openServiceLog(files.serviceLog);
  try {
    return spawn(program, args, {
      cwd: definition.workingDirectory,
      env: serviceEnvironment(definition),
      detached: true,
      stdio: ['ignore', log, log],
    });
  } finally {
    closeSync(log);
  }
}

/** The process, or why there is none. */
async function bringToLife(
  definition: ServiceDefinition,
  files: ServiceFiles,
): Promise<ChildProcess | string> {
  try {
    const child = spawnService(definition, files);
    await once(child, 'spawn');
    return child;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function endOf(child: ChildProcess): Promise<End> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return { exitCode: child.exitCode, signal: child.signalCode };
}

async function watchAdopted(process: RecordedProcess): Promise<End> {
  while (isAlive(process)) await delay(adoptedLookMs);
  return { exitCode: null, signal: null };
}
