import type { ResourceInput } from '../decide/input.ts';

/** What one resource's machine must learn from the fleet. */
export interface FleetTold {
  readonly resource: string;
  readonly input: Extract<ResourceInput, { type: 'upstream' | 'lineage' | 'harm' | 'unlocked' }>;
}
