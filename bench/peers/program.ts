/**
 * A whole healer beside its peers: `program CONFIGURATION ACTION-MS`. It says `ready` with its address and token,
 * and `started RESOURCE` for each call of its backend `bench`, whose actions take so many milliseconds. When its
 * standard input ends it ends with all that it started, and removes the folder of its configuration.
 */
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startHealer, stopProcessServices } from 'prunella';
import { grantedToken } from '../healer/granted-token.ts';
import { notingBackend } from '../healer/noting-backend.ts';

const [configurationFile = '', actionMs = '0'] = process.argv.slice(2);
const healer = await startHealer({
  configurationFile,
  whenHeld: 'refuse',
  backends: [
    notingBackend(async (resource) => {
      process.stdout.write(`started ${resource}\n`);
      if (Number(actionMs) > 0) await delay(Number(actionMs));
    }),
  ],
});

let ending = false;
async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  await healer.stop();
  await stopProcessServices(join(dirname(configurationFile), 'prunella-data', 'process'));
  rmSync(dirname(configurationFile), { recursive: true, force: true });
  process.exit(0);
}

process.stdin.on('end', () => void end());
process.stdin.resume();
// A terminal's Ctrl-C reaches it, too; whoever started it ends its input.
process.on('SIGINT', () => {});

const facts = {
  address: healer.address,
  reporter: await grantedToken(healer.socket),
  operator: readFileSync(healer.tokenPlaces?.operator ?? '', 'utf8').trim(),
};
process.stdout.write(`ready ${JSON.stringify(facts)}\n`);
