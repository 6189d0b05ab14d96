import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from '../ports.ts';
import { waitFor } from '../wait.ts';
import { LabApi } from './api-client.ts';
import { writeMaster, writeMinion } from './configuration-files.ts';
import { Daemon } from './daemon.ts';
import { findSaltEnvironment } from './environment.ts';
import { logFile, masterEtc, minionEtc, type SaltLayout, supervisorFile } from './layout.ts';
import type { SaltLabOptions } from './options.ts';
import { type ServiceState, serviceState, writeSupervisor } from './supervisor.ts';

const startDeadlineMs = 120_000;
/** Salt's own files are thrown away with the lab, so its orderly end need not be waited for. */
const saltPatienceMs = 1_000;
const supervisorPatienceMs = 8_000;

export class SaltLabError extends Error {
  override readonly name = 'SaltLabError';
  readonly code = 'salt-lab-failed';
}

/** A real Salt master, its minions and salt-api on this machine, on 127.0.0.1, without systemd or root. */
export class SaltLab {
  readonly folder: string;
  readonly minions: readonly string[];
  /** Where salt-api listens, and the healer's account there (`eauth` is `sharedsecret`). */
  readonly api: {
    readonly url: string;
    readonly username: 'healer';
    readonly password: string;
    readonly eauth: 'sharedsecret';
  };
  /** The webhooks, such as `${url}/states/highstate`. They are open in the modes `hook` and `both`. */
  readonly hook: { readonly url: string; readonly secret: string };
  readonly layout: SaltLayout;
  readonly #options: SaltLabOptions;
  readonly #binFolder: string;
  readonly #labApi: LabApi;
  readonly #daemons = new Map<string, Daemon>();

  constructor(
    layout: SaltLayout,
    options: SaltLabOptions,
    binFolder: string,
    secrets: { api: string; hook: string },
  ) {
    this.folder = layout.folder;
    this.layout = layout;
    this.minions = options.minions ?? ['db1'];
    this.#options = options;
    this.#binFolder = binFolder;
    const url = `http://127.0.0.1:${layout.ports.api}`;
    this.api = { url, username: 'healer', password: secrets.api, eauth: 'sharedsecret' };
    this.hook = { url: `${url}/hook`, secret: secrets.hook };
    this.#labApi = new LabApi(url, secrets.api);
    this.#add('master', 'salt-master', ['-c', masterEtc(layout)]);
    this.#add('api', 'salt-api', ['-c', masterEtc(layout)]);
    for (const id of this.minions) {
      this.#add(id, 'salt-minion', ['-c', minionEtc(layout, id)]);
      if (this.#servicesOf(id).length > 0) {
        this.#add(`${id}-supervisor`, 'supervisord', ['-c', supervisorFile(layout, id)]);
      }
    }
  }

  /** Starts what does not run and waits until every minion answers a `test.ping`. */
  async start(): Promise<void> {
    const progress = this.#options.onProgress ?? (() => {});
    progress({ message: `starting a Salt master, salt-api and ${this.minions.length} minion(s)` });
    for (const daemon of this.#daemons.values()) daemon.start();
    await this.#listening(this.layout.ports.request, 'master');
    await this.#listening(this.layout.ports.api, 'api');
    progress({ message: 'Salt master and salt-api listen; waiting for the minions to answer' });
    await this.#heard();
    progress({ message: 'every minion answers' });
  }

  /** Ends every process that the lab started, and waits until none is left. The folder stays. */
  async stop(): Promise<void> {
    await Promise.all([...this.#daemons.values()].map((daemon) => daemon.stop()));
    await rm(this.layout.socketFolder, { recursive: true, force: true });
  }

  async #heard(): Promise<void> {
    const heard = this.#options.heard ?? this.minions;
    await Promise.all(heard.map((id) => this.waitForMinion(id)));
  }

  /** Resolves when the minion answers a `test.ping`. */
  async waitForMinion(id: string): Promise<void> {
    await this.#until(
      async () => {
        const low = {
          client: 'local',
          tgt: id,
          tgt_type: 'list',
          fun: 'test.ping',
          timeout: 2,
          gather_job_timeout: 2,
        };
        const answer = await this.#labApi.call(low, 10_000);
        // Of a minion that did not answer Salt makes up a return with a text.
        return isRecord(answer) && answer[id] === true;
      },
      `minion ${id} to answer`,
      // One that belongs to another lab, too, has its process there.
      [id, 'master', 'api'].filter((name) => this.#daemons.has(name)),
    );
  }

  killMinion = (id: string) => this.#daemon(id).kill();
  /** SIGSTOP: the minion neither answers nor goes. */
  stallMinion = (id: string) => this.#daemon(id).signal('SIGSTOP');
  resumeMinion = (id: string) => this.#daemon(id).signal('SIGCONT');
  async startMinion(id: string): Promise<void> {
    this.#daemon(id).start();
    await this.waitForMinion(id);
  }

  killMaster = () => this.#daemon('master').kill();
  stallMaster = () => this.#daemon('master').signal('SIGSTOP');
  resumeMaster = () => this.#daemon('master').signal('SIGCONT');
  async startMaster(): Promise<void> {
    this.#daemon('master').start();
    await this.#listening(this.layout.ports.request, 'master');
    await this.#heard();
  }

  killApi = () => this.#daemon('api').kill();
  stallApi = () => this.#daemon('api').signal('SIGSTOP');
  resumeApi = () => this.#daemon('api').signal('SIGCONT');
  async startApi(): Promise<void> {
    this.#daemon('api').start();
    await this.#listening(this.layout.ports.api, 'api');
  }

  /** What supervisor says of a declared service. */
  service(name: string): Promise<ServiceState> {
    const found = (this.#options.services ?? []).find((service) => service.name === name);
    if (!found) throw new RangeError(`no service ${name} is declared in this lab`);
    return serviceState(this.layout, found.minion, name, this.#binFolder);
  }

  /** Kills the process of a declared service, as a crash would. Supervisor does not start it again. */
  async killService(name: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { pid } = await this.service(name);
    if (pid !== null) process.kill(pid, signal);
  }

  /** An operator's command on one minion; gives what the function returned, undefined where it did not answer. */
  async run(
    minion: string,
    functionName: string,
    parameters: readonly unknown[] = [],
    keywords: Readonly<Record<string, unknown>> = {},
  ): Promise<unknown> {
    const answer = await this.call({
      client: 'local',
      tgt: minion,
      tgt_type: 'list',
      fun: functionName,
      arg: parameters,
      kwarg: keywords,
    });
    return typeof answer === 'object' && answer !== null
      ? Object.entries(answer).find(([id]) => id === minion)?.[1]
      : undefined;
  }

  /** Any low state (`{ client: 'runner', fun: 'jobs.list_jobs' }`) with all rights. */
  call(low: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.#labApi.call(low);
  }

  /** The end of a log, by the name of its program: `master`, `api`, a minion's id, `ID-supervisor`. */
  logTail = (name: string) => this.#daemon(name).logTail();

  #servicesOf(id: string) {
    return (this.#options.services ?? []).filter((service) => service.minion === id);
  }

  #add(name: string, program: string, parameters: readonly string[]): void {
    const { PATH: inheritedPath = '' } = process.env;
    this.#daemons.set(
      name,
      new Daemon({
        name,
        command: join(this.#binFolder, program),
        parameters,
        environment: {
          PATH: `${this.#binFolder}${delimiter}${inheritedPath}`,
          PYTHONUNBUFFERED: '1',
        },
        folder: this.folder,
        logFile: logFile(this.layout, name),
        stopPatienceMs: program === 'supervisord' ? supervisorPatienceMs : saltPatienceMs,
      }),
    );
  }

  #daemon(name: string): Daemon {
    const daemon = this.#daemons.get(name);
    if (!daemon)
      throw new RangeError(`no ${name} in this lab; it has ${[...this.#daemons.keys()].join(', ')}`);
    return daemon;
  }

  #listening(port: number, name: string): Promise<void> {
    return this.#until(() => canConnect(port), `${name} to listen on 127.0.0.1:${port}`, [name]);
  }

  async #until(condition: () => Promise<boolean>, what: string, involved: readonly string[]): Promise<void> {
    const watched = involved.map((name) => this.#daemon(name));
    let ended: Daemon | undefined;
    try {
      await waitFor(
        async () => {
          if (this.#options.signal?.aborted) return true;
          ended = watched.find((daemon) => !daemon.running);
          return ended !== undefined || (await condition());
        },
        { what, deadlineMs: startDeadlineMs, everyMs: 100 },
      );
    } catch (error) {
      throw new SaltLabError(this.#problem(error instanceof Error ? error.message : String(error), watched));
    }
    this.#options.signal?.throwIfAborted();
    if (ended)
      throw new SaltLabError(this.#problem(`${ended.name} ended while waiting for ${what}`, [ended]));
  }

  #problem(message: string, daemons: readonly Daemon[]): string {
    const logs = daemons.map((daemon) => `the end of the log of ${daemon.name}:\n${daemon.logTail()}`);
    return [message, ...logs].join('\n');
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.setTimeout(1_000, () => finish(false));
    const finish = (connected: boolean) => {
      socket.destroy();
      resolve(connected);
    };
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
}

/**
 * Starts a real Salt in `options.folder`: a master, minions, salt-api, and supervisor where services are
 * declared. Resolves when every minion answers. Rejects with `SaltLabError` (with the ends of the logs), or
 * with the signal's reason; nothing is left running then.
 */
export async function startSalt(options: SaltLabOptions): Promise<SaltLab> {
  const environment = options.environment ?? (await findSaltEnvironment());
  if (!environment)
    throw new SaltLabError('Salt is not installed for this workspace; call installSalt() first');
  options.signal?.throwIfAborted();
  const socketFolder = await mkdtemp(join(tmpdir(), 'psalt-'));
  const layout: SaltLayout = {
    folder: options.folder,
    socketFolder,
    ports: { publish: await freePort(), request: await freePort(), api: await freePort() },
  };
  const secrets = {
    api: options.apiSecret ?? randomBytes(24).toString('base64url'),
    hook: options.hookSecret ?? randomBytes(24).toString('base64url'),
  };
  await mkdir(layout.folder, { recursive: true });
  const lab = new SaltLab(layout, options, environment.binFolder, secrets);
  try {
    await writeMaster(layout, options, secrets);
    for (const id of lab.minions) {
      await writeMinion(layout, options, id);
      const services = (options.services ?? []).filter((service) => service.minion === id);
      if (services.length > 0) await writeSupervisor(layout, id, services, environment.binFolder);
    }
    await lab.start();
    return lab;
  } catch (error) {
    await lab.stop();
    throw error;
  }
}
