import { isTrue } from '../condition/condition.ts';
import { signalFacts } from '../condition/facts.ts';
import type { TriggerFate } from './event.ts';
import type { Signal } from './input.ts';
import { suspectFromSignal } from './open.ts';
import type { UnheededSignal } from './state.ts';
import { change, changeIncident, openIncident, type Turn } from './turn.ts';

const nodesKept = 256;
const unheededKept = 8;
/** `postgres~main.` and the incident's time, then the attempt's number. */
const ownAttemptPattern = /^[^\s~]{1,100}~[^\s~]{1,200}\.[0-9a-z]{1,12}\.\d{1,9}$/;

/** A signal opens where the playbook names it, joins what is open, and is on the log in any case. */
export function receiveSignal(turn: Turn, signal: Signal): void {
  const trigger = fateOf(turn, signal);
  turn.events.push({ type: 'signal-received', signal, trigger });
  keepUnheeded(turn, signal, trigger);
  if (signal.status !== 'firing' || !isNamed(turn, signal)) return;
  const incident = openIncident(turn.state);
  const node = turn.facts.nodes.find((each) => each.name === signal.node)?.name ?? null;
  if (incident === null) {
    const reason = `${signal.type} from ${signal.source}: ${signal.summary}`;
    suspectFromSignal(turn, reason, node, signalFacts(signal));
    noteOwnAttempt(turn, signal);
    return;
  }
  changeIncident(turn, { signalAt: turn.now, signal: signalFacts(signal) });
  if (node === null) return;
  const others = incident.signalNodes.filter((each) => each.node !== node);
  changeIncident(turn, { signalNodes: [...others, { node, at: turn.now }].slice(-nodesKept) });
}

/** A signal that names an attempt of ours is the echo of a repair, not news of the world. */
function noteOwnAttempt(turn: Turn, { data }: Signal): void {
  const named = data?.['attempt'];
  const { suspicion } = turn.state;
  if (typeof named !== 'string' || !ownAttemptPattern.test(named) || suspicion === null) return;
  const cause = { attempt: named, resource: null, targets: [], startedAt: turn.now, endedAt: turn.now };
  change(turn, { suspicion: { ...suspicion, cause } });
}

/** What nothing opens on is evidence all the same: a person shall see it. */
function keepUnheeded(turn: Turn, signal: Signal, trigger: TriggerFate): void {
  const { source, type, summary, node = null } = signal;
  const known = turn.state.unheededSignals ?? [];
  const others = known.filter((each) => each.source !== source || each.type !== type || each.node !== node);
  if (trigger.fate === 'rejected') {
    const unheeded: UnheededSignal = { source, type, node, summary, at: turn.now };
    change(turn, { unheededSignals: [...others, unheeded].slice(-unheededKept) });
  } else if (others.length < known.length) {
    change(turn, { unheededSignals: others });
  }
}

function fateOf(turn: Turn, signal: Signal): TriggerFate {
  const joins = openIncident(turn.state) !== null || turn.state.suspicion !== null;
  if (signal.status === 'resolved') return { fate: 'suppressed', why: joins ? 'joined' : 'recovered' };
  if (openIncident(turn.state) !== null) return { fate: 'suppressed', why: 'joined' };
  if (!isNamed(turn, signal)) {
    return joins
      ? { fate: 'suppressed', why: 'joined' }
      : { fate: 'rejected', why: `playbook ${turn.playbook.name} does not open on ${signal.type}` };
  }
  return turn.state.suspicion?.by === 'signal' ? { fate: 'suppressed', why: 'joined' } : { fate: 'pending' };
}

/** By its type, and by the condition on it where one is written. */
function isNamed({ playbook, facts }: Turn, signal: Signal): boolean {
  const { resource, labels } = facts;
  const asked = { resource, labels, signal: signalFacts(signal), faults: [] };
  return playbook.open.signals.some(
    (match) =>
      matches(match.type, signal.type) && (match.if === undefined || isTrue(match.if, 'signal', asked)),
  );
}

/** `*` stands for any run of characters. Linear: each literal part is looked for once, from left to right. */
function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  const [first = ''] = parts;
  if (parts.length === 1) return pattern === text;
  const last = parts[parts.length - 1] ?? '';
  if (!text.startsWith(first) || text.length < first.length + last.length) return false;
  let position = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, position);
    if (found < 0) return false;
    position = found + part.length;
  }
  return position <= text.length - last.length && text.endsWith(last);
}
