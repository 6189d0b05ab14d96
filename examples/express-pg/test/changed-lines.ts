/** Lines that are gone plus lines that are new, as `git diff` counts them: all but the longest common sequence. */
export function changedLines(before: string, after: string): number {
  const [old, now] = [before.split('\n'), after.split('\n')];
  let row = new Array<number>(now.length + 1).fill(0);
  for (const line of old) {
    const next = [0];
    for (const [index, other] of now.entries()) {
      const same = line === other ? (row[index] ?? 0) + 1 : 0;
      next.push(Math.max(same, row[index + 1] ?? 0, next[index] ?? 0));
    }
    row = next;
  }
  return old.length + now.length - 2 * (row.at(-1) ?? 0);
}
