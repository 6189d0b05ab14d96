import { guardrails } from './registry.ts';

/** All that may stand as the `guardrail` of a hold or a refusal: those asked, and those of the fleet and of a recheck. */
export const guardrailNames: readonly string[] = [
  ...guardrails.map(({ name }) => name),
  'dry-run',
  'evidence',
  'fleet-concurrency',
  'fleet-domains',
  'permit-expired',
];
