import type { ObservationSummary } from '@prunella/protocol';
import type { ProbeResult } from '../../decide/input.ts';
import type { Run } from '../record.ts';
import type { Breach, Rule } from './rule.ts';
import { openingBefore, type Story } from './story.ts';

type Intended = Story['intended'][number];

/** What the healer had heard of a resource since its start, at a place in the record: the newest of each. */
interface Heard {
  readonly probes: ReadonlyMap<string | null, ProbeResult>;
  readonly summary: ObservationSummary | null;
}

export function heardBefore({ entries }: Run, resource: string, index: number): Heard {
  const probes = new Map<string | null, ProbeResult>();
  const heardAt = new Map<string | null, number>();
  let summary: ObservationSummary | null = null;
  for (let place = index - 1; place >= 0; place -= 1) {
    const entry = entries[place];
    if (entry?.type === 'healer') break;
    if (entry?.type !== 'input' || entry.resource !== resource) continue;
    if (entry.input.type === 'summary') summary ??= entry.input.summary;
    if (entry.input.type !== 'probe') continue;
    const { result } = entry.input;
    const known = probes.get(result.node);
    // One heard before and begun later came out of order, but where it began after now: the clock was set back since.
    const isLate = result.beganAt <= (heardAt.get(result.node) ?? entry.clock);
    if (known !== undefined && !(isLate && known.beganAt < result.beganAt)) continue;
    probes.set(result.node, result);
    heardAt.set(result.node, entry.clock);
  }
  return { probes, summary };
}

const freshMs = 5_000;

export const freshEvidence: Rule = {
  name: 'fresh-evidence',
  holds: 'an attempt begins on evidence no older than one heartbeat',
  check: (run, { intended }) =>
    intended.flatMap((attempt): Breach[] => {
      const { at, clock, index } = attempt.intended;
      const { probes, summary } = heardBefore(run, attempt.resource, index);
      const oldest = [...probes.values()].reduce((least, { endedAt }) => Math.min(least, endedAt), clock);
      if (probes.size > 0 && clock - oldest > freshMs) {
        return [{ at, what: `${attempt.id} began on a probe that had ended ${clock - oldest} ms before` }];
      }
      const heardAt = summary?.newestReportAt ?? null;
      if (probes.size > 0 || heardAt === null || clock - heardAt <= freshMs) return [];
      return [{ at, what: `${attempt.id} began on reports that were ${clock - heardAt} ms old` }];
    }),
};

/** Whether a signal has named the node since the probe of it began. */
function isNamed({ entries }: Run, attempt: Intended, node: string, since: number): boolean {
  return entries.some(
    (entry, index) =>
      index < attempt.intended.index &&
      entry.type === 'input' &&
      entry.input.type === 'signal' &&
      entry.input.signal.node === node &&
      entry.clock > since,
  );
}

export const onlyFailingNodes: Rule = {
  name: 'only-failing-nodes',
  holds: 'of failing nodes only those are touched whose own probe fails, or that a signal has named since',
  check: (run, { intended }) =>
    intended.flatMap((attempt) => {
      if (attempt.step.target.select !== 'failing-nodes') return [];
      const { probes } = heardBefore(run, attempt.resource, attempt.intended.index);
      const { nodes } = factsOf(run, attempt.resource);
      return attempt.targets.flatMap((target) => {
        const node = nodes.find((each) => each.target === target)?.name;
        if (node === undefined)
          return [
            {
              at: attempt.intended.at,
              what: `${attempt.id} touches ${target}, which is no node of ${attempt.resource}`,
            },
          ];
        const probe = probes.get(node);
        if (probe?.passed !== true || isNamed(run, attempt, node, probe.beganAt)) return [];
        return [{ at: attempt.intended.at, what: `${attempt.id} touches ${target}, whose probe passes` }];
      });
    }),
};

function factsOf({ history }: Run, resource: string) {
  return history.resources.find(({ facts }) => facts.resource === resource)?.facts ?? { nodes: [] };
}

export const quorumStands: Rule = {
  name: 'quorum',
  holds: 'what repairs or disrupts begins only while the quorum that opened the incident still stands',
  check: (run, story) =>
    story.intended.flatMap((attempt): Breach[] => {
      const { at, index } = attempt.intended;
      const { effect } = attempt.step;
      if (effect === 'restores' || isBySignal(run, story, attempt)) return [];
      const { summary } = heardBefore(run, attempt.resource, index);
      if (summary === null) return [{ at, what: `${attempt.id} began before anybody was heard` }];
      const { conditions, observers, sickByKind, hosts } = summary;
      const blameless = (sickByKind.caller ?? 0) + (sickByKind.local ?? 0);
      const sick = conditions.down + conditions.degraded - blameless;
      const { quorum } = attempt.playbook.open;
      if (conditions.unknown * 2 > observers && effect === 'repairs') return [];
      const wanted = quorum.hostsWritten
        ? quorum.hosts
        : Math.min(quorum.hosts, Math.max(1, hosts.observing.length));
      if (sick > 0 && sick >= quorum.share * observers - 1e-9 && hosts.sick.length >= wanted) return [];
      return [
        { at, what: `${attempt.id} began with ${sick} of ${observers} sick on ${hosts.sick.length} hosts` },
      ];
    }),
};

function isBySignal(run: Run, story: Story, attempt: Intended): boolean {
  const opening = openingBefore(story, attempt);
  const signals = attempt.playbook.open.signals.length > 0;
  return (
    signals &&
    run.entries.some(
      (entry, index) =>
        entry.type === 'input' &&
        entry.resource === attempt.resource &&
        entry.input.type === 'signal' &&
        index < (opening?.index ?? 0),
    )
  );
}

export const probeAgrees: Rule = {
  name: 'own-probe',
  holds: "where confirmation is asked for, what the healer's own probe sees well is not repaired",
  check: (run, { intended }) =>
    intended.flatMap((attempt): Breach[] => {
      if (attempt.playbook.open.confirm.by !== 'probe' || attempt.step.effect === 'restores') return [];
      const { probes } = heardBefore(run, attempt.resource, attempt.intended.index);
      const allPass = probes.size > 0 && [...probes.values()].every(({ passed }) => passed);
      return allPass
        ? [{ at: attempt.intended.at, what: `${attempt.id} began while every probe passed` }]
        : [];
    }),
};

export const loadAndStartsWaited: Rule = {
  name: 'overload-and-starting',
  holds: 'what is overloaded is not disrupted, and what is starting is neither disrupted nor repaired',
  check: (run, { intended }) =>
    intended.flatMap((attempt): Breach[] => {
      const { effect } = attempt.step;
      if (effect === 'restores') return [];
      const { at, index } = attempt.intended;
      const { probes, summary } = heardBefore(run, attempt.resource, index);
      const kinds = summary?.sickByKind ?? {};
      const saysStarting = [...probes.values()].some(({ passed, kind }) => !passed && kind === 'starting');
      if (saysStarting || (kinds.starting ?? 0) > 0) {
        return [{ at, what: `${attempt.id} began while it was starting` }];
      }
      const sick = Object.values(kinds).reduce((sum, count) => sum + count, 0);
      const overloaded = kinds.overloaded ?? 0;
      if (effect !== 'disrupts' || overloaded === 0 || overloaded * 2 < sick) return [];
      return [{ at, what: `${attempt.id} began while ${overloaded} of ${sick} were told of overload` }];
    }),
};

export const missedDeadlinesAlone: Rule = {
  name: 'timeout-alone',
  holds: 'nothing is disrupted where the sick only miss deadlines and every own probe passes',
  check: (run, { intended }) =>
    intended.flatMap((attempt): Breach[] => {
      if (attempt.step.effect !== 'disrupts') return [];
      const { probes, summary } = heardBefore(run, attempt.resource, attempt.intended.index);
      const kinds = Object.entries(summary?.sickByKind ?? {}).filter(([, count]) => count > 0);
      const isAlone = kinds.length === 1 && kinds[0]?.[0] === 'timeout';
      const allPass = probes.size > 0 && [...probes.values()].every(({ passed }) => passed);
      if (!isAlone || !allPass) return [];
      return [{ at: attempt.intended.at, what: `${attempt.id} began for missed deadlines alone` }];
    }),
};

export const silentTargetHeld: Rule = {
  name: 'target-silent',
  holds: 'a silent minion is no target, and nothing disrupts while the failing node cannot be asked',
  check: (_run, story) =>
    story.intended.flatMap((attempt): Breach[] => {
      const resolved = story
        .eventsOf(attempt.resource)
        .findLast(
          ({ event, index }) =>
            event.type === 'targets-resolved' &&
            event.attempt === attempt.id &&
            index < attempt.intended.index,
        )?.event;
      if (resolved?.type !== 'targets-resolved') {
        return [{ at: attempt.intended.at, what: `${attempt.id} began before its targets were known` }];
      }
      const silent = resolved.resolution.targets.filter(({ responding }) => responding === false);
      return silent
        .filter(({ id }) => attempt.targets.includes(id))
        .map(({ id }) => ({ at: attempt.intended.at, what: `${attempt.id} goes to ${id}, which is silent` }));
    }),
};
