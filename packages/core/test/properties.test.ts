import {
  decide,
  effectiveness,
  explain,
  initialResourceState,
  type LogEntry,
  renderExplanation,
  viewIncidents,
  whyNot,
} from '@prunella/core';
import { World } from '@prunella/core/simulate';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { articlePlaybook, seconds } from './playbooks.ts';
import { facts, hasty, run, timed } from './random-run.ts';

describe('decide', () => {
  it('has an answer to every input in every state, and explains each state', () => {
    fc.assert(
      fc.property(timed, fc.constantFrom(...hasty), (inputs, playbook) => {
        run(inputs, playbook, ({ state, commands }, now) => {
          expect(JSON.parse(JSON.stringify(state))).toEqual(state);
          expect(renderExplanation(explain(state, playbook, facts, state.fleet, now), now)).toContain(
            'State',
          );
          viewIncidents(state);
          for (const command of commands) {
            if (command.type === 'wake') expect(command.at).toBeGreaterThan(now);
          }
        });
      }),
      { numRuns: 60 },
    );
  });

  it('is deterministic, and changes nothing that it was given', () => {
    fc.assert(
      fc.property(timed, fc.constantFrom(...hasty), (inputs, playbook) => {
        const first: string[] = [];
        let before = '';
        run(inputs, playbook, (decision) => {
          first.push(JSON.stringify(decision));
          before = JSON.stringify(decision.state);
        });
        const second: string[] = [];
        const last = run(inputs, playbook, (decision) => second.push(JSON.stringify(decision)));
        expect(second).toEqual(first);
        if (inputs.length > 0) expect(JSON.stringify(last)).toBe(before);
      }),
      { numRuns: 40 },
    );
  });

  it('is driven through every phase by these inputs', () => {
    const reached = new Set<string>();
    for (const playbook of hasty) {
      for (const given of fc.sample(timed, { numRuns: 150, seed: 7 })) {
        run(given, playbook, ({ events }) => {
          for (const event of events) {
            reached.add(event.type === 'verdict-given' ? event.verdict : event.type);
          }
        });
      }
    }
    expect([...reached]).toEqual(
      expect.arrayContaining([
        'incident-reopened',
        'attempt-held',
        'attempt-withdrawn',
        'attempt-shadowed',
        'approval-given',
        'approval-denied',
        'effective',
        'ineffective',
        'unverified',
        'ladder-paused',
        'ladder-resumed',
        'incident-exhausted',
      ]),
    );
  });

  it('has at most one attempt in flight, sends nothing while paused, and never to nobody', () => {
    fc.assert(
      fc.property(timed, fc.constantFrom(...hasty), (inputs, playbook) => {
        let inFlight: string | null = null;
        run(inputs, playbook, ({ state, events, commands }) => {
          for (const event of events) {
            if (event.type === 'attempt-intended') {
              expect(inFlight).toBeNull();
              expect(event.targets).not.toEqual([]);
              inFlight = event.attempt;
            }
            if (event.type === 'verdict-given' || event.type === 'attempt-withdrawn') {
              if (event.attempt === inFlight) inFlight = null;
            }
          }
          const sent = commands.some((command) => command.type === 'dispatch');
          expect(sent && state.fleet.paused !== null).toBe(false);
          // The intent is written with the order.
          expect(sent).toBe(events.some((event) => event.type === 'attempt-intended'));
        });
      }),
      { numRuns: 100 },
    );
  });
});

/** Commands that reach somebody: an application, a target, a person, or the fleet. */
const reaching: ReadonlySet<string> = new Set(['dispatch', 'cancel', 'direct', 'notify', 'follow-cohort']);

describe('the log', () => {
  it('has an event for every command that reaches somebody, and tells the fleet only what has changed', () => {
    fc.assert(
      fc.property(timed, fc.constantFrom(...hasty), (inputs, playbook) => {
        let told: string | null = null;
        const ended = new Set<string>();
        run(inputs, playbook, ({ state, events, commands }) => {
          const reached = commands.filter(({ type }) => reaching.has(type));
          // Of an unknown outcome the end is on the log at once; what it leads to waits for the deadline.
          const attempt = state.incident?.attempt ?? null;
          const isAwaited = attempt?.phase === 'verifying' && ended.has(attempt.id);
          if (reached.length > 0 && !isAwaited) expect(events, JSON.stringify(reached)).not.toEqual([]);
          for (const event of events) if (event.type === 'attempt-ended') ended.add(event.attempt);
          for (const command of commands) {
            if (command.type !== 'tell-fleet') continue;
            const text = JSON.stringify(command.standing);
            expect(text).not.toBe(told);
            told = text;
            expect(command.standing.incident?.open ?? false).toBe(state.incident?.closed === null);
          }
        });
      }),
      { numRuns: 60 },
    );
  });

  it('alone gives the record of every step that the machine keeps', () => {
    fc.assert(
      fc.property(timed, fc.constantFrom(...hasty), (inputs, playbook) => {
        const log: LogEntry[] = [];
        const last = run(inputs, playbook, ({ events }, now) => {
          for (const event of events) {
            log.push({
              sequence: log.length + 1,
              at: now,
              resource: 'rethinkdb/main',
              incident: null,
              event,
            });
          }
        });
        expect(effectiveness(log).get('rethinkdb/main') ?? []).toEqual(last.records ?? []);
      }),
      { numRuns: 60 },
    );
  });
});

describe('why not', () => {
  it('has an answer in every state, and the same as the ladder: what is due and not held runs', () => {
    fc.assert(
      fc.property(timed, fc.constantFrom(...hasty), (inputs, playbook) => {
        run(inputs, playbook, ({ state }, now) => {
          for (const action of ['salt.highstate', 'restart', 'nothing']) {
            const { runs, reasons, answer } = whyNot(state, playbook, facts, action, now);
            expect(runs).toBe(reasons.length === 0);
            expect(answer).not.toBe('');
            expect(renderWhyNot(reasons)).not.toContain('undefined');
          }
        });
      }),
      { numRuns: 40 },
    );
  });
});

function renderWhyNot(reasons: ReturnType<typeof whyNot>['reasons']): string {
  return reasons.map(({ rule, reason, remedy }) => `${rule} ${reason} ${remedy}`).join();
}

describe('a whole outage', () => {
  it('replayed from its inputs gives the same decisions', () => {
    const world = new World({ playbook: articlePlaybook() });
    for (const host of ['web1', 'web2', 'web3']) world.start(host);
    world.at(seconds(300), () => world.breaks());
    world.runUntil(seconds(1_500));
    let state = initialResourceState(world.resource);
    for (const { at, input } of world.inputs) {
      state = decide(state, input, world.playbook, world.facts, at).state;
    }
    expect(JSON.stringify(state)).toBe(JSON.stringify(world.state));
  });
});
