/** What an actioner says of itself; with `--json` one of these a line. Each handled result is told once. */
export type Told =
  | { readonly type: 'started'; readonly resource: string; readonly cache: 'redis' | 'memory' }
  | {
      readonly type: 'handled';
      readonly id: string;
      readonly cid: string;
      readonly failcount: number | null;
      /** The monitor came from the cache, since the database could not be read. */
      readonly cacheOnly: boolean;
      /** How old the cached copy was. */
      readonly ageMs: number;
      /** Why the database could not be read; null where it could. */
      readonly reason: string | null;
      /** The count is kept and reaches the database once it is back. */
      readonly pending: boolean;
    }
  | { readonly type: 'skipped'; readonly why: string }
  | {
      readonly type: 'reaction';
      readonly reaction: string;
      readonly cid: string;
      readonly failcount: number;
      readonly cacheOnly: boolean;
      readonly outcome: string;
    }
  | { readonly type: 'replayed'; readonly id: string; readonly waitedMs: number }
  /** The database refuses this count itself; `prunella journal` shows it. */
  | { readonly type: 'set-aside'; readonly id: string; readonly why: string }
  | { readonly type: 'lost'; readonly id: string; readonly why: string }
  | { readonly type: 'condition'; readonly condition: string; readonly fault: string | null }
  /** With the healer inside: whether this process heals, and what the healer tells people. */
  | { readonly type: 'healer'; readonly role: 'holder' | 'reporter' }
  | { readonly type: 'notification'; readonly text: string }
  | {
      readonly type: 'stopped';
      readonly handled: number;
      readonly lostWrites: number;
      /** In the journal, for the next actioner that opens it. */
      readonly keptWrites: number;
    };

export type Tell = (told: Told) => void;

export function tellJson(stdout: { write(text: string): unknown }): Tell {
  return (told) => stdout.write(`${JSON.stringify(told)}\n`);
}

export function tellPeople(stdout: { write(text: string): unknown }): Tell {
  return (told) => {
    const line = sentence(told);
    if (line !== null) stdout.write(`${new Date().toISOString()} ${line}\n`);
  };
}

function sentence(told: Told): string | null {
  switch (told.type) {
    case 'started':
      return `taking monitor results; database ${told.resource}, cache in ${told.cache}`;
    case 'handled':
      return told.cacheOnly
        ? `${told.cid}: failcount ${told.failcount}, cacheonly, copy of ${Math.round(told.ageMs / 1_000)} s ago`
        : null;
    case 'skipped':
      return `skipped: ${told.why}`;
    case 'reaction':
      return `${told.cid}: reaction ${told.reaction} at failcount ${told.failcount}: ${told.outcome}`;
    case 'replayed':
      return null;
    case 'set-aside':
      return `result ${told.id} is set aside in the journal: ${told.why}`;
    case 'lost':
      return `result ${told.id} did not reach the database: ${told.why}`;
    case 'condition':
      return `the database is ${told.condition}${told.fault === null ? '' : `: ${told.fault}`}`;
    case 'healer':
      return told.role === 'holder' ? 'this process heals' : 'another process heals, this one stands by';
    case 'notification':
      return told.text;
    case 'stopped':
      return `stopped after ${told.handled} results; ${told.lostWrites} counts did not reach the database, ${told.keptWrites} wait in the journal`;
  }
}
