// Loaded by `node --import` before anything else in a worker: the sources of core come instrumented, its test
// files get the collecting stand-ins, and a new generation of both can be loaded beside the last.
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const core = new URL('../', import.meta.url).href;
const folder = process.env['PRUNELLA_INSTRUMENTED'];
if (folder === undefined) throw new Error('PRUNELLA_INSTRUMENTED does not name the instrumented sources.');
const instrumented = new Map(
  Object.entries(JSON.parse(readFileSync(join(folder, 'sources.json'), 'utf8')) as Record<string, string>),
);
const standIns: Readonly<Record<string, string>> = {
  vitest: new URL('test-api.ts', import.meta.url).href,
  'fast-check': new URL('bounded-fast-check.ts', import.meta.url).href,
};

let generation = 0;

/** From here on, core and its tests are loaded anew. */
export function beginGeneration(): number {
  generation += 1;
  return generation;
}

const isRenewed = (url: string) => url.startsWith(`${core}src/`) || url.startsWith(`${core}test/`);

registerHooks({
  resolve(specifier, context, next) {
    const parent = context.parentURL ?? '';
    const standIn = standIns[specifier];
    if (standIn !== undefined && isRenewed(parent)) return { url: standIn, shortCircuit: true };
    const resolved = next(specifier, context);
    if (generation === 0 || !isRenewed(resolved.url)) return resolved;
    const asked = new URL(resolved.url);
    asked.searchParams.set('generation', String(generation));
    return { ...resolved, url: asked.href };
  },
  load(url, context, next) {
    if (!isRenewed(url)) return next(url, context);
    const plain = new URL(url);
    plain.search = '';
    const source = instrumented.get(fileURLToPath(plain).slice(fileURLToPath(core).length));
    if (source === undefined) return next(url, context);
    return { format: 'module', source, shortCircuit: true };
  },
});
