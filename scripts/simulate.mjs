// `npm run simulate -- OPTIONS`: needs nothing but Node; brings the packages, then starts the simulator on Node 24.
import { runOnNode24 } from './setup/node-modules.mjs';

await runOnNode24('packages/core/simulator/main.ts', process.argv.slice(2));
