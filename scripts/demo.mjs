// `npm run demo`: needs nothing but Node; brings the packages, then starts demo/main.ts on Node 24.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, runOnNode24 } from './setup/node-modules.mjs';
import { preparePage } from './setup/page.mjs';

const words = process.argv.slice(2);
if (words.includes('--help') || words.includes('-h')) {
  process.stdout.write(readFileSync(join(root, 'demo', 'help.txt'), 'utf8'));
} else {
  await runOnNode24('demo/main.ts', words, preparePage);
}
