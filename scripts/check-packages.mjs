// Builds and packs the published packages, checks what is in them, and uses them as a stranger would: installed
// from the tarballs into an empty project, imported from ESM and required from CommonJS, the command run.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { node24, root } from './setup/node-modules.mjs';

const rooms = ['protocol', 'guard', 'core', 'healer'];
const bin = (name) => join(root, 'node_modules', '.bin', name);
const run = (command, args, options = {}) =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], ...options });

for (const room of rooms) rmSync(join(root, 'packages', room, 'dist'), { recursive: true, force: true });
run(bin('tsc'), ['-b', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });

const folder = mkdtempSync(join(tmpdir(), 'prunella-packages-'));
try {
  const tarballs = rooms.map((room) => {
    const [packed] = JSON.parse(
      run('npm', ['pack', '--json', '--pack-destination', folder, '--loglevel=error'], {
        cwd: join(root, 'packages', room),
      }),
    );
    const test = packed.files.find((file) => /\.test\.|\/test\//.test(file.path));
    if (test) throw new Error(`${packed.name} would publish a test: ${test.path}`);
    run(bin('publint'), ['run', '--strict', '--pack', 'false', join(root, 'packages', room)], {
      stdio: 'inherit',
    });
    run(bin('attw'), ['--profile', 'esm-only', join(folder, packed.filename)], { stdio: 'inherit' });
    return { room, path: join(folder, packed.filename), size: packed.size };
  });

  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'stranger', private: true, type: 'module' }),
  );
  run(
    'npm',
    ['install', '--no-audit', '--no-fund', '--loglevel=error', ...tarballs.map((tarball) => tarball.path)],
    {
      cwd: folder,
    },
  );
  for (const room of rooms) {
    const manifest = JSON.parse(readFileSync(join(root, 'packages', room, 'package.json'), 'utf8'));
    for (const entry of Object.keys(manifest.exports)) {
      if (entry.endsWith('.json')) continue;
      const specifier = manifest.name + entry.slice(1);
      run(node24, ['--input-type=module', '-e', `await import(${JSON.stringify(specifier)})`], {
        cwd: folder,
      });
      run(node24, ['--input-type=commonjs', '-e', `require(${JSON.stringify(specifier)})`], { cwd: folder });
    }
  }
  const version = run(join(folder, 'node_modules', '.bin', 'prunella'), ['--version'], {
    cwd: folder,
    env: { ...process.env, PATH: `${join(root, 'node_modules', 'node', 'bin')}:${process.env.PATH}` },
  }).trim();
  for (const tarball of tarballs)
    process.stdout.write(
      `${tarball.room.padEnd(10)} ${(tarball.size / 1024).toFixed(0).padStart(4)} KB packed\n`,
    );
  process.stdout.write(`prunella ${version} installs, imports, requires and runs from its tarballs\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
