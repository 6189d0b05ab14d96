import type { WeeklyWindow } from '../../playbook/playbook.ts';
import type { EntryOf, Run } from '../record.ts';
import type { Breach, Rule } from './rule.ts';
import { openAt, type Story } from './story.ts';

type Intended = Story['intended'][number];

function breach(attempt: Intended, what: string): Breach {
  return { at: attempt.intended.at, what: `${attempt.id} ${what}` };
}

/** What people said of a resource and was taken, before a place in the record; the newest last. */
function saidBefore({ entries }: Run, resource: string, index: number): readonly EntryOf<'event'>[] {
  return entries
    .slice(0, index)
    .filter(
      (entry): entry is EntryOf<'event'> =>
        entry.type === 'event' &&
        entry.resource === resource &&
        entry.event.type === 'operator-commanded' &&
        entry.event.trigger.fate === 'executed',
    );
}

const dayMinutes = 1_440;
const minuteMs = 60_000;
const dayMs = 86_400_000;
/** 1 January 1970 was a Thursday. */
const firstWeekday = 4;

/** Histories write their windows in UTC. */
function isIn(windows: readonly WeeklyWindow[], clock: number): boolean {
  const minute = Math.floor(clock / minuteMs) % dayMinutes;
  const weekday = (Math.floor(clock / dayMs) + firstWeekday) % 7;
  return windows.some(({ days, fromMinute, toMinute }) => {
    if (fromMinute < toMinute) return days.includes(weekday) && minute >= fromMinute && minute < toMinute;
    const isLate = days.includes(weekday) && minute >= fromMinute;
    return isLate || (days.includes((weekday + 6) % 7) && minute < toMinute);
  });
}

export const windowsKept: Rule = {
  name: 'windows',
  holds:
    'what repairs or disrupts begins inside of an allowed window, and nothing inside of a maintenance window',
  check: (_run, { intended }) =>
    intended.flatMap((attempt): Breach[] => {
      const { windows } = attempt.playbook;
      const { clock } = attempt.intended;
      if (windows === undefined) return [];
      if (isIn(windows.maintenance, clock)) return [breach(attempt, 'began inside of a maintenance window')];
      const isFree = attempt.step.effect === 'restores' || windows.allowed.length === 0;
      return isFree || isIn(windows.allowed, clock) ? [] : [breach(attempt, 'began outside of the windows')];
    }),
};

export const maintenanceKept: Rule = {
  name: 'maintenance',
  holds: 'nothing begins while a person has declared maintenance',
  check: (run, { intended }) =>
    intended.flatMap((attempt): Breach[] => {
      let until = Number.NEGATIVE_INFINITY;
      for (const { event, clock } of saidBefore(run, attempt.resource, attempt.intended.index)) {
        if (event.type !== 'operator-commanded') continue;
        const { command } = event.command;
        if (command.type === 'maintenance-begin') until = clock + command.forMs;
        if (command.type === 'maintenance-end') until = Number.NEGATIVE_INFINITY;
      }
      return attempt.intended.clock < until ? [breach(attempt, 'began in maintenance')] : [];
    }),
};

export const othersWorkAlone: Rule = {
  name: 'somebody-else',
  holds:
    'nothing begins while a person has claimed the incident, a deploy runs, or another acts on the target',
  check: (run, story) =>
    story.intended.flatMap((attempt): Breach[] => [
      ...claimed(run, story, attempt),
      ...deployed(run, attempt),
      ...actedOn(run, attempt),
    ]),
};

function claimed(run: Run, story: Story, attempt: Intended): Breach[] {
  const { index } = attempt.intended;
  const closed = story
    .eventsOf(attempt.resource)
    .findLast((each) => each.event.type === 'incident-closed' && each.index < index);
  let isClaimed = false;
  for (const entry of saidBefore(run, attempt.resource, index)) {
    if (entry.event.type !== 'operator-commanded') continue;
    const { command } = entry.event.command;
    if (command.type === 'claim') isClaimed = run.entries.indexOf(entry) > (closed?.index ?? -1);
    if (command.type === 'release') isClaimed = false;
  }
  return isClaimed ? [breach(attempt, 'began beside a person who has claimed it')] : [];
}

function deployed(run: Run, attempt: Intended): Breach[] {
  const said = saidBefore(run, attempt.resource, attempt.intended.index);
  const announced = said.findLast(
    ({ event }) => event.type === 'operator-commanded' && event.command.command.type === 'announce-deploy',
  );
  if (announced?.event.type !== 'operator-commanded') return [];
  const { command } = announced.event.command;
  if (command.type !== 'announce-deploy') return [];
  const endsAt = announced.clock + command.forMs;
  const { clock } = attempt.intended;
  if (clock < endsAt) return [breach(attempt, 'began during a deploy')];
  if (attempt.step.effect === 'restores') return [];
  const since = clock - endsAt;
  return since < attempt.playbook.open.graceAfterDeployMs
    ? [breach(attempt, `began ${since} ms after a deploy`)]
    : [];
}

function actedOn({ entries }: Run, attempt: Intended): Breach[] {
  const bySource = new Map<string, Extract<EntryOf<'input'>['input'], { type: 'acting' }>>();
  for (const entry of entries.slice(0, attempt.intended.index)) {
    if (entry.type === 'healer') bySource.clear();
    if (entry.type !== 'input' || entry.resource !== attempt.resource || entry.input.type !== 'acting')
      continue;
    bySource.set(entry.input.source, entry.input);
  }
  const acting = [...bySource.values()].flatMap((input) => input.acting);
  const present = acting.find(
    ({ until, targets }) =>
      attempt.intended.clock < until &&
      (targets === null || attempt.targets.some((target) => targets.includes(target))),
  );
  return present === undefined ? [] : [breach(attempt, `began beside ${present.what}: ${present.detail}`)];
}

export const upstreamFirst: Rule = {
  name: 'upstream',
  holds: 'what depends on a resource with an open incident is neither repaired nor disrupted',
  check: (_run, story) =>
    story.intended.flatMap((attempt): Breach[] => {
      if (attempt.step.effect === 'restores') return [];
      return attempt.playbook.dependsOn
        .filter((resource) => openAt(story.eventsOf(resource), attempt.intended.index) !== null)
        .map((resource) => breach(attempt, `began while ${resource}, on which it depends, had an incident`));
    }),
};

const loadBelievedMs = 60_000;

export const loadBelieved: Rule = {
  name: 'load',
  holds: 'nothing is disrupted where deadlines are missed and the load figures say that it is full',
  check: ({ entries }, { intended }) =>
    intended.flatMap((attempt): Breach[] => {
      if (attempt.step.effect !== 'disrupts') return [];
      let load: { readonly at: number; readonly utilisation: number } | null = null;
      let kinds: Readonly<Record<string, number | undefined>> = {};
      for (const entry of entries.slice(0, attempt.intended.index)) {
        if (entry.type === 'healer') [load, kinds] = [null, {}];
        if (entry.type !== 'input' || entry.resource !== attempt.resource) continue;
        if (entry.input.type === 'load') load = entry.input.load;
        if (entry.input.type === 'summary') kinds = entry.input.summary.sickByKind;
      }
      const isFull =
        load !== null &&
        attempt.intended.clock - load.at < loadBelievedMs &&
        load.utilisation >= attempt.playbook.limits.overloadedFrom;
      const sick = Object.values(kinds).reduce<number>((sum, count) => sum + (count ?? 0), 0);
      const missed = (kinds['timeout'] ?? 0) + (kinds['overloaded'] ?? 0);
      return isFull && missed > 0 && missed * 2 >= sick ? [breach(attempt, 'began while it was full')] : [];
    }),
};
