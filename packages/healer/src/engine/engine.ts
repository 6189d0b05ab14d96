import type {
  Explanation,
  FleetFacts,
  IncidentStory,
  LogEntry,
  OperatorCommand,
  Signal,
  StepAutonomy,
  WhyNot,
} from '@prunella/core';
import type { DirectiveResponse, Report, ReportRefusal } from '@prunella/protocol';
import type { SignalReceipt } from '../sources/source.ts';
import type { IncidentQuery, LogQuery } from '../store/store.ts';
import type { ResourceDetail, ResourceView } from './resource-view.ts';

/** What runs the pure core durably. The embedded one is `startEmbeddedEngine`. */
export interface Engine {
  /** Taken into memory; null where accepted. */
  report(report: Report): ReportRefusal | null;
  /** Resolves when on disk. Rejects where the disk did not take it: then it was not accepted. */
  signal(signal: Signal): Promise<SignalReceipt>;
  /** Resolves when on disk and decided. Rejects where the disk did not take it: then nothing was decided. */
  command(resource: string, command: OperatorCommand): Promise<CommandReceipt>;
  /** The kill switch: after it resolves nothing is granted. */
  pause(by: string, reason: string): Promise<void>;
  resume(by: string): Promise<void>;
  /** Who pulled the kill switch, since when (ms since the Unix epoch) and why (may be empty); null where nobody. */
  pauseInForce(): FleetFacts['paused'];
  /** Resolves with directives newer than the cursor, or with none when the signal aborts. */
  directives(instance: string, cursor: string | null, signal: AbortSignal): Promise<DirectiveResponse>;
  /** One for each resource that is configured or was heard of, the sick first. */
  explain(resource?: string): readonly Explanation[];
  /** Why an action does not run at a resource now; null where the resource is not known. */
  whyNot(resource: string, action: string): WhyNot | null;
  /** How each step has done at each resource that has a playbook, and whether more autonomy is earned. */
  autonomy(): readonly StepAutonomy[];
  /** A page of the resources that are configured or were heard of, by name. */
  resources(query: ResourceQuery): ResourcePage;
  /** One of them with a page of its instances; null where it is not known. */
  resource(name: string, instances: PageQuery): ResourceDetail | null;
  /** Names of the resources that a playbook owns, in order. */
  resourcesUnder(playbook: string): readonly string[];
  incidents(query: IncidentQuery): Promise<readonly IncidentView[]>;
  log(query: LogQuery): Promise<readonly LogEntry[]>;
  /** Calls back with each entry after it is on disk; returns the unsubscribe function. */
  onLog(listener: (entry: LogEntry) => void): () => void;
  /** Stops taking input, lets what is being written end, leaves running attempts to be found again. */
  stop(): Promise<void>;
}

export interface PageQuery {
  /** `next` of the page before; null for the first. */
  readonly after: string | null;
  readonly limit: number;
}

export interface ResourceQuery extends PageQuery {
  /** Only those whose name is this, or matches it where it has `*`. */
  readonly match?: string;
}

export interface ResourcePage {
  readonly items: readonly ResourceView[];
  /** Where the next page begins; null where this is the last. */
  readonly next: string | null;
}

export type CommandReceipt =
  | { readonly accepted: true; readonly note: string }
  | { readonly accepted: false; readonly reason: string; readonly later?: 'busy' | 'stopping' };

/** As core tells it, and as it is kept and served. */
export type IncidentView = Omit<IncidentStory, 'credit'>;
export type AttemptView = IncidentStory['attempts'][number];
