import type { Mutant } from '../mutant.ts';
import { accidentMutants } from './accidents.ts';
import { crashMutants } from './crashes.ts';
import { guardrailMutants } from './guardrails.ts';
import { machineMutants } from './machines.ts';
import { targetMutants } from './targets.ts';

export const mutants: readonly Mutant[] = [
  ...guardrailMutants,
  ...machineMutants,
  ...crashMutants,
  ...targetMutants,
  ...accidentMutants,
];
