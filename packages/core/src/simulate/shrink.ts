import { brokenRules } from './checks/rules.ts';
import type { Happening, History } from './history/history.ts';
import { calmNetwork } from './network.ts';
import { Simulation } from './simulation.ts';

/** Histories that are lived at most on the way to a smaller one. */
const triesAtMost = 400;

/** The smallest history found that still breaks the rule: fewer things go wrong, in a calmer and shorter world. */
export function shrinkHistory(history: History, rule: string): History {
  let best = history;
  let tries = 0;
  const accept = (candidate: History): boolean => {
    tries += 1;
    if (tries > triesAtMost || !breaks(candidate, rule)) return false;
    best = candidate;
    return true;
  };
  for (const calm of calmer) accept({ ...best, ...calm(best) });
  shrinkList(
    () => best.happenings,
    (happenings) => accept({ ...best, happenings }),
  );
  shrinkList(
    () => best.services,
    (services) => accept({ ...best, services }),
  );
  shrinkList(
    () => best.answers,
    (answers) => accept({ ...best, answers }),
  );
  shrinkList(
    () => best.fates,
    (fates) => accept({ ...best, fates }),
  );
  shrinkList(
    () => best.resources,
    (resources) => accept({ ...best, ...withResources(best, resources) }),
  );
  for (const calm of calmer) accept({ ...best, ...calm(best) });
  return best;
}

function breaks(history: History, rule: string): boolean {
  return brokenRules(new Simulation(history).run()).some((broken) => broken.rule === rule);
}

/** Drops halves, then quarters, and at last single items, from the end. */
function shrinkList<Item>(present: () => readonly Item[], accept: (items: readonly Item[]) => boolean): void {
  for (let size = Math.ceil(present().length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let end = present().length; end > 0; end -= size) {
      const items = present();
      const start = Math.max(0, end - size);
      accept([...items.slice(0, start), ...items.slice(end)]);
    }
  }
}

function withResources(history: History, resources: History['resources']): Partial<History> {
  const names = new Set(resources.map(({ facts }) => facts.resource));
  const isLeft = (happening: Happening) => !('resource' in happening) || names.has(happening.resource);
  return {
    resources,
    services: history.services.map((service) => ({
      ...service,
      resources: service.resources.filter((name) => names.has(name)),
    })),
    happenings: history.happenings.filter(isLeft),
  };
}

const calmer: readonly ((history: History) => Partial<History>)[] = [
  (history) => {
    const broken = brokenRules(new Simulation(history).run());
    const last = Math.max(0, ...broken.map(({ at }) => at));
    return last === 0 ? {} : { durationMs: Math.min(history.durationMs, last + 1_000) };
  },
  () => ({ network: { ...calmNetwork, leastDelayMs: 1, mostDelayMs: 20 } }),
  ({ healer }) => ({ healer: { ...healer, driftPerMillion: 0 } }),
  ({ healer }) => ({ healer: { ...healer, commitMs: [1, 1] } }),
];
