import type { TriggerFate } from '../../decide/event.ts';
import type { Run } from '../record.ts';
import type { Breach, Rule } from './rule.ts';
import type { Story } from './story.ts';

/** Every signal and every command that was taken is in the log once, with what became of it. */
export const triggersLogged: Rule = {
  name: 'triggers-logged',
  holds: 'every signal and command that was taken is on the log exactly once',
  check: ({ entries }) => {
    const balance = new Map<string, { at: number; taken: number; logged: number }>();
    const count = (id: string, at: number, what: 'taken' | 'logged') => {
      const known = balance.get(id) ?? { at, taken: 0, logged: 0 };
      known[what] += 1;
      balance.set(id, known);
    };
    for (const entry of entries) {
      if (entry.type === 'input') {
        if (entry.input.type === 'signal') count(entry.input.signal.id, entry.at, 'taken');
        if (entry.input.type === 'operator') count(entry.input.command.id, entry.at, 'taken');
      } else if (entry.type === 'event') {
        if (entry.event.type === 'signal-received') count(entry.event.signal.id, entry.at, 'logged');
        if (entry.event.type === 'operator-commanded') count(entry.event.command.id, entry.at, 'logged');
      }
    }
    return [...balance]
      .filter(([, { taken, logged }]) => taken !== logged)
      .map(([id, { at, taken, logged }]) => ({
        at,
        what: `${id} was taken ${taken} times and logged ${logged} times`,
      }));
  },
};

export const ledgerSums: Rule = {
  name: 'ledger-sums',
  holds:
    'accepted = executed + suppressed + rejected + expired + pending, and nothing is pending where nothing is open',
  check: (run, story) => run.history.resources.flatMap(({ facts }) => sums(run, story, facts.resource)),
};

type Fate = TriggerFate['fate'];

function sums(run: Run, story: Story, resource: string): Breach[] {
  const counts: Record<Fate, number> = { executed: 0, suppressed: 0, rejected: 0, expired: 0, pending: 0 };
  let accepted = 0;
  let open = false;
  const accept = (fate: Fate) => {
    accepted += 1;
    counts[fate] += 1;
  };
  const settle = (fate: Fate) => {
    const { pending } = counts;
    counts.pending = 0;
    counts[fate] += pending;
  };
  for (const { event } of story.eventsOf(resource)) {
    switch (event.type) {
      case 'signal-received':
      case 'operator-commanded':
        accept(event.trigger.fate);
        if (event.trigger.fate === 'pending') open = true;
        break;
      case 'incident-suspected':
        open = true;
        break;
      case 'incident-opened':
      case 'incident-reopened':
        open = true;
        if (counts.pending === 0) accept('pending');
        break;
      case 'attempt-intended':
        settle('executed');
        break;
      case 'incident-closed':
      case 'suspicion-ended':
        settle('suppressed');
        open = false;
        break;
      case 'incident-exhausted':
        settle('rejected');
        break;
      default:
    }
  }
  const sum = Object.values(counts).reduce((total, each) => total + each, 0);
  const at = run.history.durationMs;
  if (sum !== accepted)
    return [{ at, what: `${resource} accepted ${accepted} triggers and tells of ${sum}` }];
  if (counts.pending === 0 || open) return [];
  return [{ at, what: `${resource} has ${counts.pending} pending triggers and nothing that is open` }];
}
