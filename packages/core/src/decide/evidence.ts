import { blamesResource, type FaultKind, isFaultKind, type ObservationSummary } from '@prunella/protocol';
import type { Playbook } from '../playbook/playbook.ts';
import type { ResourceState } from './state.ts';
import { list, plural } from './wording.ts';

/** What the reports amount to under a playbook. */
export interface Assessment {
  /**
   * `sick`: the quorum is reached. `below`: it is not. `undecided`: more than half of the observers are
   * unknown. `unsettled`: shares are not trusted yet. `silent`: nobody observes.
   */
  readonly quorum: 'sick' | 'below' | 'undecided' | 'unsettled' | 'silent';
  readonly observers: number;
  /** `caller` and `local` faults are nobody's sickness. */
  readonly sick: number;
  readonly unknown: number;
  readonly sickHosts: number;
  readonly hostsRequired: number;
  /** Fewer hosts observe than the quorum wants, and the playbook did not write that this is enough. */
  readonly fewHosts: boolean;
  readonly kinds: readonly FaultKind[];
  readonly timeoutOnly: boolean;
  /** The numbers, for a person. */
  readonly text: string;
}

const rounding = 1e-9;

export function assess(summary: ObservationSummary | null, playbook: Playbook): Assessment {
  const observers = summary?.observers ?? 0;
  const kinds = kindsOf(summary);
  const blameless = (summary?.sickByKind.caller ?? 0) + (summary?.sickByKind.local ?? 0);
  const reported = (summary?.conditions.down ?? 0) + (summary?.conditions.degraded ?? 0);
  const sick = Math.max(0, reported - blameless);
  const unknown = (summary?.conditions.unknown ?? 0) + Math.min(reported, blameless);
  const { hosts, hostsWritten, share } = playbook.open.quorum;
  // An instance without a known host still is on one.
  const observingHosts = Math.max(summary?.hosts.observing.length ?? 0, observers > 0 ? 1 : 0);
  const sickHosts = Math.max(summary?.hosts.sick.length ?? 0, sick > 0 ? 1 : 0);
  const hostsRequired = hostsWritten ? hosts : Math.min(hosts, Math.max(1, observingHosts));
  const enough = sick > 0 && sick >= share * observers - rounding && sickHosts >= hostsRequired;
  return {
    quorum: quorumOf({ observers, unknown, sick, settled: summary?.settled ?? false, enough }),
    observers,
    sick,
    unknown,
    sickHosts,
    hostsRequired,
    fewHosts: !hostsWritten && observingHosts < hosts,
    kinds,
    timeoutOnly: kinds.length === 1 && kinds[0] === 'timeout',
    text: describe(observers, sick, unknown, sickHosts, kinds),
  };
}

function quorumOf(counts: {
  readonly observers: number;
  readonly unknown: number;
  readonly sick: number;
  readonly settled: boolean;
  readonly enough: boolean;
}): Assessment['quorum'] {
  if (counts.observers === 0) return 'silent';
  if (!counts.settled) return counts.sick > 0 ? 'unsettled' : 'below';
  if (counts.unknown * 2 > counts.observers) return 'undecided';
  return counts.enough ? 'sick' : 'below';
}

function kindsOf(summary: ObservationSummary | null): FaultKind[] {
  return Object.entries(summary?.sickByKind ?? {})
    .filter(([, count]) => count > 0)
    .map(([kind]) => kind)
    .filter(isFaultKind)
    .filter(blamesResource)
    .sort();
}

function describe(
  observers: number,
  sick: number,
  unknown: number,
  sickHosts: number,
  kinds: readonly FaultKind[],
): string {
  if (observers === 0) return 'no instance observes it';
  const silent = unknown > 0 ? `, ${unknown} unknown` : '';
  if (sick === 0)
    return `${plural(observers, 'instance observes', 'instances observe')} it, none is sick${silent}`;
  const of = `${sick} of ${plural(observers, 'instance')} sick on ${plural(sickHosts, 'host')}`;
  return `${of}${silent} (${list(kinds)})`;
}

/** The faults that the incident shows: what instances name, and what the healer's own failing probes saw. */
export function kindsShown(state: ResourceState): readonly FaultKind[] {
  const kinds = new Set<FaultKind>(kindsOf(state.summary));
  for (const probe of state.probes) {
    if (!probe.passed && isFaultKind(probe.kind) && blamesResource(probe.kind)) kinds.add(probe.kind);
  }
  return [...kinds].sort();
}

/** How long a sickness must have lasted before an incident opens. */
export function openAfterMs(playbook: Playbook, assessment: Assessment): number {
  return assessment.timeoutOnly ? playbook.open.afterTimeoutOnlyMs : playbook.open.afterMs;
}
