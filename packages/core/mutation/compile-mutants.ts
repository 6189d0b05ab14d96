import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { coreFolder, type Mutant, readCore, sourceFiles } from './instrument.ts';

const root = join(coreFolder, '../..');
const compileAtMostMs = 300_000;

/** Of its strictness only what says something about a mutant: not that a name is unused since a mutant is there. */
const settings = {
  extends: '../../../tsconfig.json',
  compilerOptions: {
    noUnusedLocals: false,
    noUnusedParameters: false,
    allowUnreachableCode: true,
  },
  include: ['src'],
};

/**
 * Tells of each mutant whether it compiles: one that the compiler refuses could never be shipped. One mutant of
 * each file at a time; an error in a file is laid to the mutant in it.
 */
export async function compileMutants(
  given: readonly Mutant[],
  onCompiled: (mutant: Mutant, compiles: boolean) => void,
  isStopped: () => boolean,
): Promise<void> {
  mkdirSync(join(root, '.local/mutation'), { recursive: true });
  const folder = mkdtempSync(join(root, '.local/mutation/types-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));
    const texts = new Map(sourceFiles({ simulator: true }).map((file) => [file, readCore(file)]));
    const write = (file: string, text: string) => {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    };
    for (const [file, text] of texts) write(file, text);
    const wrong = await filesThatDoNotCompile(folder);
    if (wrong.size > 0) throw new Error(`Core itself does not compile: ${[...wrong].join(', ')}`);
    const waiting = Map.groupBy(given, ({ file }) => file);
    while (waiting.size > 0 && !isStopped()) {
      const now = [...waiting].flatMap(([, mutants]) => mutants.splice(0, 1));
      for (const { file, start, end, replacement } of now) {
        const text = texts.get(file) ?? '';
        write(file, text.slice(0, start) + replacement + text.slice(end));
      }
      const refused = await filesThatDoNotCompile(folder);
      if (isStopped()) return;
      for (const mutant of now) onCompiled(mutant, !refused.has(mutant.file));
      for (const { file } of now) {
        write(file, texts.get(file) ?? '');
        if (waiting.get(file)?.length === 0) waiting.delete(file);
      }
    }
  } finally {
    remove();
    process.off('exit', remove);
  }
}

function filesThatDoNotCompile(folder: string): Promise<ReadonlySet<string>> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder, '--pretty', 'false', '--singleThreaded'],
      { cwd: folder, maxBuffer: 64 * 1_024 * 1_024, timeout: compileAtMostMs },
      (error, stdout) => {
        const files = [...stdout.matchAll(/^(src\/[^(]+)\(\d+,\d+\): error /gm)].map(
          ([, file]) => file ?? '',
        );
        if (error !== null && files.length === 0) {
          reject(new Error(`The compiler could not be run: ${stdout.slice(0, 500) || error.message}`));
        } else resolve(new Set(files));
      },
    );
  });
}
