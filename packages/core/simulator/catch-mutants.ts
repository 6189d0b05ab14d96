import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { applyEdits, type Mutant } from './mutant.ts';
import { mutants } from './mutants/mutants.ts';

export interface CaughtMutant {
  readonly mutant: Mutant;
  /** Null where no hour found it. */
  readonly by: {
    readonly seed: number;
    readonly what: string;
    readonly rule: string;
    readonly breach: string;
  } | null;
}

const processesAtOnce = 2;
const timeoutMs = 900_000;

/** Whether every mutant still applies to the source as it is. */
export function checkMutants(): void {
  for (const { name, edits } of mutants) {
    for (const file of new Set(edits.map((edit) => edit.file))) {
      try {
        applyEdits(file, readFileSync(new URL(`../src/${file}`, import.meta.url), 'utf8'), edits);
      } catch (error) {
        throw new Error(`mutant ${name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
}

/** Lives up to so many hours of each kind with each mutant, until a rule finds it. */
export async function catchMutants(
  seedsAtMost: number,
  onCaught: (caught: CaughtMutant) => void,
): Promise<readonly CaughtMutant[]> {
  const waiting = [...mutants];
  const all: CaughtMutant[] = [];
  const work = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const caught = { mutant, by: await catchOne(mutant, seedsAtMost) };
      all.push(caught);
      onCaught(caught);
    }
  };
  await Promise.all(Array.from({ length: processesAtOnce }, work));
  return mutants.flatMap((mutant) => all.filter((each) => each.mutant === mutant));
}

function catchOne(mutant: Mutant, seedsAtMost: number): Promise<CaughtMutant['by']> {
  const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  const args = [
    '--conditions=prunella-source',
    '--import',
    path('./mutate-source.ts'),
    path('./catch-mutant.ts'),
  ];
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [...args, String(seedsAtMost)],
      { env: { ...process.env, PRUNELLA_MUTANT: mutant.name }, timeout: timeoutMs },
      (error, stdout, stderr) => {
        if (error !== null)
          reject(new Error(`mutant ${mutant.name} could not be run: ${stderr || error.message}`));
        else resolve(JSON.parse(stdout) as CaughtMutant['by']);
      },
    );
  });
}
