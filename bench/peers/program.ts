/**
 * A whole healer beside its peers: `program CONFIGURATION ACTION-MS`. It says `ready` with its address and token,
 * and `started RESOURCE` for each call of its backend `bench`, whose actions take so many milliseconds. When its
 * standard input ends it ends with all that it started, and removes the folder of its configuration.
 */
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startHealer, stopProcessServices } from 'prunella';

const [configurationFile = '', actionMs = '0'] = process.argv.slice(2);
const action = 'bench.repair';
const healer = await startHealer({
  configurationFile,
  whenHeld: 'refuse',
  backends: [
    {
      name: 'bench',
      promises: { finds: false, fences: false, cancels: false, dryRuns: false },
      actions: new Map([[action, { action, effect: 'repairs', highestAutonomy: 'auto' }]]),
      resolve: async ({ failing }) => ({
        resolved: true,
        targets: failing.map(({ node, target }) => ({ id: target, node, responding: true })),
      }),
      dispatch: async ({ resource, targets }) => {
        process.stdout.write(`started ${resource}\n`);
        if (Number(actionMs) > 0) await delay(Number(actionMs));
        return {
          outcome: 'succeeded',
          summary: 'noted',
          targets: targets.map((id) => ({ id, outcome: 'succeeded', detail: '', fenced: false })),
        };
      },
      find: async () => ({ found: 'not-found', why: 'nothing is kept' }),
      check: async () => ({ ok: true, detail: 'there' }),
      close: async () => {},
    },
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

const token = readFileSync(healer.tokenPlaces?.operator ?? '', 'utf8').trim();
process.stdout.write(`ready ${JSON.stringify({ address: healer.address, token })}\n`);
