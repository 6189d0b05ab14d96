/** What is known of one monitor, such as a check of a web site. */
export interface Monitor {
  readonly id: string;
  readonly status: Status;
  /** How often the status was repeated: 0 at the first result of a status, one more with each further one. */
  readonly failcount: number;
  /** When the first result of the present status was made, ms since the Unix epoch. */
  readonly since: number;
  /** Ids of the reactions that may follow. */
  readonly reactions: readonly string[];
}

/** What to do when a monitor has failed, or been healthy, often enough. */
export interface Reaction {
  readonly id: string;
  /** The failcount from which on it runs. */
  readonly trigger: number;
  /** Seconds between two runs, at least. */
  readonly frequency: number;
  /** The statuses that it is called on. */
  readonly call_on: readonly Status[];
  readonly run: { readonly type: 'log' } | { readonly type: 'http'; readonly url: string };
  /** Ms since the Unix epoch; 0 where it never ran. */
  readonly lastrun: number;
}

export type Status = 'healthy' | 'failed';

/** One message from a worker that has checked a monitor. */
export interface MonitorResult {
  /** Unique: a result that is handled twice counts once. */
  readonly id: string;
  /** The monitor's id. */
  readonly cid: string;
  readonly status: Status;
  /** When it was made, ms since the Unix epoch. */
  readonly at: number;
}

/** The monitor after a result: a repeated status counts on, a new one begins at 0. */
export function count(monitor: Monitor, { status, at }: MonitorResult): Monitor {
  return status === monitor.status
    ? { ...monitor, failcount: monitor.failcount + 1 }
    : { ...monitor, status, failcount: 0, since: at };
}

/**
 * The cached copy after a result. The database's own failcount, once it is known, may be in the copy already:
 * another actioner may have read it and stored it there. Counting on would make one result count twice.
 */
export function countCopy(cached: Monitor, result: MonitorResult, failcount: number | undefined): Monitor {
  const counted = count(cached, result);
  return failcount === undefined ? counted : mergeMonitor({ ...counted, failcount }, cached);
}

/**
 * The database's copy and the cached one. Counts go on in the cache while the database is down, so the highest
 * failcount wins, as long as both speak of the same stretch of failures; otherwise the newer stretch does.
 */
export function mergeMonitor(fresh: Monitor, cached: Monitor): Monitor {
  if (cached.since < fresh.since) return fresh;
  if (cached.since === fresh.since && cached.failcount <= fresh.failcount) return fresh;
  return { ...fresh, status: cached.status, failcount: cached.failcount, since: cached.since };
}

/** A reaction may have run while the database was down. */
export function mergeReaction(fresh: Reaction, cached: Reaction): Reaction {
  return { ...fresh, lastrun: Math.max(fresh.lastrun, cached.lastrun) };
}

export function isDue(reaction: Reaction, monitor: Monitor, now: number): boolean {
  return (
    reaction.call_on.includes(monitor.status) &&
    monitor.failcount >= reaction.trigger &&
    now - reaction.lastrun >= reaction.frequency * 1_000
  );
}

/** Throws where the message is not a monitor result. */
export function parseResult(message: string): MonitorResult {
  const value: unknown = JSON.parse(message);
  if (typeof value === 'object' && value !== null && 'id' in value && 'cid' in value && 'status' in value) {
    const { id, cid, status } = value;
    const at = 'at' in value && typeof value.at === 'number' ? value.at : Date.now();
    if (typeof id === 'string' && typeof cid === 'string' && (status === 'failed' || status === 'healthy')) {
      return { id, cid, status, at };
    }
  }
  throw new TypeError(`not a monitor result: ${message.slice(0, 200)}`);
}
