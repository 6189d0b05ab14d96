export type { AttemptOrder, Command, PermitRequest } from './decide/command.ts';
export type { Decide, Decision } from './decide/decide.ts';
export type { Credit, LogEntry, ResourceEvent, TriggerFate, Verdict } from './decide/event.ts';
export type {
  ActionFacts,
  ActionResult,
  FleetFacts,
  Hold,
  NodeFacts,
  OperatorCommand,
  PermitDecision,
  ProbeResult,
  ResolvedTarget,
  ResourceFacts,
  ResourceInput,
  Signal,
  TargetOutcome,
  TargetResolution,
} from './decide/input.ts';
export type { ResourceState } from './decide/state.ts';
export type { Explanation } from './explain/explanation.ts';
export type { DecideFleet, FleetDecision, FleetInput } from './fleet/fleet.ts';
export type { FleetState } from './fleet/state.ts';
export type { Observation, Observe, ObserveInput } from './observe/observe.ts';
export type { ObserveState } from './observe/state.ts';
export type {
  Autonomy,
  ConfirmPolicy,
  Effect,
  LimitPolicy,
  OpenPolicy,
  Playbook,
  QuorumPolicy,
  SignalMatch,
  Step,
  TargetExpression,
  VerifyPolicy,
} from './playbook/playbook.ts';
