import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isError, renderProblem } from '@prunella/core';
import { type Command as CommanderCommand, Option } from 'commander';
import { loadConfiguration } from '../configuration/load.ts';
import { type Whereabouts, whereaboutsIn } from '../configuration/parse.ts';
import { readSecret, SecretError, type SecretReference } from '../configuration/secret.ts';
import { localSocketPath } from '../healer/local-socket.ts';
import { tokenFile } from '../server/tokens.ts';
import type { CommandIo } from './command.ts';
import { CommandFailure } from './failure.ts';
import type { HealerConnection } from './healer-client.ts';

/** The file that is looked for in the working directory. */
export const configurationFileName = 'prunella.yaml';

export interface ConnectionOptions {
  readonly healer?: string;
  readonly tokenFile?: string;
  readonly config?: string;
}

/** `--config`, of every command that reads prunella.yaml. */
export function configurationOption(what = 'configuration'): Option {
  return new Option('--config <file>', `${what} (else PRUNELLA_CONFIG, else ./${configurationFileName})`);
}

/** The options of every command that speaks with a running healer. */
export function addConnectionOptions(command: CommanderCommand): CommanderCommand {
  return command
    .option('--healer <url>', 'address of the healer (else PRUNELLA_HEALER, else from prunella.yaml)')
    .option(
      '--token-file <file>',
      "file with the operator's token (else PRUNELLA_TOKEN, PRUNELLA_TOKEN_FILE)",
    )
    .addOption(configurationOption('configuration to take both from'))
    .option('--json', 'print JSON for programs')
    .addHelpText(
      'after',
      '\nExit status: 0 done, 1 failed or refused, 2 wrong usage or configuration, 3 healer not reached.',
    );
}

/** Finds the healer and the token: options first, then the environment, then prunella.yaml. */
export async function connect(options: ConnectionOptions, io: CommandIo): Promise<HealerConnection> {
  const configuration = once(() => findConfiguration(options.config, io));
  const written = options.healer ?? nonEmpty(io.environment['PRUNELLA_HEALER']);
  const address = written ?? addressOf(await configuration());
  if (!/^https?:\/\//.test(address) || !URL.canParse(address)) {
    throw new CommandFailure(
      2,
      'address-malformed',
      `${address} is not the address of a healer`,
      'write it as http://127.0.0.1:7766',
    );
  }
  const { isShown, ...token } = await findToken(options, io, configuration);
  const connection = { address, ...token, interrupted: io.interrupted };
  const folder = written === undefined ? (await configuration())?.store.folder : undefined;
  if (folder === undefined) return connection;
  // The address in the file may be newer than the healer that runs: its kill switch must be found all the same.
  let told = false;
  const onLocalSocket = () => {
    if (!told) io.stderr.write(`nobody listens at ${address}: asked the healer of this host by its socket\n`);
    told = true;
  };
  return { ...connection, localSocket: localSocketPath(folder), socketFirst: !isShown, onLocalSocket };
}

/** The configuration file to read: as written, or the one in the working directory if there is one. */
export async function configurationFile(written: string | undefined, io: CommandIo): Promise<string | null> {
  const named = written ?? nonEmpty(io.environment['PRUNELLA_CONFIG']);
  if (named !== undefined) return resolve(io.workingDirectory, named);
  const file = resolve(io.workingDirectory, configurationFileName);
  return access(file).then(
    () => file,
    () => null,
  );
}

/** The same for commands that cannot do without one. `says`: what is looked for in it. */
export async function presentConfigurationFile(
  written: string | undefined,
  io: CommandIo,
  says?: string,
): Promise<string> {
  const file = await configurationFile(written, io);
  if (file !== null) return file;
  throw new CommandFailure(
    2,
    'no-configuration',
    `there is no ${configurationFileName} in ${io.workingDirectory}`,
    says === undefined
      ? 'go to its folder, or name one with --config'
      : `go to its folder, or name it with --config: ${says}`,
  );
}

/** An error elsewhere in the file is told and keeps nobody from the healer that runs, least of all from its kill switch. */
async function findConfiguration(written: string | undefined, io: CommandIo): Promise<Whereabouts | null> {
  const file = await configurationFile(written, io);
  if (file === null) return null;
  const { configuration, problems, document } = await loadConfiguration(file, io.environment);
  if (configuration !== null) return configuration;
  const [first] = problems.filter(isError);
  const found = document === null ? null : whereaboutsIn(document, file);
  if (found !== null && first !== undefined) {
    const what = `${file}:${first.line}:${first.column}: ${first.message}`;
    io.stderr.write(
      `warning: ${what}\n  the healer is asked all the same; see all problems with \`prunella check\`\n`,
    );
    return found;
  }
  throw new CommandFailure(
    2,
    'configuration-wrong',
    first === undefined ? `${file}: cannot be used` : renderProblem(first),
    'see all problems with `prunella check`, or name the healer with --healer URL',
  );
}

function addressOf(configuration: Whereabouts | null): string {
  if (configuration?.healer !== undefined) return configuration.healer.address;
  const { host, port } = configuration?.server ?? { host: '127.0.0.1', port: 7766 };
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host;
  return `http://${reachable.includes(':') && !reachable.startsWith('[') ? `[${reachable}]` : reachable}:${port}`;
}

async function findToken(
  options: ConnectionOptions,
  io: CommandIo,
  configuration: () => Promise<Whereabouts | null>,
): Promise<{ readonly token: string | null; readonly tokenFrom?: string; readonly isShown: boolean }> {
  const fromFile = (file: string) => ({ file: resolve(io.workingDirectory, file) });
  const tokenFile = nonEmpty(io.environment['PRUNELLA_TOKEN_FILE']);
  const shown =
    options.tokenFile !== undefined
      ? fromFile(options.tokenFile)
      : nonEmpty(io.environment['PRUNELLA_TOKEN']) !== undefined
        ? { environment: 'PRUNELLA_TOKEN' }
        : tokenFile !== undefined
          ? fromFile(tokenFile)
          : undefined;
  const reference = shown ?? (await configuredToken(await configuration()));
  if (reference === undefined) return { token: null, isShown: false };
  const place = 'file' in reference ? reference.file : `the environment (${reference.environment})`;
  const isByVariable = shown !== undefined && 'file' in shown && options.tokenFile === undefined;
  try {
    const token = await readSecret(reference, io.environment);
    const tokenFrom = isByVariable ? `${place} (PRUNELLA_TOKEN_FILE)` : place;
    return { token, tokenFrom, isShown: shown !== undefined };
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    throw new CommandFailure(2, error.code, error.message, null, { cause: error });
  }
}

/** Where the configuration says; else where the healer of this host made it at its first start. */
async function configuredToken(configuration: Whereabouts | null): Promise<SecretReference | undefined> {
  if (configuration === null || configuration.tokens.operator !== undefined) {
    return configuration?.tokens.operator;
  }
  const file = tokenFile(configuration.store.folder, 'operator');
  return access(file).then(
    () => ({ file }),
    () => undefined,
  );
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function once<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let result: Promise<Result> | undefined;
  return () => {
    result ??= work();
    return result;
  };
}
