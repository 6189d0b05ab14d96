export type { ConditionProblem } from './condition/cel-problem.ts';
export {
  type Expression,
  type ExpressionAnswer,
  type ExpressionVariables,
  readExpression,
} from './condition/expression.ts';
export type { AttemptOrder, Command, PermitRequest } from './decide/command.ts';
export { type Decide, type Decision, decide } from './decide/decide.ts';
export type {
  Credit,
  InstanceChange,
  LogEntry,
  ResourceEvent,
  TriggerFate,
  Verdict,
} from './decide/event.ts';
export { initialResourceState } from './decide/initial.ts';
export type {
  ActingElsewhere,
  ActionFacts,
  ActionResult,
  Cause,
  DryRunRequest,
  FleetAlarm,
  FleetFacts,
  Hold,
  LoadFacts,
  NodeFacts,
  OperatorCommand,
  PermitDecision,
  PredictedChange,
  Prediction,
  ProbeResult,
  ResolvedTarget,
  ResourceFacts,
  ResourceInput,
  SickUpstream,
  Signal,
  Standing,
  TargetOutcome,
  TargetResolution,
} from './decide/input.ts';
export { restoredResourceState } from './decide/restored.ts';
export type { Around, ResourceState } from './decide/state.ts';
export { duration as describeDuration } from './decide/wording.ts';
export { formatDuration, parseDuration } from './document/duration.ts';
export { nearest } from './document/nearest.ts';
export { isError, type Problem, renderProblem } from './document/problem.ts';
export { type ProblemCode, type ProblemMeaning, problemCodes } from './document/problem-codes.ts';
export { documentLimits, type ReadDocuments, readDocuments } from './document/read-documents.ts';
export { type DurationBounds, durationText, lazySchema, shareText } from './document/schema.ts';
export { hasCredentialsInUrl, isSecretName } from './document/secret-text.ts';
export type { ProblemText, SourceDocument } from './document/source-document.ts';
export { type Validated, validate } from './document/validate.ts';
export type { Path } from './document/value-path.ts';
export { explain } from './explain/explain.ts';
export type { Explanation } from './explain/explanation.ts';
export { type AttemptStory, type IncidentStory, viewIncident, viewIncidents } from './explain/incidents.ts';
export { renderExplanation } from './explain/render.ts';
export { urgencyOf } from './explain/urgency.ts';
export { type WhyNot, type WhyNotReason, whyNot } from './explain/why-not.ts';
export {
  type DecideFleet,
  decideFleet,
  type FleetDecision,
  type FleetInput,
  type FleetPermit,
  fleetFacts,
  nextFleetAt,
} from './fleet/fleet.ts';
export { initialFleetState } from './fleet/initial.ts';
export { restoredFleetState } from './fleet/restored.ts';
export { defaultFleetSettings, type FleetSettings } from './fleet/settings.ts';
export { standingOf } from './fleet/standings.ts';
export type { FleetState } from './fleet/state.ts';
export {
  type FleetJson,
  type FleetParts,
  fleetParts,
  fleetStateFrom,
  fleetStateFromParts,
} from './fleet/stored.ts';
export type { FleetTold } from './fleet/told.ts';
export { guardrailNames } from './guardrails/names.ts';
export { guardActions, guardOrder } from './guards/guard-actions.ts';
export { cohortInstances, otherObservers } from './observe/follow.ts';
export { initialObserveState, type ObserveOptions } from './observe/initial.ts';
export { mergeSummaries } from './observe/merge.ts';
export {
  type Observation,
  type Observe,
  type ObserveInput,
  observe,
} from './observe/observe.ts';
export {
  type ObserverPage,
  type ObserverQuery,
  type ObserverView,
  observersOf,
} from './observe/observers.ts';
export { nextObserveAt } from './observe/silence.ts';
export type { ObserveState } from './observe/state.ts';
export {
  type ArgumentSchema,
  type ArgumentsSchema,
  argumentsProblem,
  argumentsSchema,
} from './playbook/action-arguments.ts';
export { checkPlaybooks } from './playbook/check-playbooks.ts';
export type { PlaybookContext } from './playbook/context.ts';
export { playbookJsonSchema } from './playbook/json-schema.ts';
export { bestMatches, matchesPattern, playbookFor } from './playbook/match.ts';
export { factsUnder, forLabels, playbookUnder } from './playbook/override.ts';
export {
  type ParsedPlaybooks,
  type PlaybookSource,
  parsePlaybook,
  type ReadPlaybooks,
  readPlaybooks,
} from './playbook/parse.ts';
export type { PlacedPlaybook } from './playbook/placed.ts';
export type {
  Autonomy,
  ConfirmPolicy,
  DryRunPolicy,
  Effect,
  LimitPolicy,
  OpenPolicy,
  Playbook,
  PlaybookOverride,
  QuorumPolicy,
  SignalMatch,
  Step,
  TargetExpression,
  VerifyPolicy,
} from './playbook/playbook.ts';
export { standardAutonomy } from './playbook/playbook.ts';
export { effectiveness } from './record/effectiveness.ts';
export {
  type AutonomySubject,
  autonomyReport,
  defaultPromotionCriteria,
  type PromotionCriteria,
  type StepAutonomy,
  type StepStanding,
  stepStandings,
} from './record/promotion.ts';
export type { StepRecord } from './record/step-record.ts';
