import { foldEvent } from '../record/fold.ts';
import { change, type Turn } from './turn.ts';

/**
 * What this turn's events say of the steps that were taken, into their records. While the incident that they are
 * about is still the present one: a turn may close one and open the next.
 */
export function keepRecords(turn: Turn): void {
  const events = turn.events.slice(turn.recorded);
  turn.recorded = turn.events.length;
  if (events.length === 0) return;
  const before = turn.state.records ?? [];
  const records = events.reduce(
    (known, event) => foldEvent(known, event, turn.now, turn.state.incident),
    before,
  );
  if (records !== before) change(turn, { records });
}
