import type { Command } from 'commander';
import { answers, readAnswer } from './answers.ts';
import type { CommandIo, CommandModule } from './command.ts';
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts';
import { askHealer } from './healer-client.ts';
import { type OrderOptions, order } from './order.ts';
import { printable, writeJson } from './output.ts';

interface AutonomyOptions extends ConnectionOptions {
  readonly json?: boolean;
}

export const autonomyCommand: CommandModule = {
  name: 'autonomy',
  register(program, io) {
    const autonomy = program
      .command('autonomy')
      .description('show how each step has done at each resource, and whether more autonomy is earned');
    addConnectionOptions(autonomy).action(async (options: AutonomyOptions) => show(options, io));
    const lift = autonomy
      .command('lift')
      .description('let a step that did harm act as the playbook writes again')
      .argument('<resource>', 'such as postgres/main')
      .argument('<step>', 'its id, as `prunella autonomy` names it')
      .option('--by <name>', "who lifts it, for the log (else the token's name)");
    // The parent has the same options, and takes them wherever they stand.
    addConnectionOptions(lift).action(
      async (resource: string, step: string, _options: unknown, command: Command) => {
        const announcement = { type: 'lift-demotion', step };
        await order(
          'v1/announcements',
          { resource, announcement },
          command.optsWithGlobals<OrderOptions>(),
          io,
        );
      },
    );
  },
};

async function show(options: AutonomyOptions, io: CommandIo): Promise<void> {
  const connection = await connect(options, io);
  const answer = readAnswer(answers.autonomy, await askHealer(connection, 'GET', 'v1/autonomy'));
  if (options.json === true) {
    writeJson(io.stdout, answer);
    return;
  }
  const { steps } = answer;
  if (steps.length === 0) io.stdout.write('No resource has a playbook.\n');
  for (const { resource, step, written, inForce, record, advice } of steps) {
    const force = inForce === written ? written : `${inForce} (written: ${written})`;
    const { decisions, recoveredFirst, agreed, disagreed, runs, effective, harmful } = record;
    const counts = `${decisions} decided, ${recoveredFirst} recovered first, people agreed ${agreed} and disagreed ${disagreed} times, ${effective} of ${runs} runs helped, ${harmful} harmful`;
    io.stdout.write(printable(`${resource} ${step}: ${force}\n  ${counts}\n  ${advice}`));
    io.stdout.write('\n');
  }
}
