import { type Playbook, whyNot } from '@prunella/core';
import { World } from '@prunella/core/simulate';
import { describe, expect, it } from 'vitest';
import { articlePlaybook, highstate, minutes, restart, seconds } from './playbooks.ts';

const outageAt = minutes(5);

function broken(playbook: Playbook = articlePlaybook()): World {
  const world = new World({ playbook });
  for (const host of ['web1', 'web2', 'web3']) world.start(host);
  world.at(outageAt, () => world.breaks());
  return world;
}

const ask = (world: World, action: string, playbook: Playbook | null = world.playbook) =>
  whyNot(world.state, playbook, world.facts, action, world.agenda.now);
const rules = (world: World, action: string) => ask(world, action).reasons.map(({ rule }) => rule);

describe('why an action does not run', () => {
  it('is that no playbook is for the resource, or none of its steps has it', () => {
    const world = broken();
    expect(ask(world, 'salt.restart', null).answer).toContain('no playbook is for this resource');
    const { answer, runs } = ask(world, 'salt.restrat');
    expect(runs).toBe(false);
    expect(answer).toBe('playbook article has no step with salt.restrat; did you mean salt.restart?');
  });

  it('is that nothing is open, with what is seen instead', () => {
    const world = broken();
    world.runUntil(outageAt - minutes(1));
    expect(ask(world, 'restart').answer).toBe(
      'no incident is open: ok: 3 instances observe it, none is sick',
    );
    world.runUntil(outageAt + seconds(30));
    expect(ask(world, 'salt.restart').answer).toContain('no incident is open: suspected');
  });

  it('is the order of the ladder, or that it is not due yet', () => {
    const world = broken();
    world.runUntil(outageAt + minutes(2));
    expect(ask(world, 'salt.restart').reasons).toMatchObject([
      { rule: 'ladder', reason: 'step highstate is milder and must run once before it', until: null },
    ]);
    const due = ask(world, 'salt.highstate').reasons;
    expect(due).toMatchObject([{ rule: 'ladder', reason: 'it is due in 3 min' }]);
    expect(due[0]?.until).toBeGreaterThan(world.agenda.now);
  });

  it('is the kind of fault', () => {
    const world = broken(
      articlePlaybook({
        ladder: [
          { ...highstate, when: ['corrupt'] },
          { ...restart, afterMs: minutes(9) },
        ],
      }),
    );
    world.runUntil(outageAt + minutes(6));
    expect(ask(world, 'highstate').answer).toBe('it is for corrupt; now unreachable');
  });

  it('is every guardrail that stands against it, each with its remedy', () => {
    const world = broken();
    world.at(outageAt + minutes(1), () => world.tellFleet({ type: 'pause', by: 'ada', reason: 'x' }));
    world.at(outageAt + minutes(3), () => world.command({ type: 'claim', reason: '' }));
    world.runUntil(outageAt + minutes(6));
    const { reasons } = ask(world, 'salt.highstate');
    expect(reasons.map(({ rule, remedy }) => [rule, remedy])).toEqual([
      ['kill-switch', 'prunella resume'],
      ['somebody-else', `prunella release ${world.state.incident?.id}`],
    ]);
  });

  it('is that a person is asked, before and after it is proposed', () => {
    const world = broken(articlePlaybook({ ladder: [{ ...highstate, autonomy: 'ask' }] }));
    world.runUntil(outageAt + minutes(2));
    expect(rules(world, 'highstate')).toEqual(['ladder', 'autonomy']);
    world.runUntil(outageAt + minutes(6));
    const { reasons } = ask(world, 'highstate');
    expect(reasons.map(({ rule }) => rule)).toEqual(['approval']);
    expect(reasons[0]?.remedy).toBe(`prunella approve ${world.state.incident?.attempt?.id}`);
  });

  it('is the verification of the run before it', () => {
    const world = broken();
    world.runUntil(outageAt + minutes(6));
    expect(ask(world, 'highstate').answer).toContain('has ended and is verified');
    expect(rules(world, 'restart')).toContain('one-in-flight');
  });

  it('is nothing while it runs', () => {
    const world = broken(articlePlaybook({ ladder: [{ ...highstate, afterMs: minutes(2) }] }));
    while (world.state.incident?.attempt?.phase !== 'in-flight') world.runUntil(world.elapsed + 10);
    expect(ask(world, 'highstate')).toMatchObject({ runs: true, reasons: [] });
  });

  it('is that all its runs are used, or that it was refused', () => {
    const playbook = articlePlaybook({ ladder: [{ ...highstate, autonomy: 'ask', afterMs: minutes(2) }] });
    const world = broken(playbook);
    world.at(outageAt + minutes(3), () =>
      world.command({ type: 'reject', attempt: world.state.incident?.attempt?.id ?? '', reason: 'no' }),
    );
    world.runUntil(outageAt + minutes(4));
    expect(ask(world, 'highstate').answer).toContain('it is refused in this incident by approval');
    expect(rules(world, 'highstate')).toContain('stop-when-unproven');
  });
});
