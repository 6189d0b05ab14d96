export { type Condition, conditions, isCondition, isSick } from './condition.ts';
export type { Directive, DirectiveResponse } from './directive.ts';
export { blamesResource, type FaultKind, faultKinds, isFaultKind } from './fault-kind.ts';
export { compareFences, type Fence } from './fence.ts';
export {
  type CohortSummary,
  type ObservationSummary,
  summaryIdLimit,
  type Witness,
  type WitnessCondition,
  witnessLimit,
} from './observation-summary.ts';
export { type ParsedReport, parseReport } from './parse-report.ts';
export {
  protocolVersion,
  type Report,
  type ReportRefusal,
  type ReportRefusalCode,
  type ReportRequest,
  type ReportResponse,
  type ResourceCondition,
  reportLimits,
  reportRefusalCodes,
} from './report.ts';
export { isResourceName, resourceNamePattern } from './resource-name.ts';
