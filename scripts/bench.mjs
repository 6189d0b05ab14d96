// `npm run bench -- SUITE`: needs nothing but Node; brings the packages, then starts bench/main.ts on Node 24.
import { runOnNode24 } from './setup/node-modules.mjs';

await runOnNode24('bench/main.ts', process.argv.slice(2));
