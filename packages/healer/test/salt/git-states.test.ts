import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  findBinary,
  findSaltEnvironment,
  installSalt,
  notRun,
  type SaltLab,
  startSalt,
} from '@prunella/labs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apiBackend, contextOf, orderOf } from './salt-bench.ts';

const run = promisify(execFile);
const hasGit = findBinary('git') !== null;
let folder: string;
let lab: SaltLab | undefined;
/** The first commit, whose state writes `one`; the tag `v2` writes `two`, the branch `next` writes `three`. */
let firstCommit: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prunella-git-'));
  if (!hasGit) return;
  const work = join(folder, 'work');
  await mkdir(work);
  const git = async (...words: string[]) => {
    const account = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
    return (
      await run('git', [...account, '-c', 'commit.gpgsign=false', ...words], { cwd: work })
    ).stdout.trim();
  };
  const commit = async (text: string) => {
    const state = { note: { 'file.managed': [{ name: join(folder, 'note') }, { contents: text }] } };
    await writeFile(join(work, 'note.sls'), `#!json\n${JSON.stringify(state)}\n`);
    await git('add', '.');
    await git('commit', '-q', '-m', text);
    return git('rev-parse', 'HEAD');
  };
  await git('init', '-q', '-b', 'main');
  firstCommit = await commit('one');
  await commit('two');
  await git('tag', 'v2');
  await git('checkout', '-q', '-b', 'next');
  await commit('three');
  await git('clone', '-q', '--bare', work, join(folder, 'states.git'));
  const environment = (await findSaltEnvironment()) ?? (await installSalt());
  lab = await startSalt({
    folder: join(folder, 'salt'),
    mode: 'api',
    environment,
    allow: [{ function: 'state.apply', args: ['note'], kwargs: { saltenv: ['v2', 'next', 'pinned', 'v9'] } }],
    masterConfiguration: {
      fileserver_backend: ['roots', 'gitfs'],
      gitfs_provider: 'gitpython',
      gitfs_base: 'main',
      gitfs_saltenv: [{ pinned: [{ ref: firstCommit }] }],
      gitfs_remotes: [`file://${join(folder, 'states.git')}`],
    },
  });
});

afterAll(async () => {
  await lab?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('a state run with a revision', () => {
  beforeEach((context) => {
    if (!hasGit) notRun(context, 'needs git on the PATH');
  });

  it.each([
    ['a tag', 'v2', 'two'],
    ['a branch', 'next', 'three'],
    ['a commit that the master gives a name', 'pinned', 'one'],
  ])('applies what stands in %s of the repository that the master serves', async (_what, revision, text) => {
    await applied({ states: 'note', revision }, 'succeeded');
    expect(await readFile(join(folder, 'note'), 'utf8')).toBe(`${text}\n`);
  });

  it('that the master does not serve, or the minion does not allow, applies nothing', async () => {
    const before = await readFile(join(folder, 'note'), 'utf8');
    await applied({ states: 'note', revision: 'v9' }, 'failed');
    await applied({ states: 'note', revision: 'v3' }, 'refused');
    expect(await readFile(join(folder, 'note'), 'utf8')).toBe(before);
  });
});

async function applied(given: Readonly<Record<string, string>>, outcome: string): Promise<void> {
  if (lab === undefined) throw new Error('no lab');
  const backend = apiBackend(lab, {});
  const order = orderOf('salt.state.apply', { arguments: given });
  const result = await backend.dispatch(order, contextOf());
  await backend.close();
  expect(result.targets, result.summary).toMatchObject([{ id: 'db1', outcome }]);
}
