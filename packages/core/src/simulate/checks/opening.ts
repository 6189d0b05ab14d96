import type { ProbeResult } from '../../decide/input.ts';
import type { Breach, Rule } from './rule.ts';

const timerTolerance = 0.9;

export const confirmedFirst: Rule = {
  name: 'confirmed',
  holds:
    'where confirmation is asked for, an incident opens only after enough failed probes in a row of one node',
  check: ({ history, entries }) => {
    const breaches: Breach[] = [];
    for (const { facts, playbook } of history.resources) {
      const { confirm } = playbook.open;
      if (confirm.by === 'none') continue;
      const rows = new Map<string | null, ProbeResult[]>();
      for (const entry of entries) {
        if (entry.type === 'healer') rows.clear();
        if (entry.type === 'input' && entry.resource === facts.resource && entry.input.type === 'probe') {
          const { result } = entry.input;
          const row = rows.get(result.node) ?? [];
          const last = row[row.length - 1];
          if (result.passed) rows.set(result.node, []);
          else if (last === undefined || result.beganAt - last.beganAt >= confirm.everyMs * timerTolerance) {
            rows.set(result.node, [...row, result]);
          }
        }
        if (entry.type !== 'event' || entry.resource !== facts.resource) continue;
        if (entry.event.type !== 'incident-opened' && entry.event.type !== 'incident-reopened') continue;
        const longest = Math.max(0, ...[...rows.values()].map((row) => row.length));
        if (longest >= confirm.failures) continue;
        breaches.push({
          at: entry.at,
          what: `${facts.resource} opened after ${longest} failed probes in a row`,
        });
      }
    }
    return breaches;
  },
};

export const oneIncident: Rule = {
  name: 'one-incident',
  holds: 'a resource has one open incident at most, and every attempt belongs to it',
  check: ({ history }, story) =>
    history.resources.flatMap(({ facts }) => {
      let open = false;
      return story.eventsOf(facts.resource).flatMap(({ event, at }): Breach[] => {
        const opens = event.type === 'incident-opened' || event.type === 'incident-reopened';
        if (opens && open) return [{ at, what: `${facts.resource} opened a second incident` }];
        if (opens) open = true;
        if (event.type === 'incident-closed') {
          if (!open) return [{ at, what: `${facts.resource} closed what was not open` }];
          open = false;
        }
        const acts = event.type === 'attempt-intended' || event.type === 'attempt-proposed';
        return acts && !open ? [{ at, what: `${event.attempt} belongs to no open incident` }] : [];
      });
    }),
};

/** A sickness must have lasted before it opens; told by the first fault, which no report can date too late. */
export const openedAfter: Rule = {
  name: 'open-after',
  holds: 'reports open an incident only after `open.after` from its first fault',
  check: ({ history }, story) =>
    history.resources.flatMap(({ facts, playbook }) =>
      playbook.open.signals.length > 0
        ? []
        : story.eventsOf(facts.resource).flatMap(({ event, at, clock }): Breach[] => {
            if (event.type !== 'incident-opened' && event.type !== 'incident-reopened') return [];
            const waited = clock - event.firstFaultAt;
            if (waited >= playbook.open.afterMs) return [];
            return [{ at, what: `${facts.resource} opened ${waited} ms after its first fault` }];
          }),
    ),
};
