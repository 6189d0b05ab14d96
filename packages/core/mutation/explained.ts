/** Mutants that no test can kill, since nothing that core promises differs with them. */
export interface Explanation {
  readonly file: string;
  /** The source's line on which it begins, without its indentation. */
  readonly line: string;
  /** The replacements, as the list of survivors prints them. */
  readonly mutants: readonly string[];
  readonly why: string;
}

export const explanations: readonly Explanation[] = [
  {
    file: 'src/document/nearest.ts',
    line: 'if (Math.abs(left.length - right.length) >= limit) return limit;',
    mutants: [
      'ConditionalExpression: Math.abs(left.length - right.length) >= limit -> false',
      'EqualityOperator: Math.abs(left.length - right.length) >= limit -> Math.abs(left.length - right.length) > limit',
    ],
    why: 'only saves work: the distance is at least the difference in length, and `limit` or more is answered as `limit`',
  },
  {
    file: 'src/document/nearest.ts',
    line: 'if (row > 1 && column > 1 && swapped) cost = Math.min(cost, (beforePrevious[column - 2] ?? limit) + 1);',
    mutants: [
      'ConditionalExpression: row > 1 && column > 1 -> true',
      'LogicalOperator: row > 1 && column > 1 -> row > 1 || column > 1',
      'ConditionalExpression: row > 1 -> true',
      'EqualityOperator: row > 1 -> row >= 1',
      'ConditionalExpression: column > 1 -> true',
      'EqualityOperator: column > 1 -> column >= 1',
    ],
    why: '`swapped` is false in the first row and column already: a character is compared with none',
  },
  {
    file: 'src/condition/condition.ts',
    line: 'compiled.set(key, made);',
    mutants: ['CallExpression: compiled.set(key, made); -> ;'],
    why: 'only saves work: a condition that is not kept is compiled anew, to the same',
  },
  {
    file: 'src/playbook/windows-text.ts',
    line: "const [hours = '0', minutes = '0'] = timeOfDay.split(':');",
    mutants: [`StringLiteral: '0' -> ""`],
    why: 'the schema lets nothing but hours and minutes with a colon come here, so that both are there',
  },
];
