import type { History } from '../history/history.ts';
import type { Run } from '../record.ts';
import type { Breach, Rule } from './rule.ts';
import { openAt, type Story } from './story.ts';

type Intended = Story['intended'][number];

const stormIncidents = 5;
const stormWithinMs = 300_000;
const stormLeast = 3;
const stormShare = 0.2;

export const stormWaited: Rule = {
  name: 'storm',
  holds: 'while many incidents are open, or have opened in a short time, nothing but what restores begins',
  check: ({ history }, story) =>
    story.intended.flatMap((attempt): Breach[] => {
      if (attempt.step.effect === 'restores') return [];
      const { index, clock, at } = attempt.intended;
      const open = history.resources.filter(
        ({ facts }) => openAt(story.eventsOf(facts.resource), index) !== null,
      ).length;
      const opened = history.resources.flatMap(({ facts }) =>
        story
          .eventsOf(facts.resource)
          .filter(
            (each) =>
              each.index < index &&
              each.event.type === 'incident-opened' &&
              each.clock > clock - stormWithinMs,
          ),
      ).length;
      const isMany = open >= stormLeast && open >= stormShare * history.resources.length;
      if (!isMany && opened < stormIncidents) return [];
      return [{ at, what: `${attempt.id} began while ${open} incidents were open, ${opened} of them new` }];
    }),
};

const isolationWithinMs = 60_000;
const isolationLeast = 3;
const isolationShare = 0.5;

export const ownSightDoubted: Rule = {
  name: 'isolation',
  holds: 'while most observers of most resources fell silent at once, nothing but what restores begins',
  check: (run, { intended }) =>
    intended.flatMap((attempt): Breach[] => {
      if (attempt.step.effect === 'restores') return [];
      const { history } = run;
      const silent = independent(history, silentSince(run, attempt.intended.index));
      const needed = Math.max(isolationLeast, isolationShare * history.resources.length);
      const together = silent.filter(
        (at) => silent.filter((other) => other >= at && other <= at + isolationWithinMs).length >= needed,
      );
      if (together.length === 0) return [];
      return [
        {
          at: attempt.intended.at,
          what: `${attempt.id} began while ${silent.length} resources were not heard of`,
        },
      ];
    }),
};

/** Not those that depend on another of them, and one for all that share a failure domain; the times alone. */
function independent({ resources }: History, since: ReadonlyMap<string, number>): readonly number[] {
  const domains = new Set<string>();
  return resources.flatMap(({ facts, playbook }) => {
    const at = since.get(facts.resource);
    if (at === undefined || playbook.dependsOn.some((name) => since.has(name))) return [];
    const own = new Set(facts.nodes.flatMap(({ domain }) => domain ?? []));
    const [only] = own;
    if (own.size === 1 && only !== undefined) {
      if (domains.has(only)) return [];
      domains.add(only);
    }
    return [at];
  });
}

/** Since when most observers of each resource have been silent, before a place in the record. */
function silentSince({ entries }: Run, index: number): Map<string, number> {
  const since = new Map<string, number>();
  for (const entry of entries.slice(0, index)) {
    if (entry.type === 'healer') since.clear();
    if (entry.type !== 'input' || entry.input.type !== 'summary') continue;
    const { observers, silent = 0 } = entry.input.summary;
    if (observers < 2 || silent * 2 <= observers) since.delete(entry.resource);
    else if (!since.has(entry.resource)) since.set(entry.resource, entry.clock);
  }
  return since;
}

const atOnce = 3;

export const fewAtOnce: Rule = {
  name: 'fleet-concurrency',
  holds: 'no more attempts than the fleet allows are not over at once, and in one failure domain only',
  check: ({ history }, { intended }) =>
    intended.flatMap((attempt): Breach[] => {
      if (attempt.step.effect === 'restores') return [];
      const { index, at } = attempt.intended;
      const others = intended.filter(
        (other) =>
          other.intended.index < index &&
          other.step.effect !== 'restores' &&
          (other.over === null || other.over.index > index),
      );
      const domainsOf = (each: Intended) =>
        history.resources
          .flatMap(({ facts }) => facts.nodes)
          .filter(({ target }) => target !== undefined && each.targets.includes(target))
          .flatMap(({ domain }) => domain ?? []);
      const breaches: Breach[] = [];
      if (others.length >= atOnce)
        breaches.push({ at, what: `${attempt.id} is one of ${others.length + 1} at once` });
      const disrupted = others.filter(({ step }) => step.effect === 'disrupts').flatMap(domainsOf);
      const domains = new Set([...disrupted, ...domainsOf(attempt)]);
      if (attempt.step.effect === 'disrupts' && disrupted.length > 0 && domains.size > 1) {
        breaches.push({ at, what: `${attempt.id} disrupts in ${[...domains].join(' and ')} at once` });
      }
      return breaches;
    }),
};
