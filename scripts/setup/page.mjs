// The healer's web page, built by Vite into `packages/healer/page`, which git ignores and the package publishes.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { environmentWithNode24, node24, root, SetupError } from './node-modules.mjs';

const page = join(root, 'packages', 'healer', 'page');
const dashboard = join(root, 'packages', 'dashboard');
const marker = join(root, 'node_modules', '.prunella-page');

/** Builds the page where it is missing, or where anything that it is made of has changed. About two seconds. */
export async function preparePage({ log = (line) => process.stderr.write(`${line}\n`) } = {}) {
  const digest = digestOfSources();
  const isThere = existsSync(join(page, 'index.html'));
  if (isThere && existsSync(marker) && readFileSync(marker, 'utf8') === digest) return;
  log('Building the page ...');
  // Beside its place, then put there at once: a healer that runs, or a second build, never sees half of it.
  const fresh = `${page}.${process.pid}`;
  try {
    await promisify(execFile)(node24, [join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build'], {
      cwd: dashboard,
      env: { ...environmentWithNode24(), PRUNELLA_PAGE_FOLDER: fresh, NODE_ENV: 'production', NO_COLOR: '1' },
    });
    rmSync(page, { recursive: true, force: true });
    renameSync(fresh, page);
    writeFileSync(marker, digest);
  } catch (error) {
    throw new SetupError(`the page could not be built: ${error.stderr || error.message}`);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function digestOfSources() {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  const files = ['index.html', 'vite.config.ts', 'tsconfig.json', 'package.json'].map((name) =>
    join(dashboard, name),
  );
  for (const folder of [join(dashboard, 'src'), join(root, 'packages', 'core', 'src')]) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile() && !entry.name.endsWith('.test.ts')) files.push(join(entry.parentPath, entry.name));
    }
  }
  for (const file of files.sort()) hash.update(file).update(readFileSync(file));
  return hash.digest('hex');
}
