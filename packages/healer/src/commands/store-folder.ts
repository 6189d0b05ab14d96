import { isError, renderProblem } from '@prunella/core';
import { loadConfiguration } from '../configuration/load.ts';
import { StoreError } from '../store/store-error.ts';
import type { CommandIo } from './command.ts';
import { presentConfigurationFile } from './connection.ts';
import { CommandFailure } from './failure.ts';

/** The folder of the store that `prunella.yaml` names, for commands that work on the store itself. */
export async function configuredStore(written: string | undefined, io: CommandIo): Promise<string> {
  const file = await presentConfigurationFile(written, io);
  const { configuration, problems } = await loadConfiguration(file, io.environment);
  if (configuration === null) {
    const first = problems.find(isError);
    throw new CommandFailure(
      2,
      'configuration-wrong',
      first === undefined ? `${file}: cannot be used` : renderProblem(first),
      'see all problems with `prunella check`',
    );
  }
  if (configuration.healer !== undefined) {
    throw new CommandFailure(
      2,
      'heals-elsewhere',
      `${file} names the healer at ${configuration.healer.address}, so there is no store here`,
      'run this command on that host',
    );
  }
  return configuration.store.folder;
}

/** A fault of the store that a person can act on becomes the end of the command. */
export async function orFailure<Value>(work: Promise<Value>): Promise<Value> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new CommandFailure(1, error.code, error.message, null, { cause: error });
  }
}
