import type { Mutant } from '../mutant.ts';

/** What the accidents of others need to happen here too, beyond the guardrails. */
export const accidentMutants: readonly Mutant[] = [
  {
    name: 'any-target',
    defect: 'whoever the backend names is a target',
    edits: [
      {
        file: 'decide/resolve.ts',
        find: "(target) => step.target.select === 'expression' || failing.includes(target.id),",
        replace: '(target) => target.id.length > 0 || failing.length > 0,',
      },
    ],
  },
  {
    name: 'nobody-looks',
    defect: 'those who complained are not asked to look again',
    edits: [
      {
        file: 'decide/verify.ts',
        find: "  direct(turn, 'cohort', 'probe', Math.round(step.verify.windowMs / 5));",
        replace: '',
      },
      {
        file: 'decide/recover.ts',
        find: "  direct(turn, 'cohort', 'probe', Math.round(step.verify.windowMs / 5));",
        replace: '  if (step === null) return;',
      },
    ],
  },
];
