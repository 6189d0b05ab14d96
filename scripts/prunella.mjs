// `npm run prunella -- COMMAND`: needs nothing but Node; brings the packages, then starts the command line on Node 24.
import { runOnNode24 } from './setup/node-modules.mjs';

await runOnNode24('packages/healer/src/bin.ts', process.argv.slice(2));
