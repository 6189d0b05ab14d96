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
];
