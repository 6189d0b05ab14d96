import type { ExitCode } from './command.ts';

/** Why a command ends without having done its work; printed, and its exit code set, by `runCommandLine`. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  /** Stable, such as `healer-unreachable`. */
  readonly code: string;
  readonly exitCode: ExitCode;
  /** What the person can do; null where the message says it. */
  readonly remedy: string | null;

  constructor(
    exitCode: ExitCode,
    code: string,
    message: string,
    remedy: string | null,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.exitCode = exitCode;
    this.code = code;
    this.remedy = remedy;
  }
}
