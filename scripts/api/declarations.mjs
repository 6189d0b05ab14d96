// Reads the declarations that tsc emits: their text is regular, and TypeScript 7 has no interface to ask instead.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const named = /^(?:export )?(?:declare )?(?:abstract )?(?:interface|type|class|function|const) (\w+)/;

/** One module: its declarations by name, and from where it has other names. */
export function readModule(path) {
  const declarations = new Map();
  const sources = new Map();
  for (const statement of statementsOf(readFileSync(path, 'utf8'))) {
    const from = /^(?:import|export)\b.*?\bfrom '([^']+)';$/s.exec(statement)?.[1];
    if (from !== undefined) {
      const names = /\{(.*)\}/s.exec(statement)?.[1] ?? '';
      for (const part of names.split(',').map((each) => each.trim().replace(/^type /, ''))) {
        const [original, alias = original] = part.split(' as ');
        if (original !== '') sources.set(alias, { name: original, module: resolved(path, from), from });
      }
    }
    const name = named.exec(statement)?.[1];
    if (name === undefined) continue;
    declarations.set(name, [...(declarations.get(name) ?? []), withoutPrivate(statement)]);
  }
  return { declarations, sources };
}

/** Statements at the left margin: each ends where its brackets are closed. */
function statementsOf(text) {
  const statements = [];
  let lines = [];
  let open = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '' && lines.length === 0) continue;
    lines.push(line);
    const bare = line.replace(/'[^']*'|"[^"]*"|=>/g, '');
    open += (bare.match(/[({[]/g) ?? []).length - (bare.match(/[)}\]]/g) ?? []).length;
    if (open > 0 || !/[;}]$/.test(line)) continue;
    statements.push(lines.join('\n'));
    lines = [];
  }
  return statements;
}

function withoutPrivate(statement) {
  return statement
    .split('\n')
    .filter((line) => !/^\s+(#private;|private )/.test(line))
    .join('\n');
}

/** The file of a module beside this one; null for a package. */
function resolved(path, from) {
  if (!from.startsWith('.')) return null;
  const file = join(dirname(path), from.replace(/\.(ts|js)$/, '.d.ts'));
  if (!existsSync(file)) throw new Error(`${path} refers to ${from}, which has no declarations`);
  return file;
}
