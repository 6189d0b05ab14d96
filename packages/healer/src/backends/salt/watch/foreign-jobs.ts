import type { ActingElsewhere } from '@prunella/core';
import type { BusEvent } from './bus-event.ts';

/** Seen on a minion; by itself believed for this long, so that a lost return does not hold repairs for ever. */
const believedMs = 60_000;
const mostJobs = 1_000;

/** Functions that only look. Everything else of others is taken for a change. */
const looksOnly =
  /^(?:test|grains|pillar|sys|status|config|mine|saltutil|disk|network|ps|event|beacons|schedule|match|cp)\.|^state\.(?:show_|sls_exists|id_exists|test$)|^service\.(?:status|available|missing|get_|enabled$|disabled$)|^pkg\.(?:list_|version|latest_version|info_|available_)|^prunella\./;

export interface ForeignJob {
  readonly jid: string;
  readonly function: string;
  readonly user: string;
  readonly since: number;
  /** Where it runs, as far as is known, with the time at which that was seen last. */
  readonly minions: Map<string, number>;
}

/** Jobs that others ordered and that run now on minions which the healer repairs. Takes time as arguments. */
export class ForeignJobs {
  readonly #watched: ReadonlySet<string>;
  readonly #jobs = new Map<string, ForeignJob>();

  constructor(watched: Iterable<string>) {
    this.#watched = new Set(watched);
  }

  /** The minions for which something changed. */
  take(event: BusEvent, now: number): readonly string[] {
    if (event.type === 'job-returned') return this.end(event.jid, event.minion) ? [event.minion] : [];
    if (event.type !== 'job-began' || event.byHealer || looksOnly.test(event.function)) return [];
    const minions = event.minions.filter((minion) => this.#watched.has(minion));
    if (minions.length === 0 || this.#jobs.has(event.jid) || this.#jobs.size >= mostJobs) return [];
    this.#jobs.set(event.jid, {
      jid: event.jid,
      function: event.function,
      user: event.user,
      since: now,
      minions: new Map(minions.map((minion) => [minion, now])),
    });
    return minions;
  }

  /** A minion told of a job that runs there; the bus may never have told of it, as of one of its own schedule. */
  found(job: Pick<ForeignJob, 'jid' | 'function' | 'user'>, minion: string, now: number): void {
    if (looksOnly.test(job.function) || !this.#watched.has(minion)) return;
    const known = this.#jobs.get(job.jid);
    if (known === undefined && this.#jobs.size >= mostJobs) return;
    const minions = known?.minions ?? new Map<string, number>();
    minions.set(minion, now);
    if (known === undefined) this.#jobs.set(job.jid, { ...job, since: now, minions });
  }

  /** A minion said that a job still runs there. */
  seen(jid: string, minion: string, now: number): void {
    const minions = this.#jobs.get(jid)?.minions;
    if (minions?.has(minion)) minions.set(minion, now);
  }

  /** False where nothing was known of it. */
  end(jid: string, minion: string): boolean {
    const job = this.#jobs.get(jid);
    if (job === undefined || !job.minions.delete(minion)) return false;
    if (job.minions.size === 0) this.#jobs.delete(jid);
    return true;
  }

  /** Forgets what nobody has seen for too long, and gives the minions of that. */
  expire(now: number): readonly string[] {
    const gone: string[] = [];
    for (const { jid, minions } of [...this.#jobs.values()]) {
      for (const [minion, at] of [...minions]) {
        if (now - at >= believedMs && this.end(jid, minion)) gone.push(minion);
      }
    }
    return gone;
  }

  jobs(): readonly ForeignJob[] {
    return [...this.#jobs.values()];
  }

  /** What others do on these minions now. */
  actingOn(targets: readonly string[]): readonly ActingElsewhere[] {
    return this.jobs().flatMap(({ jid, function: name, user, since, minions }) => {
      const touched = targets.filter((target) => minions.has(target));
      if (touched.length === 0) return [];
      const by = user === '' ? '' : ` of ${user}`;
      const seenAt = Math.max(...touched.map((target) => minions.get(target) ?? since));
      return [
        {
          what: name === 'state.highstate' ? 'highstate' : 'salt-job',
          detail: `${name}${by} as job ${jid}`,
          targets: touched,
          since,
          until: seenAt + believedMs,
        },
      ];
    });
  }
}
