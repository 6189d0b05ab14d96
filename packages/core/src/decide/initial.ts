import type { ResourceState } from './state.ts';

/** A resource that nothing is known of. */
export function initialResourceState(resource: string): ResourceState {
  return { version: 1, resource };
}
