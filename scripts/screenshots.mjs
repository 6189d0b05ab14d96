// `npm run screenshots`: takes the pictures of the documents from the page of a real demo; needs Chromium.
import { runOnNode24 } from './setup/node-modules.mjs';
import { preparePage } from './setup/page.mjs';

await runOnNode24('packages/dashboard/screenshots/main.ts', process.argv.slice(2), preparePage);
