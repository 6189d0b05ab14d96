import { join, relative, resolve } from 'node:path';
import { isError, renderProblem } from '@prunella/core';
import type { CommandIo, CommandModule } from './command.ts';
import { CommandFailure } from './failure.ts';
import { type InitAnswers, resourceOf } from './init/answers.ts';
import { applicationLines, otherDriver } from './init/application-lines.ts';
import { terminalAsker } from './init/asker.ts';
import type { InitOptions } from './init/given.ts';
import { type FirstLook, lookAtIt } from './init/look-at-it.ts';
import { answersFromOptions } from './init/options.ts';
import { askAnswers } from './init/questions.ts';
import { type InitFile, renderFiles } from './init/render.ts';
import { writeFiles } from './init/write-files.ts';
import { coloursFor, printable, writeJson } from './output.ts';

export const initCommand: CommandModule = {
  name: 'init',
  register(program, io) {
    program
      .command('init')
      .description('ask a few questions, and leave a configuration and a playbook that work')
      .option('-y, --yes', 'ask nothing: options, and defaults for the rest')
      .option(
        '--resource <kind/name>',
        'what is guarded: postgres, redis, rethinkdb or http, such as redis/main',
      )
      .option('--host <host>', 'where it listens (127.0.0.1)')
      .option('--port <port>', "where it listens (the kind's usual port)")
      .option('--url <url>', 'of an HTTP service: a page that shows that it serves')
      .option('--user <name>', 'as whom the healer looks at it')
      .option('--password-file <file>', 'where the password of that user is')
      .option('--password-environment <name>', 'or the environment variable that holds it')
      .option('--repair <how>', 'process, salt, salt-hook or http (process)')
      .option('--command <line>', 'process: the program with its arguments, in quotes')
      .option('--salt-url <url>', 'salt, salt-hook: the address of salt-api')
      .option('--salt-user <name>', "salt: the healer's account (healer)")
      .option('--salt-secret-file <file>', 'salt, salt-hook: where the secret is')
      .option('--salt-secret-environment <name>', 'or the environment variable that holds it')
      .option('--minion <id>', 'salt, salt-hook: the minion that runs it')
      .option('--service <name>', 'salt, salt-hook: the service on that minion')
      .option('--repair-url <url>', 'http: the address that repairs it')
      .option('--autonomy <who>', 'ask: a person approves each repair; auto: it acts by itself (ask)')
      .option(
        '--tell <how>',
        'who is told: slack, email, webhook, or none (what other options are about, else none)',
      )
      .option('--tell-url <url>', 'webhook: the address that is told')
      .option('--slack-channel <id>', 'slack: the channel, by its id')
      .option('--slack-token-file <file>', "slack: where the app's bot token is")
      .option('--slack-token-environment <name>', 'or the environment variable that holds it')
      .option('--mail-to <address>', 'email: who is told')
      .option('--mail-host <host>', 'email: the server that takes mail')
      .option('--mail-from <address>', 'email: the sender (that of --mail-to)')
      .option('--mail-user <name>', 'email: who logs in there (nobody)')
      .option('--mail-password-file <file>', 'email: where the password of that user is')
      .option('--mail-password-environment <name>', 'or the environment variable that holds it')
      .option('--healer-port <port>', 'where the healer listens (7766)')
      .option('--application <name>', "the application's name, for the lines that it adds (app)")
      .option('--folder <folder>', 'where the files go (here)')
      .option('--force', 'overwrite files that are there')
      .option('--json', 'print JSON for programs; asks nothing')
      .addHelpText(
        'after',
        '\nExit status: 0 done, 1 a file is there already or it was interrupted, 2 wrong usage.',
      )
      .action(async (options: InitOptions) => init(options, io));
  },
};

async function init(options: InitOptions, io: CommandIo): Promise<void> {
  const answers = await answersFor(options, io);
  const folder = resolve(io.workingDirectory, options.folder ?? '.');
  const files = renderFiles(answers);
  await writeFiles(folder, files, options.force === true);
  const look = await lookAtIt(join(folder, 'prunella.yaml'), io.environment);
  if (look.problems.some(isError)) throw cannotBeUsed(look);
  if (options.json === true) writeJson(io.stdout, factsOf(answers, folder, files, look));
  else io.stdout.write(describe(answers, folder, files, look, io));
}

async function answersFor(options: InitOptions, io: CommandIo): Promise<InitAnswers> {
  if (options.yes === true || options.json === true) return answersFromOptions(options, io);
  const { input } = io;
  if (input?.isTTY !== true) {
    throw new CommandFailure(
      2,
      'nobody-to-ask',
      'there is no terminal to ask at',
      'give --yes and say by options what is to be guarded: `prunella init --help`',
    );
  }
  const asker = terminalAsker(input, io);
  try {
    return await askAnswers(options, asker, io);
  } finally {
    asker.close();
  }
}

/** Answers are checked one by one; what they mean together is known only now. */
function cannotBeUsed({ problems }: FirstLook): CommandFailure {
  return new CommandFailure(
    2,
    'configuration-wrong',
    problems.filter(isError).map(renderProblem).join('\n'),
    'mend it in the file that is named and run `prunella check`, or answer anew with --force',
  );
}

function tokenFileOf(folder: string): string {
  return join(folder, 'prunella-data', 'tokens', 'reporter');
}

function factsOf(answers: InitAnswers, folder: string, files: readonly InitFile[], look: FirstLook) {
  return {
    folder,
    files: files.map(({ path }) => path),
    resource: resourceOf(answers),
    probe: look.probe,
    warnings: look.problems,
    applicationLines: applicationLines(answers, tokenFileOf(folder)),
    next: 'prunella up',
  };
}

function describe(
  answers: InitAnswers,
  folder: string,
  files: readonly InitFile[],
  look: FirstLook,
  io: CommandIo,
): string {
  const { bold, green, yellow, faint } = coloursFor(io.stdout, io.environment);
  const where = relative(io.workingDirectory, folder);
  const written = files.map(
    ({ path, isSecret }) => `  ${join(where, path)}${isSecret ? faint('  (only you can read it)') : ''}\n`,
  );
  const other = otherDriver(answers.kind);
  return [
    `${bold('Written')}\n${written.join('')}\n`,
    probeText(answers, look, { green, yellow }),
    ...look.problems.map((problem) => `${yellow(printable(renderProblem(problem)))}\n`),
    `\n${bold('In the application')} ${faint('(npm install @prunella/guard)')}\n`,
    ...applicationLines(answers, tokenFileOf(folder)).map((line) => `  ${line}\n`),
    other === null ? '' : faint(`  // ${other}\n`),
    `\n${bold('Next')}\n  ${where === '' ? '' : `cd ${where} && `}npx prunella up\n`,
  ].join('');
}

function probeText(
  answers: InitAnswers,
  { probe }: FirstLook,
  paint: { readonly green: (text: string) => string; readonly yellow: (text: string) => string },
): string {
  const resource = resourceOf(answers);
  if (probe === null) return '';
  const detail = printable(probe.detail);
  const runsIt = answers.repair.by === 'process';
  if (!probe.passed) {
    const note = runsIt ? ': `prunella up` starts it' : ': start it, or look at where it listens';
    return `${paint.yellow(`${resource} does not answer now`)} (${detail})${note}\n`;
  }
  const note = runsIt ? '; stop it before `prunella up`, which starts it itself' : '';
  return `${paint.green(`${resource} answers`)} (${detail})${note}\n`;
}
