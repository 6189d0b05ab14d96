import type { Run } from '../record.ts';
import type { BrokenRule } from './rules.ts';

/** For histories in which no repair is right: every disruptive order in them is harm. */
export function harmDone({ entries }: Run): readonly BrokenRule[] {
  return entries.flatMap((entry) =>
    entry.type === 'sent' && entry.order.effect === 'disrupts'
      ? [
          {
            rule: 'no-harm',
            at: entry.at,
            what: `${entry.order.attempt} disrupts ${entry.order.targets.join(', ')}`,
          },
        ]
      : [],
  );
}
