import { printable } from './output.ts';

/** Rows as aligned columns, two blanks apart; the last one is as long as it is. Each line is indented by `indent`. */
export function columns(rows: readonly (readonly string[])[], indent = ''): string {
  const shown = rows.map((row) => row.map((cell) => printable(cell).replaceAll('\n', ' ')));
  const widths: number[] = [];
  for (const row of shown) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  return shown
    .map((row) => {
      const cells = row.map((cell, index) =>
        index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0),
      );
      return `${indent}${cells.join('  ').trimEnd()}\n`;
    })
    .join('');
}
