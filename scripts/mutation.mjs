// `npm run mutation -- OPTIONS`: needs nothing but Node; brings the packages, then starts the run on Node 24.
import { runOnNode24 } from './setup/node-modules.mjs';

await runOnNode24('packages/core/mutation/main.ts', process.argv.slice(2));
