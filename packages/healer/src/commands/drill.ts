import { z } from 'zod';
import { readAnswer } from './answers.ts';
import type { CommandModule } from './command.ts';
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts';
import { CommandFailure } from './failure.ts';
import { askHealer } from './healer-client.ts';
import { printable, writeJson } from './output.ts';

interface DrillOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly by?: string;
}

const drills = z.object({
  items: z.array(z.object({ name: z.string(), title: z.string(), resource: z.string() })),
});
const outcome = z.object({ done: z.boolean(), detail: z.string() });

export const drillCommand: CommandModule = {
  name: 'drill',
  register(program, io) {
    const command = program
      .command('drill')
      .description(
        'break something on purpose, as the configuration says, to see it healed; lists the drills',
      )
      .argument('[name]', 'which one; else all are listed')
      .option('--by <name>', "who begins it (else the token's name)");
    addConnectionOptions(command).action(async (name: string | undefined, options: DrillOptions) => {
      const connection = await connect(options, io);
      if (name === undefined) {
        const answer = readAnswer(drills, await askHealer(connection, 'GET', 'v1/drills'));
        if (options.json === true) return writeJson(io.stdout, answer);
        for (const each of answer.items) {
          io.stdout.write(
            `${printable(each.name)}  ${printable(each.title)} (${printable(each.resource)})\n`,
          );
        }
        if (answer.items.length === 0) {
          io.stdout.write('No drill is configured: write `drills:` into prunella.yaml (docs/drills.md).\n');
        }
        return;
      }
      const body = options.by === undefined ? {} : { by: options.by };
      const path = `v1/drills/${encodeURIComponent(name)}`;
      const answer = readAnswer(outcome, await askHealer(connection, 'POST', path, body));
      if (!answer.done) {
        const remedy = 'nothing may be broken now: look at what it says, and at `drills` in prunella.yaml';
        throw new CommandFailure(1, 'drill-failed', answer.detail, remedy);
      }
      if (options.json === true) writeJson(io.stdout, answer);
      else {
        io.stdout.write(`${printable(answer.detail)}\nFollow it by \`prunella watch\`.\n`);
      }
    });
  },
};
