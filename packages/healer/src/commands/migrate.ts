import { migrateStore } from '../store/migrate.ts';
import { firstSchemaVersion, schemaVersion } from '../store/migrations.ts';
import { silenceSqliteWarning } from '../store/sqlite-warning.ts';
import type { CommandIo, CommandModule } from './command.ts';
import { configurationOption } from './connection.ts';
import { CommandFailure } from './failure.ts';
import { printable, writeJson } from './output.ts';
import { configuredStore, orFailure } from './store-folder.ts';

interface MigrateOptions {
  readonly to?: string;
  readonly config?: string;
  readonly json?: boolean;
}

export const migrateCommand: CommandModule = {
  name: 'migrate',
  register(program, io) {
    program
      .command('migrate')
      .description('take the store of this host to another schema, such as back to that of an older version')
      .option('--to <schema>', `number of the schema (else ${schemaVersion}, the one of this version)`)
      .addOption(configurationOption())
      .option('--json', 'print JSON for programs')
      .addHelpText(
        'after',
        '\nUpwards `prunella up` does it by itself. Downwards the store itself holds the way, so this version can also\ntake back a store of a newer one. The healer must not run.\n\nExit status: 0 done, 1 failed or refused, 2 wrong usage or configuration.',
      )
      .action(async (options: MigrateOptions) => migrate(options, io));
  },
};

async function migrate(options: MigrateOptions, io: CommandIo): Promise<void> {
  const to = options.to === undefined ? schemaVersion : Number(options.to);
  if (!Number.isInteger(to) || to < firstSchemaVersion || to > schemaVersion) {
    throw new CommandFailure(
      2,
      'wrong-schema',
      `--to ${options.to} is no schema that this version knows: it knows ${firstSchemaVersion} to ${schemaVersion}`,
      'a newer schema needs the newer version',
    );
  }
  const folder = await configuredStore(options.config, io);
  silenceSqliteWarning();
  const migrated = await orFailure(migrateStore(folder, to));
  if (options.json === true) writeJson(io.stdout, { store: folder, ...migrated });
  else {
    const what =
      migrated.from === migrated.to
        ? `was of schema ${to} already`
        : `is of schema ${migrated.to} now; it was of ${migrated.from}`;
    io.stdout.write(printable(`the store in ${folder} ${what}\n`));
  }
}
