// Loaded by `node --import` before anything else: hands out the mutant's source instead of what is on disk.
import { registerHooks } from 'node:module';
import { applyEdits } from './mutant.ts';
import { mutants } from './mutants/mutants.ts';

const folder = new URL('../src/', import.meta.url).href;
const mutant = mutants.find(({ name }) => name === process.env['PRUNELLA_MUTANT']);
if (mutant === undefined) throw new Error(`no mutant is named ${process.env['PRUNELLA_MUTANT']}`);

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    const file = url.startsWith(folder) ? url.slice(folder.length) : null;
    if (file === null || !mutant.edits.some((edit) => edit.file === file)) return loaded;
    return { ...loaded, source: applyEdits(file, String(loaded.source), mutant.edits) };
  },
});
