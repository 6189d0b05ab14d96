import type { Observers } from '../api/resources.ts';

const order = ['down', 'degraded', 'unknown', 'ok'] as const;

/** How many instances see it how, the worst first: `1 down, 3 ok`. */
export function observersText(observers: Observers): string {
  const parts = order.flatMap((condition) => {
    const count = observers[condition] ?? 0;
    return count === 0 ? [] : [`${count} ${condition}`];
  });
  return parts.length === 0 ? 'no instance reports it' : parts.join(', ');
}
