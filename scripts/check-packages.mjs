// Builds and packs the published packages, checks what is in them, and uses them as a stranger would: installed
// from the tarballs into an empty project, imported from ESM and required from CommonJS by each supported Node, with
// a small application that really runs, its types compiled, and the command run.
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './setup/node-modules.mjs';
import { prepareNodeVersions } from './setup/node-versions.mjs';

const rooms = ['protocol', 'guard', 'core', 'healer'];
const bin = (name) => join(root, 'node_modules', '.bin', name);
const run = (command, args, options = {}) =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], ...options });

const folder = mkdtempSync(join(tmpdir(), 'prunella-packages-'));
const quiet = ['--disable-warning=ExperimentalWarning'];

/** The declarations that are published infer and refuse what the sources do. */
function checkTypes() {
  cpSync(join(root, 'packages', 'guard', 'test', 'types'), join(folder, 'types'), { recursive: true });
  rmSync(join(folder, 'types', 'types.test.ts'));
  const compilerOptions = {
    noEmit: true,
    rewriteRelativeImportExtensions: false,
    typeRoots: [join(root, 'node_modules', '@types')],
  };
  const configuration = { extends: join(root, 'tsconfig.base.json'), compilerOptions, include: ['*.ts'] };
  writeFileSync(join(folder, 'types', 'tsconfig.json'), JSON.stringify(configuration));
  run(bin('tsc'), ['-p', join(folder, 'types')], { cwd: folder, stdio: 'inherit' });
}

// As in a fresh clone: `npm pack` must build what it packs.
for (const room of rooms) rmSync(join(root, 'packages', room, 'dist'), { recursive: true, force: true });
rmSync(join(root, 'packages', 'healer', 'page'), { recursive: true, force: true });

/** The healer's package holds the built page, and all packages stay small. */
function checkContents(packed) {
  const largest = 2_000_000;
  if (packed.size > largest)
    throw new Error(`${packed.name} is ${packed.size} bytes packed, more than ${largest}`);
  if (packed.name !== 'prunella') return;
  const paths = packed.files.map((file) => file.path);
  const missing = [/^page\/index\.html$/, /^page\/assets\/.*\.js$/, /^page\/assets\/.*\.css$/].filter(
    (pattern) => !paths.some((path) => pattern.test(path)),
  );
  if (missing.length > 0)
    throw new Error(`prunella would be published without its page: ${missing.join(', ')}`);
}

try {
  const tarballs = rooms.map((room) => {
    const [packed] = JSON.parse(
      run('npm', ['pack', '--json', '--pack-destination', folder, '--loglevel=error'], {
        cwd: join(root, 'packages', room),
      }),
    );
    const test = packed.files.find((file) => /\.test\.|\/test\//.test(file.path));
    if (test) throw new Error(`${packed.name} would publish a test: ${test.path}`);
    checkContents(packed);
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
  const specifiers = rooms.flatMap((room) => {
    const manifest = JSON.parse(readFileSync(join(root, 'packages', room, 'package.json'), 'utf8'));
    const entries = Object.keys(manifest.exports).filter((entry) => !entry.endsWith('.json'));
    return entries.map((entry) => manifest.name + entry.slice(1));
  });
  const programs = ['guarded-run.mjs', 'guarded-run.cjs'];
  for (const program of programs)
    copyFileSync(join(root, 'scripts', 'stranger', program), join(folder, program));
  for (const { version, path } of prepareNodeVersions()) {
    const load = (type, statement) => {
      const lines = specifiers.map((specifier) => statement(JSON.stringify(specifier))).join('\n');
      run(path, [...quiet, `--input-type=${type}`, '-e', lines], { cwd: folder });
    };
    load('module', (specifier) => `await import(${specifier});`);
    load('commonjs', (specifier) => `require(${specifier});`);
    for (const program of programs) {
      const said = run(path, [...quiet, program], { cwd: folder, timeout: 20_000 }).trim();
      process.stdout.write(`Node ${version}, ${program}: ${said}\n`);
    }
  }
  checkTypes();
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
