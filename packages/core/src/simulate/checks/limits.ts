import type { Breach, Rule } from './rule.ts';
import { type Story, wasTakenBack } from './story.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;

type Intended = Story['intended'][number];

function startsWithin(story: Story, attempt: Intended, spanMs: number): readonly Intended[] {
  const { clock, index } = attempt.intended;
  return story.intended.filter(
    (other) =>
      other.intended.index < index &&
      other.intended.clock > clock - spanMs &&
      other.step.effect !== 'restores' &&
      !wasTakenBack(other, index),
  );
}

export const budgetKept: Rule = {
  name: 'budget',
  holds:
    'a resource has no more attempts in a day, and the fleet no more disruptions in an hour, than allowed',
  check: (_run, story) =>
    story.intended.flatMap((attempt) => {
      const { step, resource, playbook, id, intended } = attempt;
      if (step.effect === 'restores') return [];
      const { attemptsPerDay, disruptivePerFleetHour } = playbook.limits;
      const { at } = intended;
      const breaches = [];
      const ofResource = startsWithin(story, attempt, dayMs).filter((other) => other.resource === resource);
      if (ofResource.length >= attemptsPerDay) {
        breaches.push({
          at,
          what: `${id} is attempt ${ofResource.length + 1} in a day of ${attemptsPerDay}`,
        });
      }
      const disruptions = startsWithin(story, attempt, hourMs).filter(
        (other) => other.step.effect === 'disrupts',
      );
      if (step.effect === 'disrupts' && disruptions.length >= disruptivePerFleetHour) {
        breaches.push({
          at,
          what: `${id} is disruption ${disruptions.length + 1} in an hour of ${disruptivePerFleetHour}`,
        });
      }
      return breaches;
    }),
};

export const blastRadiusKept: Rule = {
  name: 'blast-radius',
  holds:
    'an attempt on failing nodes touches no more nodes, no greater share and no more domains than allowed',
  check: ({ history }, { intended }) =>
    intended.flatMap(({ id, step, playbook, resource, targets, intended: { at } }): Breach[] => {
      if (step.effect === 'restores' || step.target.select === 'expression') return [];
      const nodes = history.resources.find(({ facts }) => facts.resource === resource)?.facts.nodes ?? [];
      const { blastRadiusNodes, blastRadiusShare, blastRadiusDomains } = playbook.limits;
      const most = Math.min(
        blastRadiusNodes,
        Math.max(1, Math.floor(blastRadiusShare * nodes.length + 1e-9)),
      );
      const domains = new Set(
        nodes
          .filter(({ target }) => target !== undefined && targets.includes(target))
          .flatMap(({ domain }) => domain ?? []),
      );
      if (targets.length > most)
        return [{ at, what: `${id} touches ${targets.length} nodes of at most ${most}` }];
      if (domains.size <= blastRadiusDomains) return [];
      return [{ at, what: `${id} touches ${domains.size} domains of at most ${blastRadiusDomains}` }];
    }),
};

export const graceKept: Rule = {
  name: 'grace',
  holds: "after the healer's start nothing but what restores runs until the evidence has gathered",
  check: ({ entries }, { intended }) =>
    intended.flatMap(({ id, step, playbook, intended: { at, clock, index } }) => {
      const { graceAfterStartMs, confirm } = playbook.open;
      if (step.effect === 'restores' || confirm.by === 'none') return [];
      const started = entries.findLast(
        (entry, place) => place < index && entry.type === 'healer' && entry.what === 'started',
      );
      const since = clock - (started?.clock ?? Number.NEGATIVE_INFINITY);
      if (since >= graceAfterStartMs || since < 0) return [];
      return [{ at, what: `${id} began ${since} ms after the healer's start` }];
    }),
};
