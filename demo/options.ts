import { parseArgs } from 'node:util';

export interface DemoOptions {
  readonly headless: boolean;
  readonly repairBy: 'process' | 'salt' | 'salt-hook';
  /** As on a machine without Redis. */
  readonly memoryCache: boolean;
  readonly keep: boolean;
}

export const help = `Usage: npm run demo [-- OPTIONS]

Starts a real PostgreSQL (PGlite's server, data on disk), Redis where there is one, three actioner processes, a
stream of monitor results and the healer. Kills the database, and shows what happens.

Options
  --headless      no keys; ends by itself; exit status 0 only where everything was seen to work
  --salt          a real Salt master, minion and API do the repair (brings them the first time: about 2 minutes)
  --salt=hook     the same through the webhooks of the article
  --memory-cache  does as on a machine without Redis: each actioner caches in memory
  --keep          leaves the folder of the run in place, with all logs, and says where
  --help          this text

Keys, while it stays:  k kill   s stall (SIGSTOP)   f make repairs fail / work again   q quit
`;

/** Throws a `TypeError` with a sentence for what it does not know. */
export function parseDemoOptions(words: readonly string[]): DemoOptions | 'help' {
  // parseArgs has no option with an optional value, so a bare --salt gets its meaning first.
  const { values } = parseArgs({
    args: words.map((word) => (word === '--salt' ? '--salt=api' : word)),
    options: {
      headless: { type: 'boolean', default: false },
      salt: { type: 'string' },
      'memory-cache': { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const repairs = { api: 'salt', hook: 'salt-hook' } as const;
  if (values.salt !== undefined && values.salt !== 'api' && values.salt !== 'hook') {
    throw new TypeError(`--salt=${values.salt} is not known. Use --salt or --salt=hook.`);
  }
  return {
    headless: values.headless,
    repairBy: values.salt === undefined ? 'process' : repairs[values.salt],
    memoryCache: values['memory-cache'],
    keep: values.keep,
  };
}
