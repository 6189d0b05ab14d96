import type { Run } from '../record.ts';
import { heardBefore } from './evidence.ts';
import type { Breach, Rule } from './rule.ts';
import type { PlacedEvent, Story } from './story.ts';

/**
 * Failed probes of a resource decided with in the span before a place in the record: by the healer's clock, and by
 * true time, since a clock that is set back shows old ones as new.
 */
function failedWithin({ entries }: Run, resource: string, placed: PlacedEvent, spanMs: number): number {
  return entries.filter(
    (entry, index) =>
      index < placed.index &&
      entry.clock > placed.clock - spanMs &&
      entry.at > placed.at - spanMs &&
      entry.type === 'input' &&
      entry.resource === resource &&
      entry.input.type === 'probe' &&
      !entry.input.result.passed,
  ).length;
}

function closings(run: Run, story: Story): readonly PlacedEvent[] {
  return run.history.resources.flatMap(({ facts }) =>
    story
      .eventsOf(facts.resource)
      .filter(({ event }) => event.type === 'incident-closed' && event.credit.to !== 'person'),
  );
}

export const closedWhenVerified: Rule = {
  name: 'closed-when-verified',
  holds: 'an incident closes only after every probe passed for a whole soak and enough of its cohort is well',
  check: (run, story) =>
    closings(run, story).flatMap((placed): Breach[] => {
      const { resource, at } = placed;
      const playbook = story.playbookOf(resource);
      const soakMs = playbook.ladder.reduce((least, { verify }) => Math.min(least, verify.soakMs), Infinity);
      const failed = failedWithin(run, resource, placed, soakMs);
      if (failed > 0) return [{ at, what: `${resource} closed ${failed} failed probes into its soak` }];
      const { probes, summary } = heardBefore(run, resource, placed.index);
      const { nodes } = run.history.resources.find(({ facts }) => facts.resource === resource)?.facts ?? {
        nodes: [],
      };
      const unseen = nodes.filter(({ name }) => probes.get(name)?.passed !== true);
      if (playbook.open.confirm.by === 'probe' && unseen.length > 0) {
        return [{ at, what: `${resource} closed without a passing probe of ${unseen[0]?.name}` }];
      }
      const share = playbook.ladder.reduce((least, { verify }) => Math.min(least, verify.cohortShare), 1);
      const cohort = summary?.cohort ?? null;
      if (cohort === null || cohort.total === 0 || cohort.okSinceMark >= share * cohort.total - 1e-9)
        return [];
      return [
        { at, what: `${resource} closed with ${cohort.okSinceMark} of ${cohort.total} complaining ones ok` },
      ];
    }),
};

export const effectiveMeansWell: Rule = {
  name: 'effective-means-well',
  holds: 'a verdict is effective only where no touched node failed a probe during its soak',
  check: (run, story) =>
    story.attempts.flatMap((attempt): Breach[] => {
      if (attempt.verdict !== 'effective' || attempt.over === null) return [];
      const { index, clock, at } = attempt.over;
      const { soakMs } = attempt.step.verify;
      const { nodes } = run.history.resources.find(({ facts }) => facts.resource === attempt.resource)
        ?.facts ?? {
        nodes: [],
      };
      const touched = nodes
        .filter(({ target }) => target !== undefined && attempt.targets.includes(target))
        .map(({ name }) => name);
      const failed = run.entries.find(
        (entry, place) =>
          place < index &&
          entry.clock > clock - soakMs &&
          entry.at > at - soakMs &&
          entry.type === 'input' &&
          entry.resource === attempt.resource &&
          entry.input.type === 'probe' &&
          !entry.input.result.passed &&
          (entry.input.result.node === null || touched.includes(entry.input.result.node)),
      );
      if (failed !== undefined)
        return [{ at, what: `${attempt.id} was called effective within a failing soak` }];
      const { summary } = heardBefore(run, attempt.resource, index);
      const cohort = summary?.cohort ?? null;
      const needed = attempt.step.verify.cohortShare * (cohort?.total ?? 0) - 1e-9;
      if (cohort !== null && cohort.total > 0 && cohort.okSinceMark >= needed) return [];
      return [{ at, what: `${attempt.id} was called effective, and too few of the cohort say so` }];
    }),
};

export const complainersAsked: Rule = {
  name: 'complainers-asked',
  holds: 'before an attempt is judged by those who complained, they are asked to look again',
  check: ({ entries }, { attempts }) =>
    attempts.flatMap((attempt): Breach[] => {
      const { intended, over, verdict, result } = attempt;
      if (intended === null || over === null || verdict === null) return [];
      const failedEverywhere = (result?.targets ?? []).every(
        ({ outcome }) => outcome === 'failed' || outcome === 'refused',
      );
      // What failed at every target is judged at once, by nobody.
      if (result?.outcome === 'failed' && failedEverywhere) return [];
      const isAsked = entries
        .slice(intended.index, over.index)
        .some(
          (entry) =>
            entry.type === 'command' &&
            entry.resource === attempt.resource &&
            entry.command.type === 'direct' &&
            entry.command.to === 'cohort' &&
            entry.command.directive.directive === 'probe',
        );
      return isAsked ? [] : [{ at: over.at, what: `${attempt.id} was judged and nobody was asked to look` }];
    }),
};
