import type { CaughtMutant } from './catch-mutants.ts';

export function renderCaught({ mutant, by }: CaughtMutant): string {
  if (by === null) return `${mutant.name}: NOT CAUGHT`;
  return `${mutant.name}: caught by ${by.rule} at ${by.what} ${by.seed}: ${by.breach}`;
}

export function renderMutantsPage(caught: readonly CaughtMutant[]): string {
  const uncaught = caught.filter(({ by }) => by === null).length;
  const rows = caught.map(({ mutant, by }) => {
    const found =
      by === null
        ? '**not caught** | |'
        : `\`${by.rule}\` | ${by.what === 'seeds' ? '' : `${by.what} `}${by.seed} |`;
    return `| ${mutant.name} | ${mutant.defect} | ${found}`;
  });
  return `# Mutants

Written by \`npm run simulate -- mutants --write\`: each defect is put into the source of core (or of the simulated
healer and targets), and simulated hours are lived until a rule finds it. ${caught.length} mutants, ${uncaught} not caught.

| mutant | defect | found by | seed |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}
