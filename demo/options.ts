import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

export interface DemoOptions {
  readonly headless: boolean;
  readonly repairBy: 'process' | 'salt' | 'salt-hook';
  /** As on a machine without Redis. */
  readonly memoryCache: boolean;
  readonly keep: boolean;
  /** Opens the page in a browser where there is a screen. */
  readonly open: boolean;
  /** Stays until Ctrl-C without a terminal, too. */
  readonly stay: boolean;
}

/** A file of its own, so that `npm run demo -- --help` needs nothing installed. */
export const help = readFileSync(join(import.meta.dirname, 'help.txt'), 'utf8');

/** Throws a `TypeError` with a sentence for what it does not know. */
export function parseDemoOptions(words: readonly string[]): DemoOptions | 'help' {
  try {
    return parse(words);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new TypeError(`${what.replace(/\.$/, '')}. What there is: npm run demo -- --help`, {
      cause: error,
    });
  }
}

function parse(words: readonly string[]): DemoOptions | 'help' {
  // parseArgs has no option with an optional value, so a bare --salt gets its meaning first.
  const { values } = parseArgs({
    args: words.map((word) => (word === '--salt' ? '--salt=api' : word)),
    options: {
      headless: { type: 'boolean', default: false },
      salt: { type: 'string' },
      'memory-cache': { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      'no-open': { type: 'boolean', default: false },
      stay: { type: 'boolean', default: false },
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
    open: !values['no-open'],
    stay: values.stay,
  };
}
