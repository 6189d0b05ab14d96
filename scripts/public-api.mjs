// The public API of @prunella/guard as text, one file an entry in packages/guard/api: what a release promises. Without
// a word it compares, and tells of each difference; with --write it writes (`npm run api`).
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readModule } from './api/declarations.mjs';
import { node24, root } from './setup/node-modules.mjs';

const packages = join(root, 'packages');
const apiFolder = join(packages, 'guard', 'api');
const modules = new Map();

function moduleAt(path) {
  if (!modules.has(path)) modules.set(path, readModule(path));
  return modules.get(path);
}

/** Emits the declarations of the sources, without comments. */
function emitDeclarations(folder) {
  const compilerOptions = {
    customConditions: ['prunella-source'],
    declaration: true,
    emitDeclarationOnly: true,
    outDir: join(folder, 'types'),
    removeComments: true,
    rootDir: packages,
    typeRoots: [join(root, 'node_modules', '@types')],
  };
  const include = ['guard', 'protocol'].map((room) => join(packages, room, 'src'));
  const configuration = { extends: join(root, 'tsconfig.base.json'), compilerOptions, include };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(configuration));
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(node24, [compiler, '-p', folder], { stdio: ['ignore', 'inherit', 'inherit'] });
  return join(folder, 'types', 'guard', 'src');
}

/** Where a name is declared, through all modules that pass it on; null where a package has it. */
function declarationOf(path, name) {
  const { declarations, sources } = moduleAt(path);
  if (declarations.has(name)) return { path, name, texts: declarations.get(name) };
  const source = sources.get(name);
  return source?.module ? declarationOf(source.module, source.name) : null;
}

function keyOf(declaration) {
  return declaration === null ? null : `${declaration.path}:${declaration.name}`;
}

/** The exported declarations of an entry, and those that they mention. `known`: exported by the main entry. */
function entryText(title, index, known) {
  const exported = [...moduleAt(index).sources.keys()].sort();
  const exportedKeys = new Set(exported.flatMap((name) => keyOf(declarationOf(index, name)) ?? []));
  const found = new Map();
  const borrowed = new Set();
  const visit = (path, name) => {
    const declaration = declarationOf(path, name);
    const key = keyOf(declaration);
    if (key === null || found.has(key)) return;
    const isExported = exportedKeys.has(key);
    if (!isExported && known.has(key)) {
      borrowed.add(declaration.name);
      return;
    }
    found.set(key, { ...declaration, isExported });
    for (const word of new Set(declaration.texts.join(' ').match(/[A-Za-z_]\w*/g))) {
      if (word !== declaration.name) visit(declaration.path, word);
    }
  };
  for (const name of exported) visit(index, name);
  const texts = (wanted) =>
    [...found.values()]
      .filter(({ isExported }) => isExported === wanted)
      .sort((left, right) => (left.name < right.name ? -1 : 1))
      .flatMap((declaration) => declaration.texts.map((text) => text.replace(/^(export )?(declare )?/, '')));
  const parts = [`${title} exports`, ...texts(true)];
  const mentioned = texts(false);
  if (mentioned.length > 0) parts.push('mentioned, not exported', ...mentioned);
  if (borrowed.size > 0) parts.push(`of @prunella/guard: ${[...borrowed].sort().join(', ')}`);
  return { text: `${parts.join('\n\n')}\n`, exportedKeys };
}

function publicApi(types) {
  const { exports } = JSON.parse(readFileSync(join(packages, 'guard', 'package.json'), 'utf8'));
  const indexOf = (entry) =>
    join(types, exports[entry].types.replace('./dist/', '')).replace(/(\.d)?\.ts$/, '.d.ts');
  const main = entryText('@prunella/guard', indexOf('.'), new Set());
  const api = new Map([['guard.txt', main.text]]);
  for (const entry of Object.keys(exports)) {
    if (entry === '.' || entry.endsWith('.json')) continue;
    const name = entry.slice(2);
    api.set(`${name}.txt`, entryText(`@prunella/guard/${name}`, indexOf(entry), main.exportedKeys).text);
  }
  return api;
}

function differences(api) {
  const problems = [];
  const committed = existsSync(apiFolder) ? readdirSync(apiFolder) : [];
  for (const file of new Set([...api.keys(), ...committed])) {
    const path = join(apiFolder, file);
    const before = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
    const now = (api.get(file) ?? '').split('\n');
    const gone = before.filter((line) => !now.includes(line)).map((line) => `  - ${line}`);
    const come = now.filter((line) => !before.includes(line)).map((line) => `  + ${line}`);
    if (before.join('\n') !== now.join('\n')) problems.push(`api/${file}`, ...gone, ...come);
  }
  return problems;
}

const folder = mkdtempSync(join(tmpdir(), 'prunella-api-'));
try {
  const api = publicApi(emitDeclarations(folder));
  if (process.argv.includes('--write')) {
    rmSync(apiFolder, { recursive: true, force: true });
    mkdirSync(apiFolder, { recursive: true });
    for (const [file, text] of api) writeFileSync(join(apiFolder, file), text);
    process.stdout.write(`${api.size} entries written to packages/guard/api\n`);
  } else {
    const problems = differences(api);
    if (problems.length > 0) {
      problems.push('The public API differs from what is committed. Where that is meant: npm run api');
    }
    process.stdout.write(
      problems.length > 0 ? `${problems.join('\n')}\n` : `${api.size} entries as committed\n`,
    );
    process.exitCode = problems.length > 0 ? 1 : 0;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
