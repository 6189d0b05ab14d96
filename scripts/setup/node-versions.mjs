// The versions of Node that the published packages are tried with, from npm's package `node`, into `.local/`.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './node-modules.mjs';

const majors = [22, 24, 26];
const folder = join(root, '.local', 'node-versions');
const binary = (major) => join(folder, 'node_modules', `node-${major}`, 'bin', 'node');

/** Installs those that are missing; answers with the path of each. */
export function prepareNodeVersions({ log = (line) => process.stderr.write(`${line}\n`) } = {}) {
  if (!majors.every((major) => existsSync(binary(major)))) {
    log(`Installing Node ${majors.join(', ')} into .local/node-versions (about 400 MB, once) ...`);
    mkdirSync(folder, { recursive: true });
    const aliases = majors.map((major) => [`node-${major}`, `npm:node@${major}`]);
    const manifest = { private: true, dependencies: Object.fromEntries(aliases) };
    writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    const flags = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
    execFileSync('npm', ['install', ...flags], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return majors.map((major) => ({
    version: execFileSync(binary(major), ['--version'], { encoding: 'utf8' }).trim(),
    path: binary(major),
  }));
}
