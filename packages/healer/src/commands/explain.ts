import { type Explanation, renderExplanation } from '@prunella/core';
import { answers, readAnswer } from './answers.ts';
import type { CommandIo, CommandModule } from './command.ts';
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts';
import { printDeadChannels } from './dead-channels-notice.ts';
import { CommandFailure } from './failure.ts';
import { askHealer } from './healer-client.ts';
import { coloursFor, printable, writeJson } from './output.ts';
import { printPause } from './pause-notice.ts';
import { readExplanations } from './read-explanations.ts';
import { printRefusedConfiguration } from './refused-notice.ts';
import { unknownResource } from './unknown-resource.ts';

interface ExplainOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly all?: boolean;
  readonly whyNot?: string;
}

export const explainCommand: CommandModule = {
  name: 'explain',
  register(program, io) {
    const command = program
      .command('explain')
      .description('say of each resource that is not ok: since when, why, what happens next, what you can do')
      .argument('[resource]', 'only this one, also when it is ok, such as postgres/main')
      .option('--all', 'those that are ok, too')
      .option('--why-not <action>', 'why this action, or step, does not run at the resource now');
    addConnectionOptions(command).action(async (resource: string | undefined, options: ExplainOptions) =>
      options.whyNot === undefined
        ? explain(resource, options, io)
        : explainWhyNot(resource, options.whyNot, options, io),
    );
  },
};

async function explain(resource: string | undefined, options: ExplainOptions, io: CommandIo): Promise<void> {
  const connection = await connect(options, io);
  const query = resource === undefined ? (options.all === true ? {} : { ok: 'false' }) : { resource };
  const answer = await readExplanations(connection, query);
  const { paused, refusedConfiguration, deadChannels, known, explanations: shown } = answer;
  if (resource !== undefined && shown.length === 0) {
    const all = await readExplanations(connection);
    throw unknownResource(
      resource,
      all.explanations.map((one) => one.resource),
    );
  }
  if (options.json === true)
    writeJson(io.stdout, { paused, refusedConfiguration, deadChannels, explanations: shown });
  else {
    printPause(paused, io);
    printRefusedConfiguration(refusedConfiguration, io);
    printDeadChannels(deadChannels, io);
    print(shown, known, io);
  }
}

async function explainWhyNot(
  resource: string | undefined,
  action: string,
  options: ExplainOptions,
  io: CommandIo,
): Promise<void> {
  if (resource === undefined) {
    throw new CommandFailure(2, 'option-wrong', '--why-not needs a resource', 'write it before the option');
  }
  const connection = await connect(options, io);
  const query = new URLSearchParams({ resource, action });
  const answer = readAnswer(answers.whyNot, await askHealer(connection, 'GET', `v1/why-not?${query}`));
  if (options.json === true) {
    writeJson(io.stdout, answer);
    return;
  }
  const reasons = answer.reasons.map(({ rule, reason, remedy }) => {
    const advice = remedy === null ? '' : `\n${' '.repeat(10)}${remedy}`;
    return `${rule.padStart(8)}: ${reason}${advice}\n`;
  });
  const text = answer.reasons.length === 0 ? `${answer.answer}\n` : reasons.join('');
  io.stdout.write(printable(`${resource}: ${action}\n${text}`));
}

function print(shown: readonly Explanation[], known: number, io: CommandIo): void {
  if (shown.length === 0) {
    const text =
      known === 0
        ? 'The healer knows no resource yet.'
        : known === 1
          ? 'The one resource is ok.'
          : `All ${known} resources are ok.`;
    io.stdout.write(`${known === 0 ? text : coloursFor(io.stdout, io.environment).green(text)}\n`);
    return;
  }
  const now = Date.now();
  io.stdout.write(shown.map((one) => printable(renderExplanation(one, now))).join('\n'));
}
