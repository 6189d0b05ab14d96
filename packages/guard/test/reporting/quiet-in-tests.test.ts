import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StandInHealer } from '../runtime/stand-in-healer.ts';

const file = fileURLToPath(new URL('quiet-in-tests.ts', import.meta.url));
const options = ['--conditions=prunella-source', '--disable-warning=ExperimentalWarning'];
let healer: StandInHealer;
let address: string;

beforeEach(async () => {
  healer = new StandInHealer();
  address = await healer.listen();
});

afterEach(() => healer.close());

/** Neither that of this test run nor what another test has set. */
function environment(more: Record<string, string>) {
  const { VITEST: _vitest, NODE_TEST_CONTEXT: _node, ...rest } = process.env;
  return { ...rest, HEALER: address, ...more };
}

const run = (more: Record<string, string>, runner: readonly string[]) =>
  promisify(execFile)(process.execPath, [...options, ...runner, file], {
    env: environment(more),
    timeout: 20_000,
  });

test('inside `node --test` the real healer hears nothing, and nothing keeps the run open', async () => {
  const { stdout } = await run({}, ['--test', '--test-reporter=tap']);
  expect(stdout).toContain('# pass 1');
  expect(healer.reports).toEqual([]);
});

test.each([
  ['VITEST', 'true'],
  ['JEST_WORKER_ID', '1'],
])('nor where %s is set', async (name, value) => {
  const { stderr } = await run({ [name]: value }, []);
  expect(stderr).toContain(`this is a test run (${name} is set)`);
  expect(healer.reports).toEqual([]);
});

test('but where PRUNELLA_IN_TESTS says so, it does', async () => {
  await run({ PRUNELLA_IN_TESTS: '1' }, ['--test']);
  expect(healer.newest?.service).toBe('shop');
});

test('and outside of test runners it does', async () => {
  await run({}, []);
  expect(healer.newest?.service).toBe('shop');
});
