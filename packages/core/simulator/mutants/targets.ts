import type { Mutant } from '../mutant.ts';

const file = 'simulate/targets.ts';

/** What a target must do with an order, left out. */
export const targetMutants: readonly Mutant[] = [
  {
    name: 'target-ignores-fences',
    defect: 'a target that checks fences carries out an order that was overtaken',
    edits: [
      {
        file,
        find: 'if (order.fence.number <= highest) return',
        replace: 'if (order.fence.number < 0) return',
      },
    ],
  },
  {
    name: 'target-ignores-time',
    defect: 'a target carries out an order past its time',
    edits: [
      {
        file,
        find: 'if (this.#options.clock() > order.notAfter)',
        replace: 'if (this.#options.clock() > order.notAfter + 1e9)',
      },
    ],
  },
  {
    name: 'target-repeats',
    defect: 'a target carries out one attempt twice',
    edits: [
      { file, find: 'if (checksFences && known !== undefined) return known;', replace: '' },
      {
        file,
        find: 'if (order.fence.number <= highest) return',
        replace: 'if (order.fence.number < highest) return',
      },
    ],
  },
];
