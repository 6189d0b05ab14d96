/** Defects that can be put in on purpose, to prove that the rules can fail. */
export const defects = {
  'acknowledges-early': 'the store says that it is on disk before its COMMIT has run',
  'acts-before-intent': 'the order goes to the backend before its intent is committed',
  'sends-again': 'an order without a result is sent again after a start, in place of being looked for',
  'forgets-attempts': 'a start does not take up the attempts that have no result',
  'ignores-fences': 'the targets apply whatever arrives: old fences, repeated attempts, void orders',
  miscounts: 'the ledger loses a trigger that was settled',
} as const;

export type Defect = keyof typeof defects;
