import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The TypeScript that a document shows, block by block. */
export function snippetsOf(document: string): string[] {
  const text = readFileSync(fileURLToPath(new URL(`../../../../docs/${document}`, import.meta.url)), 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code.trimEnd());
}

/** The parts of a program between `// #region NAME` and `// #endregion`, moved to the left margin. */
export function regionsOf(program: string): string[] {
  const text = readFileSync(fileURLToPath(new URL(program, import.meta.url)), 'utf8');
  return [...text.matchAll(/^ *\/\/ #region .*?\n(.*?)^ *\/\/ #endregion$/gms)].map(([, code = '']) => {
    const lines = code.trimEnd().split('\n');
    const indents = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
    return lines.map((line) => line.slice(Math.min(...indents))).join('\n');
  });
}
