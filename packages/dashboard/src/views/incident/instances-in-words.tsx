import { timeOfDay } from '../../text/time.ts';
import type { Lane } from './lane.ts';
import { itemsOf } from './timeline-items.ts';

const changesInWords = 6;

/** The lanes of instances for those who do not see them, each in a sentence. */
export function InstancesInWords({ lanes, end }: { readonly lanes: readonly Lane[]; readonly end: number }) {
  const instances = lanes.filter(({ of }) => of !== undefined);
  if (instances.length === 0) return null;
  return (
    <ul class="visually-hidden" aria-label="What each instance saw">
      {instances.map((lane) => {
        const seen = itemsOf([lane], end).map(({ from, text }) => `${timeOfDay(from, end)} ${text}`);
        const more = seen.length > changesInWords ? `; ${seen.length - changesInWords} more changes` : '';
        return (
          <li key={lane.name}>
            {lane.name}: {seen.slice(0, changesInWords).join('; ')}
            {more}
          </li>
        );
      })}
    </ul>
  );
}
