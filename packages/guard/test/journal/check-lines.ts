/**
 * What is wrong with what a database got, knowing only what was accepted: `key number` each, the numbers of a key
 * in the order in which its writes were begun, one after the other.
 */
export function checkLines(accepted: readonly string[], lines: readonly string[]): string[] {
  const problems: string[] = [];
  const there = new Set(lines);
  for (const id of accepted) {
    if (!there.has(id)) problems.push(`${id} was accepted and is lost`);
  }
  const newest = new Map<string, number>();
  const seen = new Set<string>();
  for (const line of lines) {
    // A write whose answer was lost is made again: its first time is what has an order.
    if (seen.has(line)) continue;
    seen.add(line);
    const [key = '', number = ''] = line.split(' ');
    const before = newest.get(key) ?? -1;
    if (Number(number) < before) problems.push(`${line} came after ${key} ${before}`);
    newest.set(key, Math.max(before, Number(number)));
  }
  return problems;
}
