import { resolve } from 'node:path';
import { restoredStates } from '../engine/restored-states.ts';
import { type Restored, restoreStore } from '../store/restore.ts';
import { silenceSqliteWarning } from '../store/sqlite-warning.ts';
import type { CommandIo, CommandModule } from './command.ts';
import { configurationOption } from './connection.ts';
import { coloursFor, printable, writeJson } from './output.ts';
import { configuredStore, orFailure } from './store-folder.ts';

interface RestoreCommandOptions {
  readonly config?: string;
  readonly json?: boolean;
}

export const restoreCommand: CommandModule = {
  name: 'restore',
  register(program, io) {
    program
      .command('restore')
      .description('put a backup in the place of the store of this host; the healer must not run')
      .argument('<file>', 'what `prunella backup` made')
      .addOption(configurationOption())
      .option('--json', 'print JSON for programs')
      .addHelpText(
        'after',
        '\nThe store before is kept in a folder beside it. The healer then starts paused: what it did and was told\nafter the backup it does not know. `prunella resume` lets it go on.\n\nExit status: 0 done, 1 failed or refused, 2 wrong usage or configuration.',
      )
      .action(async (file: string, options: RestoreCommandOptions) => restore(file, options, io));
  },
};

async function restore(name: string, options: RestoreCommandOptions, io: CommandIo): Promise<void> {
  const folder = await configuredStore(options.config, io);
  const file = resolve(io.workingDirectory, name);
  silenceSqliteWarning();
  const at = Date.now();
  const reason = `the store was restored from ${file}: look at what was done since that backup, then resume`;
  const restored = await orFailure(
    restoreStore({
      file,
      folder,
      now: () => at,
      renew: (states, identity) => restoredStates(states, { ...identity, reason, at }),
    }),
  );
  if (options.json === true) writeJson(io.stdout, { store: folder, ...restored });
  else print(folder, restored, io);
}

function print(folder: string, restored: Restored, io: CommandIo): void {
  const { yellow } = coloursFor(io.stdout, io.environment);
  const { setAside, generation, isSameInstallation, events } = restored;
  io.stdout.write(printable(`the store in ${folder} is restored, with ${events} entries in its log\n`));
  if (setAside !== null) io.stdout.write(printable(`the one before is in ${setAside}\n`));
  io.stdout.write(
    `fences are of the generation ${generation} (${new Date(generation).toISOString()}) from now on: targets refuse older orders\n`,
  );
  if (isSameInstallation === false) {
    const note =
      'this backup is of another installation than the store before: targets that obeyed that one refuse orders of this one';
    io.stdout.write(`${yellow('note:')} ${note}\n`);
  }
  io.stdout.write(
    'The healer will start paused. Look at what was done since the backup, then `prunella resume`.\n',
  );
}
