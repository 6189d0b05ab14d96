// `npm run bench -- SUITE`: needs nothing but Node; brings the packages, then starts bench/main.ts on Node 24.
import { runOnNode24 } from './setup/node-modules.mjs';
import { preparePage } from './setup/page.mjs';

const words = process.argv.slice(2);
await runOnNode24('bench/main.ts', words, words.includes('page') ? preparePage : undefined);
