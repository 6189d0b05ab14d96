import type { Configuration } from '../configuration/configuration.ts';
import { loadConfiguration } from '../configuration/load.ts';
import type { CommandIo } from './command.ts';
import { presentConfigurationFile } from './connection.ts';
import { CommandFailure } from './failure.ts';

/** The configuration that declares the services of this host, for commands that speak with their runners. */
export async function servicesConfiguration(
  written: string | undefined,
  io: CommandIo,
): Promise<Configuration> {
  const file = await presentConfigurationFile(written, io, 'it says where the services are kept');
  const { configuration, problems } = await loadConfiguration(file, io.environment);
  if (configuration !== null) return configuration;
  const first = problems[0]?.message ?? 'it cannot be read';
  throw new CommandFailure(
    2,
    'configuration-invalid',
    `${file}: ${first}`,
    'prunella check names every problem',
  );
}
