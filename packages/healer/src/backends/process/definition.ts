import { isRecord } from './messages.ts';

/**
 * One local service as its runner knows it: plain JSON, written to `definition.json` in the service's folder
 * and read afresh for every order, so that a changed configuration holds from the next order on.
 */
export interface ServiceDefinition {
  readonly service: string;
  /** Program and arguments. No shell. */
  readonly command: readonly [string, ...string[]];
  readonly workingDirectory: string;
  /** Added to the few names that every service gets (PATH, HOME, USER, LANG, TZ, TMPDIR). */
  readonly environment: Readonly<Record<string, string | SecretPlace>>;
  /** A start counts once the process has stayed alive this long. */
  readonly settleMs: number;
  readonly stopSignal: NodeJS.Signals;
  /** After the stop signal, until SIGKILL. */
  readonly stopTimeoutMs: number;
  /** Between a failure and the next start: nothing after the first, then doubled from `firstMs` on. */
  readonly backoff: { readonly firstMs: number; readonly mostMs: number };
  /** This many failures within the time, and it is not started again until a person clears it. */
  readonly maintenance: { readonly failures: number; readonly withinMs: number };
  /** What `process.apply` brings about; null where nothing was declared. */
  readonly apply: ApplyDefinition | null;
}

/** The runner reads the secret when it starts the service, so that it is on no disk but its own. */
export type SecretPlace = { readonly environment: string } | { readonly file: string };

interface ApplyDefinition {
  readonly files: readonly DeclaredFile[];
  /** After the files: a program to run, a signal for the process if it is alive, or nothing. */
  readonly afterwards:
    | { readonly type: 'command'; readonly command: readonly [string, ...string[]] }
    | { readonly type: 'signal'; readonly signal: NodeJS.Signals }
    | { readonly type: 'nothing' };
}

interface DeclaredFile {
  readonly path: string;
  readonly content: string;
  /** Permission bits, such as 0o640. Undefined: 0o644 for a new file, those of the present one otherwise. */
  readonly mode?: number | undefined;
}

/** Throws where the text is not what `JSON.stringify` made of a definition. */
export function serviceFromJson(text: string): ServiceDefinition {
  const value: unknown = JSON.parse(text);
  if (isRecord(value) && typeof value['service'] === 'string' && Array.isArray(value['command'])) {
    return value as unknown as ServiceDefinition;
  }
  throw new Error('definition.json is not one: it is written by the healer, and not to be edited');
}
