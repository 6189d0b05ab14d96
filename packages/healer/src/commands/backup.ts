import { resolve } from 'node:path';
import { backUpStore } from '../store/backup.ts';
import { silenceSqliteWarning } from '../store/sqlite-warning.ts';
import type { CommandIo, CommandModule } from './command.ts';
import { configurationOption } from './connection.ts';
import { printable, writeJson } from './output.ts';
import { configuredStore, orFailure } from './store-folder.ts';

interface BackupOptions {
  readonly config?: string;
  readonly json?: boolean;
}

export const backupCommand: CommandModule = {
  name: 'backup',
  register(program, io) {
    program
      .command('backup')
      .description('copy the store of this host to one file, also while the healer runs')
      .argument('<file>', 'file to make; one that is there already is not overwritten')
      .addOption(configurationOption())
      .option('--json', 'print JSON for programs')
      .addHelpText(
        'after',
        '\nThe file is as the store was at one moment, was read to its end, and is on disk when this command ends.\nRun it as the user of the healer.\n\nExit status: 0 done, 1 failed, 2 wrong usage or configuration.',
      )
      .action(async (file: string, options: BackupOptions) => backup(file, options, io));
  },
};

async function backup(name: string, options: BackupOptions, io: CommandIo): Promise<void> {
  const folder = await configuredStore(options.config, io);
  const file = resolve(io.workingDirectory, name);
  silenceSqliteWarning();
  const { schema, events, bytes } = await orFailure(backUpStore(folder, file));
  if (options.json === true) writeJson(io.stdout, { file, schema, events, bytes });
  else {
    const mebibytes = (bytes / 1024 / 1024).toFixed(1);
    io.stdout.write(
      `${printable(file)}: ${mebibytes} MiB, ${events} entries in the log, schema ${schema}, read and found whole\n`,
    );
  }
}
