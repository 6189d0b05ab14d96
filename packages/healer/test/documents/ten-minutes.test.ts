import { join } from 'node:path';
import { findBinary, findRedis, notRun } from '@prunella/labs';
import { expect, test } from 'vitest';
import { root } from './key-tables.ts';
import { blocksOf, walk } from './walk.ts';

const page = 'docs/ten-minutes.md';

test('docs/ten-minutes.md ends with a repair that the application confirms, command by command', {
  timeout: 150_000,
}, async (context) => {
  if (findRedis() === null) notRun(context, 'needs redis-server on the PATH');
  if (findBinary('redis-cli') === null) notRun(context, 'needs redis-cli on the PATH');
  const { said } = await walk({
    page,
    ports: ['16390', '17790'],
    // Packing and installing is tried by `npm run verify`, with the packages as they are published.
    standIns: [
      { line: /^export PRUNELLA=.*$/m, by: '' },
      { line: /^\(cd \$PRUNELLA && npm install .*$/m, by: '' },
      { line: /^npm init --yes$/m, by: '' },
      { line: /^npm install ioredis .*$/m, by: `ln -s '${join(root, 'node_modules')}' node_modules` },
    ],
    deadlineMs: 140_000,
  });
  const [, files, healer, application, healed, paused] = said;
  expect(said).toHaveLength(7);
  expect(files).toContain('prunella.yaml\n');
  expect(files).toMatch(/ 0 errors, 0 warnings\n/);
  expect(healer).toMatch(/resources +redis\/main \(one node\)/);
  expect(healer).toMatch(/OK\n$/);
  expect(application).toMatch(/^redis\/main\n/);
  expect(application).toMatch(/shop\/.* ok +for /);
  expect(healed).toMatch(/process\.start run 1 on main: ended, succeeded, effective: 1 of 1 complaining/);
  expect(healed).toContain('The one resource is ok.');
  expect(healed).toMatch(/\n42\n$/);
  expect(paused).toContain('trying the kill switch');
});

test('what its console blocks show are commands that there are', () => {
  expect(blocksOf(page, 'console')).toEqual(['npx prunella watch\n']);
});
