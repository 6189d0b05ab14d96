import type { Playbook } from '../playbook/playbook.ts';
import { advanceAttempt } from './attempt.ts';
import { climb } from './climb.ts';
import type { Command } from './command.ts';
import type { ResourceEvent } from './event.ts';
import type { ResourceFacts, ResourceInput } from './input.ts';
import { followQuorum, watchForOpening } from './open.ts';
import { keepProbing } from './probing.ts';
import { receive } from './receive.ts';
import { passTurnOn } from './recheck.ts';
import { keepRecords } from './records.ts';
import { watchForRecovery } from './recover.ts';
import { tellStanding } from './standing.ts';
import type { ResourceState } from './state.ts';
import type { Turn } from './turn.ts';
import { keepWitnesses } from './witnesses.ts';

export interface Decision {
  readonly state: ResourceState;
  readonly events: readonly ResourceEvent[];
  readonly commands: readonly Command[];
}

/** The frame of `decide`: total and deterministic; `now` is the healer's clock, ms since the Unix epoch. */
export type Decide = (
  state: ResourceState,
  input: ResourceInput,
  playbook: Playbook,
  facts: ResourceFacts,
  now: number,
) => Decision;

/** More changes of phase than one input can cause; a bound, not a limit that is ever met. */
const roundLimit = 32;

export const decide: Decide = (state, input, playbook, facts, now) => {
  const isAwake = state.wakeAt !== null && state.wakeAt <= now;
  const turn: Turn = {
    state: isAwake ? { ...state, wakeAt: null } : state,
    playbook,
    facts,
    now,
    events: [],
    recorded: 0,
    commands: [],
    wakes: [],
  };
  receive(turn, input);
  advance(turn);
  if (input.type === 'unlocked') passTurnOn(turn, input.attempt);
  keepProbing(turn);
  keepRecords(turn);
  tellStanding(turn);
  keepWitnesses(turn, input.type === 'healer-started');
  setWake(turn);
  return { state: turn.state, events: turn.events, commands: turn.commands };
};

/** Level-based: what the state calls for now, whatever input led to it. */
function advance(turn: Turn): void {
  followQuorum(turn);
  for (let round = 0; round < roundLimit; round += 1) {
    // Only the last round's wishes for a wake hold: an earlier phase's are over.
    turn.wakes.length = 0;
    watchForOpening(turn);
    if (watchForRecovery(turn)) continue;
    if (advanceAttempt(turn)) continue;
    if (!climb(turn)) return;
  }
}

function setWake(turn: Turn): void {
  const { now, state } = turn;
  const next = turn.wakes.reduce((earliest, at) => Math.min(earliest, at), Number.POSITIVE_INFINITY);
  const at = Number.isFinite(next) ? Math.max(Math.ceil(next), now + 1) : null;
  if (at === state.wakeAt) return;
  // An engine's earlier `wake` that nobody wants any more only brings a tick.
  turn.state = { ...state, wakeAt: at };
  if (at !== null) turn.commands.push({ type: 'wake', resource: state.resource, at });
}
