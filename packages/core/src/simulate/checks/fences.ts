import type { Breach, Rule } from './rule.ts';

export const fencesGrow: Rule = {
  name: 'fences-grow',
  holds: 'every order carries a higher fence than all that were decided before it',
  check: ({ entries }) => {
    let highest = 0;
    const breaches: Breach[] = [];
    for (const entry of entries) {
      if (entry.type !== 'command' || entry.command.type !== 'dispatch') continue;
      const { attempt, fence } = entry.command.order;
      if (fence.number <= highest) {
        breaches.push({ at: entry.at, what: `${attempt} carries fence ${fence.number} after ${highest}` });
      }
      highest = Math.max(highest, fence.number);
    }
    return breaches;
  },
};

export const onceWhereFenced: Rule = {
  name: 'once-where-fenced',
  holds: 'where targets check fences nothing is applied twice, out of order, or past its time',
  check: ({ entries }) => {
    const seen = new Set<string>();
    const highest = new Map<string, number>();
    return entries.flatMap((entry) => {
      if (entry.type !== 'applied' || !entry.checked) return [];
      const { target, attempt, fence, at, notAfter, targetClock } = entry;
      const breaches: Breach[] = [];
      if (seen.has(`${target} ${attempt}`))
        breaches.push({ at, what: `${attempt} was applied twice at ${target}` });
      seen.add(`${target} ${attempt}`);
      if (fence <= (highest.get(target) ?? 0)) {
        breaches.push({ at, what: `${attempt} was applied at ${target} after a later order` });
      }
      highest.set(target, fence);
      if (targetClock > notAfter) {
        breaches.push({ at, what: `${attempt} was applied at ${target} past its time` });
      }
      return breaches;
    });
  },
};
