import type { Playbook } from '../playbook/playbook.ts';
import type { Command } from './command.ts';
import type { ResourceEvent } from './event.ts';
import type { ResourceFacts, ResourceInput } from './input.ts';
import type { ResourceState } from './state.ts';

export interface Decision {
  readonly state: ResourceState;
  readonly events: readonly ResourceEvent[];
  readonly commands: readonly Command[];
}

/** The frame of `decide`: total and deterministic; `now` is the healer's clock, ms since the Unix epoch. */
export type Decide = (
  state: ResourceState,
  input: ResourceInput,
  playbook: Playbook,
  facts: ResourceFacts,
  now: number,
) => Decision;

export const decide: Decide = (state) => ({ state, events: [], commands: [] });
