// `npm run schemathesis -- [EXAMPLES]`: the test of the API against its OpenAPI, with more requests and edge cases than
// `npm test` has time for. Default 50 of each kind to each route by each role.
import {
  environmentWithNode24,
  failWith,
  inherit,
  node24,
  prepareNodeModules,
} from './setup/node-modules.mjs';

async function main() {
  const [examples = '50'] = process.argv.slice(2);
  await prepareNodeModules();
  const environment = { ...environmentWithNode24(), PRUNELLA_SCHEMATHESIS_EXAMPLES: examples };
  const install =
    "import('./labs/src/schemathesis.ts').then((labs) => labs.ensureSchemathesis(console.error))";
  await inherit(node24, ['--conditions=prunella-source', '--eval', install], { environment });
  const test = ['run', 'packages/healer/test/server/schemathesis.test.ts', '--testTimeout=7200000'];
  const { code } = await inherit(node24, ['node_modules/vitest/vitest.mjs', ...test], { environment });
  process.exitCode = code ?? 1;
}

main().catch(failWith);
