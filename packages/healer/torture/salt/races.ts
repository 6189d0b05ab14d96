import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ActionResult, AttemptOrder } from '@prunella/core';
import { installSalt, type SaltLab, startSalt, waitFor } from '@prunella/labs';
import { createSaltBackend, type SaltBackend } from '../../src/backends/salt/create-salt-backend.ts';
import { SaltError } from '../../src/backends/salt/salt-error.ts';

type Disturbance = 'minion killed' | 'api killed' | 'master restarted' | 'job cache cleared';

export interface RacesOptions {
  /** Incidents at one moment. */
  readonly orders: number;
  readonly minions: number;
  /** Default: all, each once. */
  readonly disturbances?: readonly Disturbance[];
  /** False leaves `prunella.apply` away: the rules must then be broken. */
  readonly fences: boolean;
  /** From an order's making until it may not be begun any more, its turn at the minion included; default 30 s. */
  readonly notAfterMs?: number;
  readonly interrupted?: AbortSignal;
  readonly onProgress?: (line: string) => void;
}

export interface RacesReport {
  readonly attempts: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Why, for every order that is not known to have succeeded. */
  readonly explained: readonly string[];
  readonly disturbed: readonly Disturbance[];
  readonly broken: readonly string[];
  /** False where it was interrupted. */
  readonly complete: boolean;
  readonly seconds: number;
}

const everything: readonly Disturbance[] = [
  'minion killed',
  'api killed',
  'master restarted',
  'job cache cleared',
];
/** An incident that could not be served is decided anew, as the engine does. */
const mostTries = 40;
const againMs = 2_000;
const usualNotAfterMs = 30_000;
const toEndMs = 30_000;
const patienceMs = 300_000;

/** Runs it once on a Salt of its own. Rejects only where that cannot be had. */
export async function saltRaces(options: RacesOptions): Promise<RacesReport> {
  const folder = await mkdtemp(join(tmpdir(), 'prunella-races-'));
  const races = new Races(options, folder);
  // The backend's own timers do not keep a process alive, and there are moments with nothing else.
  const awake = setInterval(() => {}, 1_000);
  try {
    return await races.run();
  } finally {
    await races.end();
    await rm(folder, { recursive: true, force: true });
    clearInterval(awake);
  }
}

interface Incident {
  readonly label: string;
  readonly minion: string;
  readonly results: { readonly order: AttemptOrder; readonly result: ActionResult }[];
}

class Races {
  readonly #options: RacesOptions;
  readonly #folder: string;
  readonly #signal: AbortSignal;
  readonly #broken: string[] = [];
  readonly #disturbed: Disturbance[] = [];
  #lab: SaltLab | null = null;
  #backend: SaltBackend | null = null;
  #number = 0;
  #ended = 0;

  constructor(options: RacesOptions, folder: string) {
    this.#options = options;
    this.#folder = folder;
    this.#signal = options.interrupted ?? new AbortController().signal;
  }

  async run(): Promise<RacesReport> {
    const { orders, minions, disturbances = everything } = this.#options;
    const ids = Array.from({ length: minions }, (_, index) => `db${index + 1}`);
    const incidents = Array.from({ length: orders }, (_, index): Incident => {
      return { label: `order${index}`, minion: ids[index % ids.length] ?? 'db1', results: [] };
    });
    try {
      const lab = await this.#start(ids, incidents);
      const began = performance.now();
      await Promise.all([
        this.#disturb(lab, disturbances, incidents),
        ...incidents.map((incident) => this.#serve(incident)),
      ]);
      const complete = !this.#signal.aborted;
      if (complete) await this.#sendAgain(incidents, ids);
      const applied = await this.#applied(ids);
      const explained = await this.#hold(incidents, applied, complete);
      const seconds = Math.round((performance.now() - began) / 1_000);
      return this.#report(incidents, explained, complete, seconds);
    } catch (error) {
      if (!this.#signal.aborted) throw error;
      return this.#report(incidents, [], false, 0);
    }
  }

  async end(): Promise<void> {
    await this.#backend?.close();
    await this.#lab?.stop();
  }

  async #start(ids: readonly string[], incidents: readonly Incident[]): Promise<SaltLab> {
    const { fences, onProgress } = this.#options;
    const environment = await installSalt();
    const root = join(this.#folder, 'states');
    await mkdir(root, { recursive: true });
    for (const { label } of incidents) {
      const name = `sleep 0.3; echo ${label} >> ${this.#folder}/applied-{{ grains['id'] }}`;
      await writeFile(
        join(root, `${label}.sls`),
        `${label}:\n  cmd.run:\n    - name: ${JSON.stringify(name)}\n`,
      );
    }
    const allow = [{ function: 'state.apply', args: [incidents.map(({ label }) => label)] }];
    const lab = await startSalt({
      folder: join(this.#folder, 'salt'),
      mode: 'api',
      minions: ids,
      fileRoots: [root],
      environment,
      allow: fences ? allow : null,
      signal: this.#signal,
      ...(onProgress ? { onProgress: ({ message }) => onProgress(message) } : {}),
    });
    this.#lab = lab;
    this.#backend = createSaltBackend(
      {
        mode: 'api',
        url: lab.api.url,
        username: lab.api.username,
        eauth: lab.api.eauth,
        password: { environment: 'PASSWORD' },
        loginTimeoutMs: 10_000,
        requestTimeoutMs: 20_000,
        fences: fences ? 'module' : 'none',
        watch: false,
        commands: [],
        runners: [],
        furtherMasters: [],
        limits: { perMaster: 10, perMinion: 1, perJob: 50 },
      },
      { environment: { PASSWORD: lab.api.password } },
    );
    return lab;
  }

  /** As the engine does: what was provably not sent is decided anew, with a new fence; nothing else is. */
  async #serve(incident: Incident): Promise<void> {
    for (let tries = 0; tries < mostTries && !this.#signal.aborted; tries += 1) {
      const order = this.#orderOf(incident);
      const result = await this.#dispatch(order);
      incident.results.push({ order, result });
      if (!result.neverSent) break;
      await delay(againMs, undefined, { ref: false });
    }
    this.#ended += 1;
    this.#options.onProgress?.(`${this.#ended} of ${this.#options.orders} incidents are over`);
  }

  async #dispatch(order: AttemptOrder): Promise<ActionResult> {
    const context = { signal: this.#signal, now: Date.now, onReference: () => {} };
    try {
      return await this.#reach().dispatch(order, context);
    } catch (error) {
      if (!(error instanceof SaltError) || error.maybeTaken) throw error;
      return { outcome: 'failed', summary: error.message, targets: [], neverSent: true };
    }
  }

  #orderOf({ label, minion }: Incident): AttemptOrder {
    this.#number += 1;
    return {
      attempt: `attempt-${this.#number}`,
      resource: `database/${label}`,
      incident: `incident-${label}`,
      step: 'apply',
      action: 'salt.state.apply',
      effect: 'repairs',
      arguments: { states: label },
      target: { select: 'failing-nodes' },
      targets: [minion],
      resolved: true,
      fence: { authority: 'races', generation: 1, number: this.#number },
      ...this.#times(),
    };
  }

  #times(): Pick<AttemptOrder, 'notAfter' | 'deadlineAt'> {
    const notAfter = Date.now() + (this.#options.notAfterMs ?? usualNotAfterMs);
    return { notAfter, deadlineAt: notAfter + toEndMs };
  }

  /** One after the other, each when a further part of the incidents is over. */
  async #disturb(
    lab: SaltLab,
    disturbances: readonly Disturbance[],
    incidents: readonly Incident[],
  ): Promise<void> {
    for (const [index, disturbance] of disturbances.entries()) {
      const share = Math.floor((incidents.length * (index + 1)) / (disturbances.length + 2));
      await waitFor(() => this.#ended >= share || this.#signal.aborted, {
        what: `${share} incidents to be over`,
        deadlineMs: patienceMs,
        everyMs: 50,
      });
      if (this.#signal.aborted) return;
      this.#options.onProgress?.(disturbance);
      await this.#cause(lab, disturbance);
      this.#disturbed.push(disturbance);
    }
  }

  async #cause(lab: SaltLab, disturbance: Disturbance): Promise<void> {
    const [first = 'db1'] = lab.minions;
    switch (disturbance) {
      case 'minion killed':
        if (this.#options.fences) await this.#waitForOrderOn(first);
        await lab.killMinion(first);
        return lab.startMinion(first);
      case 'api killed':
        await lab.killApi();
        return lab.startApi();
      case 'master restarted':
        await lab.killMaster();
        return lab.startMaster();
      case 'job cache cleared':
        // The master goes on writing into it, so that a folder may not be empty any more when it is removed.
        return rm(join(lab.folder, 'master/var/cache/salt/master/jobs'), {
          recursive: true,
          force: true,
          maxRetries: 20,
        });
    }
  }

  /** Between publish and return: the minion has written an order down and not ended it. */
  async #waitForOrderOn(minion: string): Promise<void> {
    const folder = join(this.#reachLab().folder, 'minions', minion, 'var/lib/prunella/salt');
    await waitFor(
      async () => {
        if (this.#signal.aborted) return true;
        const names = (await readdir(folder).catch(() => [])).filter((name) => /^\d.*\.json$/.test(name));
        const newest = names.sort().at(-1);
        if (newest === undefined) return false;
        return (await readFile(join(folder, newest), 'utf8').catch(() => '')).includes('"status": "running"');
      },
      { what: `an order to run on ${minion}`, deadlineMs: patienceMs, everyMs: 20 },
    );
  }

  /** The same order a second time, as a race inside Salt would bring it; one for each minion. */
  async #sendAgain(incidents: readonly Incident[], ids: readonly string[]): Promise<void> {
    const once = ids.flatMap((id) => {
      const done = incidents.find(({ minion, results }) => {
        return minion === id && results.at(-1)?.result.outcome === 'succeeded';
      });
      return done ? [done] : [];
    });
    await Promise.all(
      once.map(async ({ label, results }) => {
        const order = results.at(-1)?.order;
        if (!order) return;
        const again = await this.#dispatch({ ...order, ...this.#times() });
        if (again.outcome !== 'succeeded' || !again.summary.includes('as recorded')) {
          this.#broken.push(
            `${label}: sent a second time it was not answered from the record: ${again.summary}`,
          );
        }
      }),
    );
  }

  async #applied(ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (const id of ids) {
      const text = await readFile(join(this.#folder, `applied-${id}`), 'utf8').catch(() => '');
      for (const label of text.split('\n').filter((line) => line !== '')) {
        counts.set(label, (counts.get(label) ?? 0) + 1);
      }
    }
    return counts;
  }

  /** Each incident by itself. Gives what is said of those that did not plainly succeed. */
  async #hold(
    incidents: readonly Incident[],
    applied: ReadonlyMap<string, number>,
    complete: boolean,
  ): Promise<readonly string[]> {
    const explained: string[] = [];
    for (const { label, minion, results } of incidents) {
      const last = results.at(-1);
      const times = applied.get(label) ?? 0;
      if (times > 1) this.#broken.push(`${label} was applied ${times} times on ${minion}`);
      if (!last) continue;
      const { outcome, summary } = last.result;
      if (outcome === 'succeeded') {
        if (times === 0) this.#broken.push(`${label} is called succeeded and was never applied: ${summary}`);
        continue;
      }
      explained.push(
        `${label} on ${minion}, ${outcome} after ${results.length}, applied ${times}: ${summary}`,
      );
      if (summary.trim() === '') this.#broken.push(`${label} ended ${outcome} without a reason`);
      if (outcome === 'failed' && times > 0) {
        this.#broken.push(`${label} is called failed and was applied: ${summary}`);
      }
      if (outcome === 'unknown' && complete) explained.push(`  ${await this.#lookFor(last.order)}`);
    }
    return explained;
  }

  /** What a healer would find that was started after this. */
  async #lookFor(order: AttemptOrder): Promise<string> {
    const context = { signal: this.#signal, now: Date.now, onReference: () => {} };
    try {
      const found = await this.#reach().find({ ...order, deadlineAt: Date.now() + 10_000 }, null, context);
      if (found.found === 'running') return `looked for: ${(await found.result).summary}`;
      return `looked for: ${found.found === 'ended' ? found.result.summary : found.found}`;
    } catch (error) {
      if (!(error instanceof SaltError)) throw error;
      return `looked for: ${error.message}`;
    }
  }

  #report(
    incidents: readonly Incident[],
    explained: readonly string[],
    complete: boolean,
    seconds: number,
  ): RacesReport {
    const all = incidents.flatMap(({ results }) => results.map(({ result }) => result));
    const outcomes: Record<string, number> = {};
    for (const result of all) {
      const name = result.neverSent ? 'never sent' : result.outcome;
      outcomes[name] = (outcomes[name] ?? 0) + 1;
    }
    if (complete) {
      const open = incidents.filter(
        ({ results }) => results.length === 0 || results.at(-1)?.result.neverSent,
      );
      for (const { label } of open) this.#broken.push(`${label} was never served`);
    }
    const disturbed = [...this.#disturbed];
    return {
      attempts: all.length,
      outcomes,
      explained,
      disturbed,
      broken: [...this.#broken],
      complete,
      seconds,
    };
  }

  #reach(): SaltBackend {
    if (!this.#backend) throw new Error('Salt has not been started');
    return this.#backend;
  }

  #reachLab(): SaltLab {
    if (!this.#lab) throw new Error('Salt has not been started');
    return this.#lab;
  }
}
