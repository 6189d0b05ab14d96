import { z } from 'zod';
import { readAnswer } from './answers.ts';
import { columns } from './columns.ts';
import type { CommandIo, CommandModule } from './command.ts';
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts';
import { askHealer } from './healer-client.ts';
import { timeText, writeJson } from './output.ts';
import { plural } from './words.ts';

interface MonitorsOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly failing?: boolean;
}

const answer = z.looseObject({
  items: z.array(
    z.looseObject({
      name: z.string(),
      type: z.string(),
      resource: z.string(),
      node: z.string().nullable(),
      state: z.string(),
      since: z.number().nullable(),
      detail: z.string().nullable(),
    }),
  ),
});

export const monitorsCommand: CommandModule = {
  name: 'monitors',
  register(program, io) {
    const command = program
      .command('monitors')
      .description('list the monitors of prunella.yaml, how each stands and what it saw last')
      .option('--failing', 'only those that are neither ok nor waiting for their first check');
    addConnectionOptions(command).action(async (options: MonitorsOptions) => list(options, io));
  },
};

async function list(options: MonitorsOptions, io: CommandIo): Promise<void> {
  const connection = await connect(options, io);
  const { items } = readAnswer(answer, await askHealer(connection, 'GET', 'v1/monitors'));
  const wanted =
    options.failing === true ? items.filter(({ state }) => state !== 'ok' && state !== 'waiting') : items;
  if (options.json === true) {
    writeJson(io.stdout, { monitors: wanted });
    return;
  }
  if (wanted.length === 0) {
    const none = 'There is no monitor: write one into prunella.yaml under `monitors:`.';
    io.stdout.write(items.length === 0 ? `${none}\n` : `None of ${plural(items.length, 'monitor')} fails.\n`);
    return;
  }
  const rows = wanted.map(({ name, type, resource, node, state, since, detail }) => [
    name,
    type,
    node === null ? resource : `${resource} ${node}`,
    since === null ? state : `${state} since ${timeText(since)}`,
    detail ?? '-',
  ]);
  io.stdout.write(columns([['MONITOR', 'TYPE', 'OF', 'STATE', 'SAW'], ...rows]));
}
