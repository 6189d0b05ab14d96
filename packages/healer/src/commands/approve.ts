import { answers, readAnswer } from './answers.ts';
import type { CommandIo, CommandModule } from './command.ts';
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts';
import { CommandFailure } from './failure.ts';
import { askHealer } from './healer-client.ts';
import { printable, writeJson } from './output.ts';

interface ApproveOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly by?: string;
}

export const approveCommand: CommandModule = {
  name: 'approve',
  register(program, io) {
    const command = program
      .command('approve')
      .description('let an attempt run that waits for a person; `prunella explain` names it')
      .argument('<attempt>', 'its id')
      .option('--by <name>', "who approves, for the log (else the token's name)");
    addConnectionOptions(command).action(async (attempt: string, options: ApproveOptions) =>
      answerAttempt('approve', attempt, options.by === undefined ? {} : { by: options.by }, options, io),
    );
  },
};

/** Says yes or no to an attempt and prints what became of it. */
export async function answerAttempt(
  answer: 'approve' | 'reject',
  attempt: string,
  body: Readonly<Record<string, string>>,
  options: ConnectionOptions & { readonly json?: boolean },
  io: CommandIo,
): Promise<void> {
  const connection = await connect(options, io);
  const path = `v1/attempts/${encodeURIComponent(attempt)}/${answer}`;
  const receipt = readAnswer(answers.receipt, await askHealer(connection, 'POST', path, body));
  if (!receipt.accepted) {
    throw new CommandFailure(
      1,
      'refused',
      receipt.reason ?? 'the healer refused it',
      'see `prunella explain`',
    );
  }
  if (options.json === true) writeJson(io.stdout, receipt);
  else io.stdout.write(`${printable(receipt.note ?? 'accepted')}\n`);
}
