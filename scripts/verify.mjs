// `npm run verify`: everything that must be green before a change is called done, cheapest first.
import { failWith, inherit, node24, prepareNodeModules } from './setup/node-modules.mjs';

const checks = [
  { name: 'types', command: 'tsc', args: ['-p', 'tsconfig.json'] },
  { name: 'types of the page', command: 'tsc', args: ['-p', 'packages/dashboard'] },
  { name: "types of the page's tests", command: 'tsc', args: ['-p', 'packages/dashboard/test'] },
  { name: 'lint and format', command: 'biome', args: ['check', '.'] },
  {
    name: 'direction of dependencies between rooms',
    command: 'depcruise',
    args: ['--config', '.dependency-cruiser.cjs', 'packages', 'labs', 'examples', 'bench', 'demo'],
  },
  { name: 'unused code and dependencies', command: 'knip', args: [] },
  { name: 'documents', command: node24, args: ['scripts/check-documents.mjs'] },
  { name: 'public API', command: node24, args: ['scripts/public-api.mjs'] },
  { name: 'packages', command: node24, args: ['scripts/check-packages.mjs'] },
  { name: 'tests', command: node24, args: ['scripts/test.mjs'] },
];

try {
  const environment = await prepareNodeModules();
  const only = process.argv.slice(2);
  const failed = [];
  for (const check of checks) {
    if (only.length > 0 && !only.some((word) => check.name.startsWith(word))) continue;
    process.stdout.write(`\n== ${check.name} ==\n`);
    const { code } = await inherit(check.command, check.args, { environment });
    if (code !== 0) failed.push(check.name);
  }
  process.stdout.write(failed.length === 0 ? '\nverified\n' : `\nnot verified: ${failed.join(', ')}\n`);
  process.exitCode = failed.length === 0 ? 0 : 1;
} catch (error) {
  failWith(error);
}
