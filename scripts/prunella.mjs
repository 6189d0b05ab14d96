// `npm run prunella -- COMMAND`: needs nothing but Node; brings the packages, then starts the command line on Node 24.
import { runOnNode24 } from './setup/node-modules.mjs';
import { preparePage } from './setup/page.mjs';

const words = process.argv.slice(2);
// Only the healer serves the page.
// npm says where it was called; paths in arguments, and the prunella.yaml that is looked for, are meant from there.
const folder = process.env.INIT_CWD ?? process.cwd();
await runOnNode24(
  'packages/healer/src/bin.ts',
  words,
  words.includes('up') ? preparePage : undefined,
  folder,
);
