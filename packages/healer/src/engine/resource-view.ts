import {
  type Explanation,
  type ObserverView,
  type Playbook,
  type ResourceFacts,
  type ResourceState,
  type StepStanding,
  stepStandings,
} from '@prunella/core';
import type { Condition } from '@prunella/protocol';

/** One resource, as people look over many. Times in ms since the Unix epoch. */
export interface ResourceView
  extends Pick<
    Explanation,
    'resource' | 'state' | 'since' | 'firstFaultAt' | 'incident' | 'reason' | 'impact'
  > {
  readonly labels: Readonly<Record<string, string>>;
  /** Its playbook's name; null where none is for it. */
  readonly playbook: string | null;
  /** Resources without which it cannot be well, as its playbook says. */
  readonly dependsOn: readonly string[];
  /** The healer's own check of the resource as a whole. */
  readonly probe: ProbeView;
  readonly nodes: readonly NodeView[];
  /** How many instances see it so. */
  readonly observers: Readonly<Record<Condition, number>>;
}

interface NodeView {
  readonly name: string;
  /** Its id at the backend; null where none is declared. */
  readonly target: string | null;
  /** What fails with it at once; null where none is declared. */
  readonly domain: string | null;
  readonly probe: ProbeView;
}

/** A resource that is well is not probed: what is told is then what the newest one saw, if there was one. */
interface ProbeView {
  /** `none`: none is declared. `waiting`: it has not run since the healer's start. */
  readonly status: 'none' | 'waiting' | 'passes' | 'fails';
  /** Since when it passes or fails without a break; null before the first. */
  readonly since: number | null;
  /** The end of the newest one; null before the first. */
  readonly at: number | null;
  /** What it saw where it fails; null otherwise. */
  readonly failure: string | null;
}

/** One resource, with all that is known of it. */
export interface ResourceDetail extends ResourceView {
  /** Resources that cannot be well without this one: at most 100 of them, and how many there are. */
  readonly dependants: { readonly names: readonly string[]; readonly count: number };
  /** Of its playbook, mildest first; empty where none is for it. */
  readonly steps: readonly StepView[];
  /** A page of the instances that observe it, the sick first. */
  readonly instances: readonly ObserverView[];
  /** Where the next page of instances begins; null where this is the last. */
  readonly nextInstances: string | null;
}

export interface StepView extends Pick<StepStanding, 'step' | 'action' | 'written' | 'inForce' | 'record'> {
  readonly effect: 'restores' | 'repairs' | 'disrupts';
  readonly afterMs: number;
  readonly everyMs: number;
  /** Runs in one incident at most. */
  readonly max: number;
  /** The line of the playbook's text on which it begins; 1 is the first. */
  readonly line: number;
}

/** What a view is made of. */
export interface ViewParts {
  readonly state: ResourceState;
  readonly playbook: Playbook | null;
  readonly facts: ResourceFacts;
  readonly explanation: Explanation;
  /** Nodes that a probe is declared for; null stands for the resource as a whole. */
  readonly probed: readonly (string | null)[];
}

export function resourceView({ state, playbook, facts, explanation, probed }: ViewParts): ResourceView {
  const { resource, since, firstFaultAt, incident, reason, impact } = explanation;
  const probeOf = (node: string | null) => probeView(state, node, probed.includes(node));
  return {
    resource,
    labels: facts.labels,
    state: explanation.state,
    since,
    firstFaultAt,
    incident,
    reason,
    impact,
    playbook: playbook?.name ?? null,
    dependsOn: playbook?.dependsOn ?? [],
    probe: probeOf(null),
    nodes: facts.nodes.map(({ name, target = null, domain = null }) => ({
      name,
      target,
      domain,
      probe: probeOf(name),
    })),
    observers: state.summary?.conditions ?? { ok: 0, degraded: 0, down: 0, unknown: 0 },
  };
}

export function stepViews({ state, playbook, facts }: ViewParts, now: number): readonly StepView[] {
  if (playbook === null) return [];
  const standings = stepStandings({ state, playbook, facts }, now);
  return playbook.ladder.flatMap(({ id, effect, afterMs, everyMs, max, line }) => {
    const standing = standings.find(({ step }) => step === id);
    if (standing === undefined) return [];
    const { step, action, written, inForce, record } = standing;
    return [{ step, action, effect, written, inForce, record, afterMs, everyMs, max, line }];
  });
}

function probeView({ probes }: ResourceState, node: string | null, declared: boolean): ProbeView {
  const seen = probes.find((probe) => probe.node === node);
  if (!declared || seen === undefined) {
    return { status: declared ? 'waiting' : 'none', since: null, at: null, failure: null };
  }
  return {
    status: seen.passed ? 'passes' : 'fails',
    since: seen.passed ? seen.passingSince : seen.failingSince,
    at: seen.endedAt,
    failure: seen.passed ? null : seen.detail,
  };
}
