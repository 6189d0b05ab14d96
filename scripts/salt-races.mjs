// `npm run salt-races -- OPTIONS`: needs nothing but Node; brings the packages and Salt, then starts the races on Node 24.
import { runOnNode24 } from './setup/node-modules.mjs';

await runOnNode24('packages/healer/torture/salt/main.ts', process.argv.slice(2));
