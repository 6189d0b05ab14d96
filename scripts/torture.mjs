// `npm run torture -- OPTIONS`: needs nothing but Node; brings the packages, then starts the torture on Node 24.
import { runOnNode24 } from './setup/node-modules.mjs';

await runOnNode24('packages/healer/torture/main.ts', process.argv.slice(2));
