import {
  decideFleet,
  defaultFleetSettings,
  type FleetInput,
  fleetFacts,
  initialFleetState,
  initialObserveState,
  mergeSummaries,
  nextObserveAt,
  observe,
  type ResourceInput,
} from '@prunella/core';
import { worldBegan } from '@prunella/core/simulate';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextFleetAt } from '../src/fleet/fleet.ts';
import { askGuardrails } from '../src/guardrails/registry.ts';
import { announcements, fleetInputs, reports, resourceInputs, summaries, surroundings } from './arbitrary.ts';
import { holding, lowering } from './guardrail-cases.ts';
import { facts, now as guardrailNow } from './guardrail-facts.ts';
import { decided, instants, momentsOf, timesIn, told } from './instants.ts';
import { fit } from './random-run.ts';
import { expectAsRecorded } from './recorded.ts';
import { lived, stories } from './stories.ts';

const momentsAtMost = 18;
const inputsOfAMoment = 44;

const commanded = announcements.map(
  (command): ResourceInput => ({ type: 'operator', command: { id: 'c', by: 'ada', command } }),
);
const anything: readonly ResourceInput[] = fc.sample(
  fc.oneof(
    { weight: 5, arbitrary: resourceInputs },
    { weight: 2, arbitrary: surroundings },
    { weight: 2, arbitrary: commanded },
  ),
  { seed: 11, numRuns: 600 },
);

describe('at the instants at which something ends or falls due, what is decided and told is as recorded', () => {
  it.each(stories.map((story) => [story.name, story] as const))('%s', (name, story) => {
    const world = lived(story);
    const { playbook, facts: declared } = world;
    const moments = momentsOf(world.inputs, playbook, declared, momentsAtMost);
    expect(moments.length).toBeGreaterThan(3);
    const waited: string[] = [];
    const said: string[] = [];
    const met: string[] = [];
    for (const [index, { state, now }] of moments.entries()) {
      const subject = { state, playbook, facts: declared };
      for (const at of instants(state, playbook, now, 24)) {
        waited.push(decided(subject, { type: 'tick' }, at).text);
        said.push(told(subject, at));
      }
      for (let count = 0; count < inputsOfAMoment; count += 1) {
        const input = anything[(index * inputsOfAMoment + count) % anything.length];
        if (input === undefined) continue;
        const { text, next } = decided(subject, fit(input, state, now), now);
        met.push(text, told({ ...subject, state: next }, now));
        if (next.wakeAt === null) continue;
        met.push(decided({ ...subject, state: next }, { type: 'tick' }, next.wakeAt).text);
      }
    }
    const events = JSON.stringify(world.events);
    expectAsRecorded('instants.json', name, {
      events,
      waited: waited.join('\n'),
      said: said.join('\n'),
      met: met.join('\n'),
    });
  });
});

describe('each guardrail says at each instant what is recorded', () => {
  it.each([...holding, ...lowering].map(([name, change], index) => [`${name} ${index}`, change] as const))(
    '%s',
    (name, change) => {
      const given = facts(change);
      const at = [guardrailNow - 1, guardrailNow, ...instants(given, given.playbook, guardrailNow, 40)];
      const said = at.map((now) => {
        const { holds, refusal, autonomy } = askGuardrails({ ...given, now });
        return JSON.stringify([now, holds, refusal, autonomy]);
      });
      expectAsRecorded('instants.json', `guardrail ${name}`, { said: said.join('\n') });
    },
  );
});

describe('the fleet decides at each instant what is recorded', () => {
  const given = fc.sample(fc.tuple(fc.integer({ min: 0, max: 40_000 }), fleetInputs), {
    seed: 12,
    numRuns: 400,
  });
  const hourMs = 3_600_000;
  it.each([
    ['as it is by default', defaultFleetSettings],
    [
      'with a storm of two',
      { ...defaultFleetSettings, storm: { ...defaultFleetSettings.storm, incidents: 2 } },
    ],
  ] as const)('%s', (name, settings) => {
    let state = initialFleetState('a', 1);
    let now = worldBegan;
    const said: string[] = [];
    for (const [index, [later, input]] of given.entries()) {
      now += later;
      const used: FleetInput[] = index % 3 === 0 ? [] : [{ type: 'tick' }];
      for (const each of [input, ...used]) {
        const decision = decideFleet(state, each, now, settings);
        state = decision.state;
        said.push(JSON.stringify([decision, fleetFacts(state), nextFleetAt(state)]));
      }
      for (const lease of state.leases.rows().filter((each) => !each.used && index % 2 === 0)) {
        state = decideFleet(state, { type: 'used', attempt: lease.attempt }, now, settings).state;
      }
      if (index % 8 !== 0) continue;
      const spans = [0, 10_000, 60_000, settings.storm.withinMs, hourMs, 24 * hourMs];
      const due = timesIn(state).flatMap((time) => spans.map((span) => time + span));
      for (const at of new Set(due.filter((each) => each >= now).slice(0, 60))) {
        for (const asked of [input, { type: 'tick' } as const]) {
          said.push(JSON.stringify(decideFleet(state, asked, at, settings)));
        }
      }
    }
    expectAsRecorded('instants.json', `fleet ${name}`, { said: said.join('\n') });
  });
});

describe('what is observed is as recorded', () => {
  it('of instances that come, fall silent and say goodbye', () => {
    const given = fc.sample(fc.tuple(fc.integer({ min: 0, max: 12_000 }), reports), {
      seed: 13,
      numRuns: 700,
    });
    const state = initialObserveState();
    let now = worldBegan;
    const said: string[] = [];
    for (const [index, [later, report]] of given.entries()) {
      const until = now + (index % 50 === 49 ? 700_000 : later);
      for (let at = nextObserveAt(state); at !== null && at <= until; ) {
        said.push(JSON.stringify(observe(state, { type: 'tick' }, at)));
        const next = nextObserveAt(state);
        at = next === at ? null : next;
      }
      now = until;
      said.push(JSON.stringify(observe(state, { type: 'report', report }, now)));
      if (index % 20 !== 7) continue;
      const what = index % 40 === 7 ? 'begin' : 'mark';
      const follow = {
        type: 'follow-cohort',
        resource: 'rethinkdb/main',
        incident: 'i1',
        what,
        at: now,
      } as const;
      said.push(JSON.stringify(observe(state, follow, now)));
    }
    expectAsRecorded('instants.json', 'observed', { said: said.join('\n') });
  });

  it('of two healers together', () => {
    const given = fc.sample(fc.tuple(summaries, summaries), { seed: 14, numRuns: 150 });
    const merged = given.map(([left, right]) => JSON.stringify(mergeSummaries(left, right)));
    expectAsRecorded('instants.json', 'merged', { merged: merged.join('\n') });
  });
});
