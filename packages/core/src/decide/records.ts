import { foldEvent } from '../record/fold.ts';
import { change, type Turn } from './turn.ts';

/** What this turn's events say of the steps that were taken, into their records. */
export function keepRecords(turn: Turn): void {
  if (turn.events.length === 0) return;
  const before = turn.state.records ?? [];
  const records = turn.events.reduce(
    (known, event) => foldEvent(known, event, turn.now, turn.state.incident),
    before,
  );
  if (records !== before) change(turn, { records });
}
