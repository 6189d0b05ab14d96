import { resolve } from 'node:path';
import type { CommandIo } from '../command.ts';
import { CommandFailure } from '../failure.ts';
import type { InitSecret } from './answers.ts';
import type { Read } from './validate.ts';

/** What can be said at the prompt in place of an answer. */
export interface InitOptions {
  readonly yes?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly folder?: string;
  readonly resource?: string;
  readonly host?: string;
  readonly port?: string;
  readonly url?: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly passwordEnvironment?: string;
  readonly repair?: string;
  readonly command?: string;
  readonly saltUrl?: string;
  readonly saltUser?: string;
  readonly saltSecretFile?: string;
  readonly saltSecretEnvironment?: string;
  readonly minion?: string;
  readonly service?: string;
  readonly repairUrl?: string;
  readonly autonomy?: string;
  readonly tell?: string;
  readonly tellUrl?: string;
  readonly slackChannel?: string;
  readonly slackTokenFile?: string;
  readonly slackTokenEnvironment?: string;
  readonly mailTo?: string;
  readonly mailFrom?: string;
  readonly mailHost?: string;
  readonly mailUser?: string;
  readonly mailPasswordFile?: string;
  readonly mailPasswordEnvironment?: string;
  readonly healerPort?: string;
  readonly application?: string;
}

export function secretFrom(
  file: string | undefined,
  environment: string | undefined,
  io: CommandIo,
): InitSecret | null {
  if (file !== undefined) return { file: resolve(io.workingDirectory, file) };
  return environment === undefined ? null : { environment };
}

export function taken<Value>(option: string, text: string, read: (text: string) => Read<Value>): Value {
  const answer = read(text);
  if ('value' in answer) return answer.value;
  throw new CommandFailure(2, 'option-wrong', `--${option}: ${answer.problem}`, null);
}

export function missing(option: string, what: string): never {
  throw new CommandFailure(
    2,
    'option-missing',
    `${option} is missing: ${what}`,
    'see `prunella init --help`',
  );
}
