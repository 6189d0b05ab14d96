// The versions of Node that the published packages are tried with, from npm's package `node`, into `.local/`.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './node-modules.mjs';

/** The oldest that the packages say they run on, and the newest of each later line. */
const versions = ['22.13', '24', '26'];
const folder = join(root, '.local', 'node-versions');
const binary = (version) => join(folder, 'node_modules', `node-${version}`, 'bin', 'node');

/** Installs those that are missing; answers with the path of each. */
export function prepareNodeVersions({ log = (line) => process.stderr.write(`${line}\n`) } = {}) {
  if (!versions.every((version) => existsSync(binary(version)))) {
    log(`Installing Node ${versions.join(', ')} into .local/node-versions (about 400 MB, once) ...`);
    mkdirSync(folder, { recursive: true });
    const aliases = versions.map((version) => [`node-${version}`, `npm:node@${version}`]);
    const manifest = { private: true, dependencies: Object.fromEntries(aliases) };
    writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    const flags = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
    execFileSync('npm', ['install', ...flags], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return versions.map((version) => ({
    version: execFileSync(binary(version), ['--version'], { encoding: 'utf8' }).trim(),
    path: binary(version),
  }));
}
