import type { Playbook } from '../../playbook/playbook.ts';
import type { History, HistoryResource } from '../history/history.ts';
import type { Run } from '../record.ts';
import type { Breach, Rule } from './rule.ts';
import { isRun, openAt, type PlacedEvent, type Story, type ToldAttempt } from './story.ts';
import { failingSpans, goneSpans, wellSpans } from './truth-spans.ts';

/** Reports, probes, the disk and the network between a change and what follows from it. */
const slackMs = 45_000;
const resultSlackMs = 20_000;
const lookedForMs = 200_000;
const unsentRestMs = 600_000;
/** Before this nothing can be expected: the evidence has not settled, and the healer has just started. */
const settledAt = 95_000;

/** Whether nothing but the outage itself goes wrong, so that what must come can be foretold. */
function isPlain({ happenings, network }: History): boolean {
  return (
    network.lossShare === 0 && network.mostDelayMs <= 50 && happenings.every(({ what }) => what === 'breaks')
  );
}

function longest(playbook: Playbook, of: 'deadline' | 'verify'): number {
  return playbook.ladder.reduce((most, { deadlineMs, verify: { windowMs, soakMs } }) => {
    return Math.max(most, of === 'deadline' ? deadlineMs : windowMs + soakMs);
  }, 0);
}

export const outageOpens: Rule = {
  name: 'outage-opens',
  holds:
    'a resource whose every node is gone has an open incident within its bound, where nothing else is wrong',
  check: (run, story) => {
    if (!isPlain(run.history)) return [];
    return run.history.resources.flatMap(({ facts, playbook }) =>
      goneSpans(run, facts.resource).flatMap(({ from, to }): Breach[] => {
        const { confirm, afterMs, afterTimeoutOnlyMs } = playbook.open;
        const confirmMs = confirm.by === 'probe' ? confirm.failures * confirm.everyMs + confirm.timeoutMs : 0;
        const calls = Math.max(...run.history.services.map(({ callEveryMs }) => callEveryMs));
        const bound = from + Math.max(afterMs, afterTimeoutOnlyMs) + confirmMs + calls + slackMs;
        if (from < settledAt || to < bound || hasFewObservers(run.history, facts.resource, playbook))
          return [];
        const isOpen = wasOpenWithin(story.eventsOf(facts.resource), from, bound);
        return isOpen
          ? []
          : [{ at: bound, what: `${facts.resource} is gone since ${from} ms and nothing opened` }];
      }),
    );
  },
};

function hasFewObservers({ services }: History, resource: string, playbook: Playbook): boolean {
  const hosts = services
    .filter(({ resources }) => resources.includes(resource))
    .flatMap((each) => each.hosts);
  return new Set(hosts).size < playbook.open.quorum.hosts;
}

function wasOpenWithin(events: readonly PlacedEvent[], from: number, until: number): boolean {
  let isOpen = false;
  for (const { event, at } of events) {
    if (at > until) break;
    if (event.type === 'incident-opened' || event.type === 'incident-reopened') isOpen = true;
    else if (event.type === 'incident-closed') isOpen = at >= from;
  }
  return isOpen;
}

export const attemptEnds: Rule = {
  name: 'attempt-ends',
  holds: 'an attempt that was begun has its verdict within deadline, window and soak, a crash apart',
  check: ({ history, entries }, { intended }) =>
    intended.flatMap((attempt): Breach[] => {
      const { step, over, intended: begun } = attempt;
      const { windowMs, soakMs } = step.verify;
      const bound = step.deadlineMs + resultSlackMs + windowMs + 2 * soakMs + slackMs;
      const isDisturbed = entries.some(
        (entry) =>
          entry.at >= begun.at &&
          entry.at <= begun.at + bound + lookedForMs &&
          (entry.type === 'healer' || entry.type === 'clock-set'),
      );
      const endsAt = begun.at + bound + (isDisturbed ? lookedForMs + 2 * windowMs + 240_000 : 0);
      const isClockSet = entries.some((entry) => entry.type === 'clock-set' && entry.at <= endsAt);
      if (isClockSet || endsAt > history.durationMs || isDown(entries, endsAt)) return [];
      if (over !== null && over.at <= endsAt) return [];
      // A soak that is broken again and again may be as long as it is broken.
      return over === null
        ? [{ at: endsAt, what: `${attempt.id} has no verdict ${bound} ms after it began` }]
        : [];
    }),
};

function isDown(entries: Run['entries'], at: number): boolean {
  const last = entries.findLast((entry) => entry.type === 'healer' && entry.at <= at);
  return last?.type === 'healer' && last.what === 'crashed';
}

export const nextStepRuns: Rule = {
  name: 'next-step-runs',
  holds: 'while the fault persists and nothing forbids it, the next step is proposed within its bound',
  check: (run, story) =>
    isPlain(run.history) ? run.history.resources.flatMap((each) => lateSteps(run, story, each)) : [],
};

/** What in the record says why nothing is proposed. */
const excuses: ReadonlySet<string> = new Set([
  'attempt-held',
  'attempt-refused',
  'ladder-paused',
  'incident-closed',
]);

/** What may stand in the way in a plain world; anything else has no business there. */
const plainHolds: ReadonlySet<string> = new Set([
  'quorum',
  'own-probe',
  'starting',
  'overload',
  'budget',
  'windows',
  'maintenance',
  'upstream',
  'lineage',
  'storm',
  'isolation',
  'healthy-share',
  'targets',
  'blast-radius',
  'one-in-flight',
  'fleet-concurrency',
  'fleet-domains',
  'approval',
  'autonomy',
]);

function lateSteps(run: Run, story: Story, { facts, playbook }: HistoryResource): Breach[] {
  const { resource } = facts;
  const events = story.eventsOf(resource);
  const spans = failingSpans(run, resource);
  const attempts = story.attempts.filter((each) => each.resource === resource);
  return events.flatMap((moment): Breach[] => {
    const isFree =
      moment.event.type === 'incident-opened' ||
      moment.event.type === 'verdict-given' ||
      moment.event.type === 'attempt-shadowed' ||
      moment.event.type === 'attempt-withdrawn';
    const incident = isFree ? openAt(events, moment.index) : null;
    if (incident === null) return [];
    const due = nextDueAt(playbook, attempts, events, incident, moment);
    if (due === null) return [];
    // After an order that could not be sent its step waits for a while.
    const rests = moment.event.type === 'attempt-withdrawn' ? unsentRestMs : 0;
    const bound = Math.max(moment.at + rests, due, settledAt) + slackMs;
    const persists = spans.some(({ from, to }) => from <= moment.at && to >= bound);
    if (!persists || bound > run.history.durationMs) return [];
    const after = events.filter(({ index, at }) => index > moment.index && at <= bound);
    const isProposed = after.some(({ event }) => event.type === 'attempt-proposed');
    const isExcused = after.some(
      ({ event }) =>
        excuses.has(event.type) && (event.type !== 'attempt-held' || plainHolds.has(event.hold.guardrail)),
    );
    // A hold is told once; it may have begun before.
    const isHeld = events.some(
      ({ event, index }) =>
        index <= moment.index && event.type === 'attempt-held' && plainHolds.has(event.hold.guardrail),
    );
    if (isProposed || isExcused || isHeld || isOver(events, moment.index)) return [];
    return [
      { at: bound, what: `${resource} stays broken, a step was due at ${due} ms, and none was proposed` },
    ];
  });
}

function isOver(events: readonly PlacedEvent[], index: number): boolean {
  const last = events.findLast(
    ({ event, index: place }) =>
      place <= index + 3 && ['ladder-paused', 'ladder-resumed', 'incident-opened'].includes(event.type),
  );
  return last?.event.type === 'ladder-paused';
}

/** The ladder once more, written down apart: when the next step is due, ms since the world began. */
function nextDueAt(
  playbook: Playbook,
  attempts: readonly ToldAttempt[],
  events: readonly PlacedEvent[],
  opened: PlacedEvent,
  moment: PlacedEvent,
): number | null {
  if (!('firstFaultAt' in opened.event)) return null;
  const skew = opened.clock - opened.at;
  const from = Math.max(opened.event.firstFaultAt - skew, 0);
  const ran = attempts.filter(
    (each) => (each.intended?.index ?? each.over?.index ?? Number.POSITIVE_INFINITY) <= moment.index,
  );
  const startOf = (each: ToldAttempt) => each.intended?.at ?? each.over?.at ?? 0;
  const counted = ran.filter(
    (each) => isRun(each) || (each.intended === null && each.step.autonomy === 'shadow'),
  );
  const dues = playbook.ladder.flatMap((step, place) => {
    const runs = counted.filter((each) => each.step.id === step.id).length;
    const refused = events.some(({ event }) => event.type === 'attempt-refused' && event.step === step.id);
    const isFree = playbook.ladder
      .slice(0, place)
      .every((milder) => counted.some((each) => each.step.id === milder.id));
    if (runs >= step.max || refused || !isFree || step.when !== undefined) return [];
    const stronger = playbook.ladder.slice(place).map(({ id }) => id);
    const newest = Math.max(
      Number.NEGATIVE_INFINITY,
      ...counted.filter((each) => stronger.includes(each.step.id)).map(startOf),
    );
    return [Math.max(from + step.afterMs + playbook.open.afterMs, newest + step.everyMs)];
  });
  return dues.length === 0 ? null : Math.min(...dues);
}

export const healedCloses: Rule = {
  name: 'healed-closes',
  holds: 'a resource that is well has no open incident once every window has passed, where nothing disturbs',
  check: (run, story) =>
    run.history.resources.flatMap(({ facts, playbook }): Breach[] => {
      const { history } = run;
      const last = wellSpans(run, facts.resource).findLast(({ to }) => to === history.durationMs);
      if (last === undefined || isDisturbedFor(history, last.from)) return [];
      const bound = longest(playbook, 'deadline') + resultSlackMs + longest(playbook, 'verify') + 2 * slackMs;
      const crashes = run.entries.some((entry) => entry.type === 'healer' && entry.what === 'crashed');
      const until = last.from + bound + (crashes ? lookedForMs + longest(playbook, 'verify') : 0);
      if (until > history.durationMs || isDown(run.entries, until)) return [];
      const events = story.eventsOf(facts.resource);
      const open = openAt(events, Number.POSITIVE_INFINITY);
      const seen = events.findLast(({ event }) =>
        ['incident-suspected', 'suspicion-ended', 'incident-opened', 'incident-reopened'].includes(
          event.type,
        ),
      );
      if (open === null && seen?.event.type !== 'incident-suspected') return [];
      return [
        { at: until, what: `${facts.resource} is well since ${last.from} ms and still suspected or open` },
      ];
    }),
};

/** Whether something but the outage goes on past this moment, or has taken those away who could say that it is well. */
function isDisturbedFor({ happenings, network }: History, since: number): boolean {
  if (network.lossShare > 0.02 || network.mostDelayMs > 500) return true;
  return happenings.some((happening) => {
    if (happening.what === 'gone' || happening.what === 'clock-set' || happening.what === 'deployed')
      return true;
    if (happening.what === 'breaks') return false;
    const lasts = 'forMs' in happening ? happening.forMs : 'downForMs' in happening ? happening.downForMs : 0;
    return happening.at + lasts > since || happening.what === 'healer-crashes';
  });
}

const goesOnMs = 240_000;

export const attemptGoesOn: Rule = {
  name: 'attempt-goes-on',
  holds: 'an attempt that nothing holds and nobody is asked about is sent or given up, also after a restart',
  check: ({ history, entries }, story) =>
    story.attempts.flatMap((attempt): Breach[] => {
      if (attempt.intended !== null || attempt.over !== null) return [];
      const own = story
        .eventsOf(attempt.resource)
        .filter(({ event }) => 'attempt' in event && event.attempt === attempt.id);
      const isHeld = own.some(({ event }) => /^(attempt-held|approval-requested)$/.test(event.type));
      const since = Math.max(
        own[own.length - 1]?.at ?? 0,
        entries.findLast((entry) => entry.type === 'healer' || entry.type === 'clock-set')?.at ?? 0,
      );
      if (isHeld || history.durationMs - since < goesOnMs || isDown(entries, history.durationMs)) return [];
      return [{ at: since, what: `${attempt.id} is neither sent nor given up ${goesOnMs} ms later` }];
    }),
};
