// Stands for `fast-check` in the test files of core: the same properties with one seed, at most so many runs, and
// no shrinking, since nobody reads the counterexample of a mutant.
import fastCheck from 'fast-check';

const runsAtMost = 5;
const seed = 1;

const bounded = {
  ...fastCheck,
  assert: (property: fastCheck.IRawProperty<unknown>, given?: { readonly numRuns?: number }) =>
    fastCheck.assert(property, {
      ...given,
      seed,
      endOnFailure: true,
      numRuns: Math.min(given?.numRuns ?? runsAtMost, runsAtMost),
    }),
};

export * from 'fast-check';
export default bounded;
