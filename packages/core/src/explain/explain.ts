import { assess } from '../decide/evidence.ts';
import type { FleetFacts, ResourceFacts } from '../decide/input.ts';
import { probeVerdict } from '../decide/probing.ts';
import type { ResourceState } from '../decide/state.ts';
import { openIncident } from '../decide/turn.ts';
import { isSickSight } from '../decide/witnesses.ts';
import { duration, list, minuteText, plural } from '../decide/wording.ts';
import type { Playbook } from '../playbook/playbook.ts';
import { evidenceBesideReports } from './evidence.ts';
import type { Explanation } from './explanation.ts';
import { explainOpen } from './open.ts';
import { demotionRemedies, recordLines } from './record.ts';

/** One answer for a resource. `playbook` is null where none matches it: then it is only shown. */
export function explain(
  state: ResourceState,
  playbook: Playbook | null,
  facts: ResourceFacts,
  fleet: FleetFacts,
  now: number,
): Explanation {
  const common = { resource: state.resource, lastFault: lastFault(state), impact: impact(state) };
  if (playbook === null) {
    return { ...common, ...withoutPlaybook(state) };
  }
  const answer = answerFor(state, playbook, facts, fleet, now);
  const record = recordLines(state, playbook.ladder, now);
  return {
    ...common,
    ...answer,
    reason: [answer.reason, ...peopleAtWork(state, now)].join('; '),
    ...(record.length === 0 ? {} : { record }),
    remedies: [...answer.remedies, ...demotionRemedies(state)],
  };
}

function answerFor(
  state: ResourceState,
  playbook: Playbook,
  facts: ResourceFacts,
  fleet: FleetFacts,
  now: number,
): Answer {
  const incident = openIncident(state);
  if (incident !== null) return explainOpen(state, incident, playbook, facts, fleet, now);
  if (state.suspicion !== null) return suspected(state, state.suspicion, playbook, now);
  return unopened(state, playbook, now);
}

/** What people said of their own work, whether or not it holds anything now. */
function peopleAtWork({ around, incident }: ResourceState, now: number): string[] {
  const texts: string[] = [];
  const { maintenance, deploy } = around ?? {};
  if (maintenance !== undefined && now < maintenance.until) {
    texts.push(`in maintenance by ${maintenance.by} until ${minuteText(maintenance.until)}`);
  }
  if (deploy !== undefined && now < deploy.endsAt) texts.push(`${deploy.what} is deployed by ${deploy.by}`);
  const claim = incident?.closed === null ? incident.claim : undefined;
  if (claim !== undefined) texts.push(`claimed by ${claim.by}`);
  return texts;
}

type Answer = Omit<Explanation, 'resource' | 'lastFault' | 'impact'>;

function withoutPlaybook(state: ResourceState): Answer {
  const sick = (state.summary?.conditions.down ?? 0) + (state.summary?.conditions.degraded ?? 0);
  return {
    state: sick > 0 ? 'undecided' : 'ok',
    since: null,
    firstFaultAt: state.summary?.earliestFaultAt ?? null,
    incident: null,
    reason: 'no playbook is for this resource: it is only shown',
    next: { what: 'nothing', at: null },
    remedies: ['write a playbook whose for matches it'],
  };
}

function suspected(
  state: ResourceState,
  suspicion: NonNullable<ResourceState['suspicion']>,
  playbook: Playbook,
  now: number,
): Answer {
  const { confirm } = playbook.open;
  const assessment = assess(state.summary, playbook);
  const afterMs = assessment.timeoutOnly ? playbook.open.afterTimeoutOnlyMs : playbook.open.afterMs;
  const failures = Math.max(0, ...state.probes.map((probe) => probe.failures));
  const seen = suspicion.by === 'reports' ? assessment.text : suspicion.reason;
  const isUnconfirmed = probeVerdict(state) === 'passes';
  const probing =
    confirm.by === 'none'
      ? 'open without confirmation'
      : `open once the own probe has failed ${confirm.failures} times in a row (${Math.min(failures, confirm.failures)} so far)`;
  const earliestAt = suspicion.by === 'signal' ? null : suspicion.ladderFrom + afterMs;
  // From then on it hangs on the probe, of which nobody can tell when.
  const isProbeAwaited = confirm.by !== 'none' && earliestAt !== null && earliestAt <= now;
  return {
    state: 'suspected',
    since: suspicion.since,
    firstFaultAt: suspicion.firstFaultAt,
    incident: suspicion.incident,
    reason: isUnconfirmed ? `${seen}, but the own probe passes` : seen,
    next: { what: probing, at: isProbeAwaited ? null : earliestAt },
    remedies: remediesOf(confirm.by === 'none' ? null : probeVerdict(state)),
  };
}

function remediesOf(probe: ReturnType<typeof probeVerdict> | null): string[] {
  if (probe === 'passes') return ['see why the instances cannot reach what the healer can'];
  return probe === 'none'
    ? ['no probe has answered yet: see that one is declared for it in prunella.yaml']
    : [];
}

function unopened(state: ResourceState, playbook: Playbook, now: number): Answer {
  const byReports = fromReports(state, playbook, now);
  const { texts, remedies } = evidenceBesideReports(state, playbook.name, now);
  const blind = byReports.state === 'ok' ? failingAlone(state) : null;
  return {
    ...byReports,
    ...blind,
    reason: [byReports.reason, ...texts].join('; '),
    remedies: [...byReports.remedies, ...remedies],
  };
}

/** Well by all reports, while the healer's own probe fails: one of the two does not see what is. */
function failingAlone({ probes }: ResourceState): Pick<Answer, 'state' | 'since' | 'next'> | null {
  const failing = probes.filter((probe) => !probe.passed);
  if (failing.length === 0) return null;
  const since = failing.map((probe) => probe.failingSince ?? probe.beganAt);
  return {
    state: 'undecided',
    since: Math.min(...since),
    next: { what: 'nothing while the instances are well', at: null },
  };
}

function fromReports(state: ResourceState, playbook: Playbook, now: number): Answer {
  const assessment = assess(state.summary, playbook);
  const waiting = { what: 'wait for reports', at: null };
  const closedAt = state.incident?.closed?.at ?? null;
  const firstFaultAt = state.summary?.earliestFaultAt ?? null;
  const base = { since: null, firstFaultAt, incident: null, next: waiting, remedies: [] };
  switch (assessment.quorum) {
    case 'silent':
      return { ...base, state: 'undecided', reason: assessment.text };
    case 'unsettled': {
      const at = state.summary?.settlesAt ?? null;
      const inTime = at === null ? '' : `, in ${duration(at - now)}`;
      return {
        ...base,
        state: 'undecided',
        reason: `${assessment.text}; shares are trusted after a whole heartbeat of those that are ok${inTime}`,
        next: { what: 'trust the shares', at },
      };
    }
    case 'undecided':
      return {
        ...base,
        state: 'undecided',
        reason: `more than half are unknown: ${assessment.text}`,
        remedies: ['see whether the instances run and can reach the healer'],
      };
    default: {
      const share = Math.round(playbook.open.quorum.share * 100);
      const reason = assessment.sick === 0 ? assessment.text : `${assessment.text}; the quorum is ${share} %`;
      return { ...base, state: 'ok', since: closedAt, reason };
    }
  }
}

function lastFault(state: ResourceState): string | null {
  const failing = state.probes.filter((probe) => !probe.passed);
  const probed = failing.map(
    (probe) => `own probe${probe.node === null ? '' : ` of ${probe.node}`}: ${probe.detail}`,
  );
  const told = state.summary?.newestFault;
  const reported = told == null ? [] : [`${told.kind}: ${told.text}`];
  const known = [...reported, ...probed];
  return known.length === 0 ? null : list(known, 3);
}

function impact(state: ResourceState): string {
  const { summary } = state;
  if (summary === null || summary.observers === 0) return 'unknown: no instance observes it';
  const sick = summary.conditions.down + summary.conditions.degraded;
  if (sick === 0) return 'none';
  const services = `${sick} of ${plural(summary.observers, 'instance')} (${list(summary.services.sick)})${sickByName(state, sick)}`;
  const cached = summary.cacheOnly ?? 0;
  return cached === 0
    ? services
    : `${services}; ${plural(cached, 'instance')} ${cached === 1 ? 'answers' : 'answer'} from cache`;
}

const instancesShown = 3;

/** The first that complained; where nothing is suspected nobody is known by name. */
function sickByName({ witnesses }: ResourceState, sick: number): string {
  const sickNames = (witnesses?.instances ?? []).filter(({ last }) => isSickSight(last));
  const shown = sickNames.slice(0, Math.min(instancesShown, sick)).map(({ instance }) => instance);
  if (shown.length === 0) return '';
  const more = sick > shown.length ? ` and ${sick - shown.length} more` : '';
  return `: ${shown.join(', ')}${more}`;
}
