import { parseArgs } from 'node:util';

export interface ActionerOptions {
  /** Addresses that results are pulled from. */
  readonly results: readonly string[];
  /** `postgresql://…` or `rethinkdb://host:port/database` */
  readonly database: string;
  /** `redis://…`; undefined for a cache in memory. */
  readonly redis: string | undefined;
  /** The file of the journal; undefined for counts kept in memory. */
  readonly journal: string | undefined;
  /** The name of the resource after its kind. */
  readonly name: string;
  readonly deadlineMs: number;
  /** The longest pause between two tries to reach the database again. */
  readonly retryMs: number;
  readonly heartbeatSickMs: number;
  readonly heartbeatOkMs: number;
  readonly json: boolean;
}

export const help = `usage: node src/main.ts --results ADDRESS --database URL [options]

  --results ADDRESS      where results come from (ZeroMQ PUSH), such as tcp://127.0.0.1:5557; may be repeated
  --database URL         postgresql://... or rethinkdb://host:port/database
  --redis URL            redis://...; without it the cache is in memory
  --journal FILE         keeps counts that wait for the database; without it they go with the process
  --name NAME            the resource's name after its kind (main)
  --deadline-ms N        for one call of the database (2000)
  --retry-ms N           the longest pause between two tries to reach the database again (60000)
  --heartbeat-sick-ms N  between two reports while the database is not well (5000)
  --heartbeat-ok-ms N    between two reports otherwise (30000)
  --json                 tell everything as JSON, one line each

It reports to the healer that the environment names: PRUNELLA_HEALER, PRUNELLA_TOKEN or PRUNELLA_TOKEN_FILE.
`;

/** Null where help was asked for. Throws a TypeError with a sentence. */
export function readOptions(args: readonly string[]): ActionerOptions | null {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      results: { type: 'string', multiple: true },
      database: text,
      redis: text,
      journal: text,
      name: { type: 'string', default: 'main' },
      'deadline-ms': { type: 'string', default: '2000' },
      'retry-ms': { type: 'string', default: '60000' },
      'heartbeat-sick-ms': { type: 'string', default: '5000' },
      'heartbeat-ok-ms': { type: 'string', default: '30000' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const { results = [], database, redis, journal, name, json } = values;
  if (results.length === 0) throw new TypeError('--results is missing: say where monitor results come from');
  if (database === undefined) throw new TypeError('--database is missing: say where monitors are stored');
  return {
    results,
    database,
    redis,
    journal,
    name,
    deadlineMs: wholeNumber('--deadline-ms', values['deadline-ms']),
    retryMs: wholeNumber('--retry-ms', values['retry-ms']),
    heartbeatSickMs: wholeNumber('--heartbeat-sick-ms', values['heartbeat-sick-ms']),
    heartbeatOkMs: wholeNumber('--heartbeat-ok-ms', values['heartbeat-ok-ms']),
    json,
  };
}

export function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new TypeError(`${name} must be a whole number above 0, not ${text}`);
}
