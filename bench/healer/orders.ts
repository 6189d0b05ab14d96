/** What the bench asks of a process that it measures. Answers come over the same channel, one for each. */
export type Order =
  /** A healer by `startHealer`, from the `prunella.yaml` of a folder. */
  | { readonly do: 'heal'; readonly configurationFile: string }
  /** Bare Node with a SQLite database open and a server that parses JSON: what a healer is set beside. */
  | { readonly do: 'be-bare'; readonly folder: string }
  | { readonly do: 'count-processor-time' }
  | { readonly do: 'count-memory' }
  /** When its stand-in for a backend was called, by resource. */
  | { readonly do: 'tell-calls' }
  /** Synchronous commits of one row on the same disk, each by itself. */
  | { readonly do: 'commit'; readonly times: number; readonly folder: string }
  | { readonly do: 'end' };

export interface Answers {
  readonly heal: { readonly address: string; readonly token: string };
  readonly 'be-bare': { readonly address: string };
  /** Of the thread that does the work, since the process began. */
  readonly 'count-processor-time': { readonly microseconds: number };
  readonly 'count-memory': { readonly residentBytes: number; readonly heapBytes: number };
  /** By the monotonic clock, which all processes of a machine share; ns as text. */
  readonly 'tell-calls': Readonly<Record<string, string>>;
  readonly commit: { readonly ms: readonly number[] };
  readonly end: Record<string, never>;
}
