import { z } from 'zod';
import { readAnswer } from './answers.ts';
import type { CommandModule } from './command.ts';
import { addConnectionOptions, type ConnectionOptions, connect } from './connection.ts';
import { CommandFailure } from './failure.ts';
import { askHealer, type HealerConnection } from './healer-client.ts';
import { hasScreen, openBrowser } from './open-browser.ts';
import { writeJson } from './output.ts';

interface PageOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly open: boolean;
}

const healerFacts = z.object({ address: z.string().nullable() });
const signInCode = z.object({ code: z.string(), expiresAt: z.number() });

export const pageCommand: CommandModule = {
  name: 'page',
  register(program, io) {
    const command = program
      .command('page')
      .description("open the healer's page, signed in: prints an address that is good once, for 2 minutes")
      .option('--no-open', 'print the address only');
    addConnectionOptions(command).action(async (options: PageOptions) => {
      const found = await connect(options, io);
      let isBySocket = false;
      const connection = {
        ...found,
        onLocalSocket: () => {
          isBySocket = true;
        },
      };
      const { code, expiresAt } = readAnswer(
        signInCode,
        await askHealer(connection, 'POST', 'v1/session/code'),
      );
      // Found by its socket: it listens elsewhere than the configuration says, such as on a free port.
      const base = isBySocket ? await ownAddress(connection) : found.address;
      const address = `${base.replace(/\/+$/, '')}/#sign-in=${code}`;
      if (options.json === true) return writeJson(io.stdout, { address, expiresAt });
      io.stdout.write(`${address}\n`);
      if (!options.open || io.stdout.isTTY !== true || !hasScreen(process.platform, io.environment)) return;
      const opened = await openBrowser(address, process.platform);
      if (!opened) io.stderr.write('no browser could be opened here: open the address yourself\n');
    });
  },
};

async function ownAddress(connection: HealerConnection): Promise<string> {
  const { address } = readAnswer(healerFacts, await askHealer(connection, 'GET', 'v1/healer'));
  if (address !== null) return address;
  throw new CommandFailure(
    1,
    'no-page',
    'this healer listens on its local socket only, which no browser can reach',
    'start it with `prunella up`, or inside the application with `server: true`',
  );
}
