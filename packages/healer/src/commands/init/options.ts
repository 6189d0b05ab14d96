import { resolve } from 'node:path';
import type { CommandIo } from '../command.ts';
import { CommandFailure } from '../failure.ts';
import {
  type InitAnswers,
  type InitRepair,
  type InitSecret,
  type RepairKind,
  standardPorts,
  standardServices,
} from './answers.ts';
import { channelFromOptions } from './tell.ts';
import {
  type Read,
  readAutonomy,
  readCommand,
  readMinion,
  readPort,
  readRepair,
  readResource,
  readUrl,
  readWord,
} from './validate.ts';

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

/** Answers from options alone; what is missing has its default, or is named. */
export function answersFromOptions(options: InitOptions, io: CommandIo): InitAnswers {
  const { kind, name } = taken(
    'resource',
    options.resource ?? missing('--resource', 'such as redis/main'),
    readResource,
  );
  const host = taken('host', options.host ?? '127.0.0.1', readWord);
  const port = taken('port', options.port ?? String(standardPorts[kind]), readPort);
  return {
    kind,
    name,
    host,
    port,
    url: taken('url', options.url ?? `http://${host}:${port}/`, readUrl),
    user: options.user ?? null,
    password: secretFrom(options.passwordFile, options.passwordEnvironment, io),
    repair: repairFrom(taken('repair', options.repair ?? 'process', readRepair), options, kind, io),
    autonomy: taken('autonomy', options.autonomy ?? 'ask', readAutonomy),
    tell: channelFromOptions(options, io),
    healerPort: taken('healer-port', options.healerPort ?? '7766', readPort),
    application: taken('application', options.application ?? 'app', readWord),
  };
}

function repairFrom(
  by: RepairKind,
  options: InitOptions,
  kind: InitAnswers['kind'],
  io: CommandIo,
): InitRepair {
  switch (by) {
    case 'process':
      return {
        by,
        command: taken(
          'command',
          options.command ??
            missing('--command', "the program that the healer starts, such as 'redis-server redis.conf'"),
          readCommand,
        ),
      };
    case 'http':
      return {
        by,
        url: taken(
          'repair-url',
          options.repairUrl ?? missing('--repair-url', 'the address that repairs it'),
          readUrl,
        ),
      };
    default: {
      const common = {
        url: taken('salt-url', options.saltUrl ?? missing('--salt-url', 'the address of salt-api'), readUrl),
        secret:
          secretFrom(options.saltSecretFile, options.saltSecretEnvironment, io) ??
          missing('--salt-secret-file or --salt-secret-environment', 'where the secret is'),
        minion: taken(
          'minion',
          options.minion ?? missing('--minion', 'the id of the minion that runs it'),
          readMinion,
        ),
        service: taken('service', options.service ?? standardServices[kind], readWord),
      };
      return by === 'salt'
        ? { by, ...common, username: taken('salt-user', options.saltUser ?? 'healer', readWord) }
        : { by, ...common };
    }
  }
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
