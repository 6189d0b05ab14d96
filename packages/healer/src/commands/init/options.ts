import type { CommandIo } from '../command.ts';
import {
  type InitAnswers,
  type InitRepair,
  type RepairKind,
  standardPorts,
  standardServices,
} from './answers.ts';
import { type InitOptions, missing, secretFrom, taken } from './given.ts';
import { channelFromOptions } from './tell.ts';
import {
  readAutonomy,
  readCommand,
  readMinion,
  readPort,
  readRepair,
  readResource,
  readUrl,
  readWord,
} from './validate.ts';

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
