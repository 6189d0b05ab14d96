// `npm run record`: records anew what the recorded tests of core compare with. Look first at what changed.
import { inherit, node24, prepareNodeModules } from './setup/node-modules.mjs';

const environment = await prepareNodeModules();
const { code } = await inherit(
  node24,
  ['node_modules/vitest/vitest.mjs', 'run', 'packages/core/test/recorded'],
  { environment: { ...environment, PRUNELLA_RECORD: 'write' } },
);
process.exitCode = code ?? 1;
