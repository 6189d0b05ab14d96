import type { Condition } from './condition.ts';
import type { FaultKind } from './fault-kind.ts';

/** The version of the wire format; a healer refuses one that it does not know. */
export const protocolVersion = 1;

/** Bounds of one report; a healer refuses what is larger, naming the field. */
export const reportLimits = {
  nameLength: 200,
  sampleLength: 300,
  conditionsPerReport: 256,
  reportsPerRequest: 100,
} as const;

/**
 * What one instance says, as state: the newest report replaces the one before, so a lost, doubled or
 * reordered report does no harm that the next does not mend. Times travel as ages in milliseconds.
 */
export interface Report {
  readonly protocol: typeof protocolVersion;
  readonly service: string;
  /** The real name of the host. Never invented: left out where it is not known. */
  readonly host?: string;
  /** `service/host/random id of the process`. */
  readonly instance: string;
  /** Random id of the process. A new epoch replaces the old one; a replaced one is refused. */
  readonly epoch: string;
  /** Grows by at least one with each report of an epoch. */
  readonly sequence: number;
  /** The longest time until this instance's next report, in ms. Silence past 3 of them is `unknown`. */
  readonly heartbeatMs: number;
  /** An orderly exit: the instance is no observer any more. */
  readonly goodbye?: true;
  readonly conditions: readonly ResourceCondition[];
}

export interface ResourceCondition {
  /** `kind/name`, such as `postgres/main`. */
  readonly resource: string;
  readonly condition: Condition;
  /** How long the condition has been this, in ms. */
  readonly sinceMs: number;
  /** Successful calls and pings since the process started. Only grows. */
  readonly successes: number;
  /** Faults by kind since the process started. Only grow; a kind never seen may be left out. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  /** Age of the first fault of the present sick stretch, in ms. Only while `down` or `degraded`. */
  readonly firstFaultAgeMs?: number;
  /** Age of the *beginning* of the newest call or ping that succeeded, in ms. */
  readonly lastSuccessAgeMs?: number;
  /** The kind of the newest fault that blames the resource. Only while `down` or `degraded`. */
  readonly lastFaultKind?: FaultKind;
  /** The newest error's text, redacted and cut to `reportLimits.sampleLength` characters. */
  readonly sample?: string;
  /** Whether reads are being answered from cache now, and how old the newest of those answers was. */
  readonly cacheOnly?: { readonly newestAgeMs: number };
}

/** `POST /v1/reports` */
export interface ReportRequest {
  readonly reports: readonly Report[];
}

/** Status 202. What was refused is named; the rest was taken. */
export interface ReportResponse {
  readonly accepted: number;
  readonly refused: readonly ReportRefusal[];
}

export interface ReportRefusal {
  readonly instance: string;
  readonly code: ReportRefusalCode;
  /** A sentence for a person: what is wrong and what to do. */
  readonly reason: string;
}

export const reportRefusalCodes = [
  'malformed',
  'unknown-protocol',
  'epoch-replaced',
  'sequence-old',
  'epochs-alternate',
  'not-allowed',
] as const;

export type ReportRefusalCode = (typeof reportRefusalCodes)[number];
