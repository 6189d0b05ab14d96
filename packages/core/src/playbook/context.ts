import type { ActionFacts } from '../decide/input.ts';

/** What a playbook's text does not say by itself. */
export interface PlaybookContext {
  /**
   * Every action that can be named. Where left out no name is refused, and each action is taken to disrupt:
   * the careful reading.
   */
  readonly actions?: ReadonlyMap<string, ActionFacts>;
  /** Backends whose actions nobody knows here: any name of theirs is taken. */
  readonly openBackends?: ReadonlySet<string>;
  /** Names of backends that cannot tell whom an expression means (Salt's hooks); their targets are warned of. */
  readonly unresolvingBackends?: ReadonlySet<string>;
  /** Why an action would refuse these arguments when it comes to run; null where it takes them. */
  readonly argumentProblem?: (action: string, given: Readonly<Record<string, unknown>>) => string | null;
  /** The longest time between two reports of a sick instance, in ms; 5 s by default. */
  readonly heartbeatMs?: number;
  /** For playbooks that do not write `open.graceAfterStart`, in ms; 60 s by default. */
  readonly graceAfterStartMs?: number;
}
