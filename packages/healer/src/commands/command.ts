import type { Command as CommanderCommand } from 'commander';

/** One file per command under this folder; the registry in `index.ts` lists them. */
export interface CommandModule {
  readonly name: string;
  /** Adds the command, its options and its action. */
  register(program: CommanderCommand, io: CommandIo): void;
}

/** A command in the registry: its name, and where the rest of it comes from. */
export interface CommandEntry {
  readonly name: string;
  load(): Promise<CommandModule>;
}

/** What a command may touch, so that a test can call it without a process. */
export interface CommandIo {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  /** Aborted at Ctrl-C or SIGTERM. */
  readonly interrupted: AbortSignal;
  /** For questions. */
  readonly input?: NodeJS.ReadStream;
  /** Where stdout is a terminal. */
  readonly terminal?: CommandTerminal | undefined;
  /** Every command that there is, for what is made from all of them. */
  readonly commands?: readonly CommandEntry[];
  setExitCode(code: ExitCode): void;
  /** From now on the command goes on where nobody reads what it prints; else it ends then. */
  outliveOutput?(): void;
  /** Calls back at each SIGHUP, which from then on does not end the process. */
  onHangUp?(listener: () => void): void;
}

/** 0 done, 1 failed or refused, 2 wrong usage or configuration, 3 the healer cannot be reached. */
export type ExitCode = 0 | 1 | 2 | 3;

/** What a program that draws needs of a terminal. */
export interface CommandTerminal {
  size(): { readonly columns: number; readonly rows: number };
  /** Returns the function that ends it. */
  onResize(listener: () => void): () => void;
  /** Keys as they are pressed, Ctrl-C among them, until the returned function is called. */
  readKeys(listener: (key: string) => void): () => void;
  /** Called when the process ends in another way than in order; returns the function that takes it back. */
  onProcessEnd(restore: () => void): () => void;
}
