// Builds the healer's web page into packages/healer/page where it is missing or older than its sources.

import { failWith } from './setup/node-modules.mjs';
import { preparePage } from './setup/page.mjs';

await preparePage().catch(failWith);
