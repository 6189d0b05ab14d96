import {
  type ActionFacts,
  type Command,
  explain,
  type Prediction,
  parsePlaybook,
  viewIncidents,
} from '@prunella/core';
import { World } from '@prunella/core/simulate';
import { describe, expect, it } from 'vitest';
import { samePredictions } from '../src/decide/dry-run.ts';
import { articlePlaybook, highstate, minutes, seconds } from './playbooks.ts';

const outageAt = minutes(5);
const files: Prediction = {
  id: 'minion-db1',
  count: 2,
  changes: [
    { name: 'app-conf', detail: 'file.managed /etc/app.conf: diff' },
    { name: 'db-data', detail: 'file.directory /srv/db: mode' },
  ],
};

type Asked = NonNullable<Extract<Command, { type: 'resolve-targets' }>['dryRun']>;

/** A ladder of one step, and a backend whose dry run says this, by the how-manieth it is. */
function broken(
  dryRun: { mostChanges: number; never: readonly string[] },
  predict: (run: number, asked: Asked | undefined) => readonly Prediction[],
  autonomy: 'ask' | 'auto' = 'auto',
): { world: World; asked: () => number } {
  let runs = 0;
  const playbook = articlePlaybook({ ladder: [{ ...highstate, autonomy, dryRun }] });
  const world = new World({
    playbook,
    resolve: (command) => {
      if (command.dryRun !== undefined) runs += 1;
      const targets = command.failing.map(({ node, target }) => ({ id: target, responding: true, node }));
      return { resolved: true, targets, predictions: predict(runs, command.dryRun) };
    },
  });
  for (const host of ['web1', 'web2', 'web3']) world.start(host);
  world.at(outageAt, () => world.breaks());
  return { world, asked: () => runs };
}

const withdrawn = (world: World) => world.eventsOf('attempt-withdrawn').map(({ reason }) => reason);

describe('a dry run', () => {
  it('that predicts no more than the step allows lets it run', () => {
    const { world } = broken({ mostChanges: 2, never: ['firewall*'] }, () => [files]);
    world.runUntil(outageAt + minutes(6));
    expect(world.orders).toHaveLength(1);
  });

  it.each([
    ['more changes', { mostChanges: 1, never: [] }, 'it would change 2 on minion-db1'],
    ['what must not change', { mostChanges: 9, never: ['db-*'] }, 'it would change db-data on minion-db1'],
  ])('that predicts %s refuses the step in this incident', (_what, policy, why) => {
    const { world } = broken(policy, () => [files]);
    world.runUntil(outageAt + minutes(30));
    expect(world.orders).toEqual([]);
    expect(withdrawn(world)).toEqual([expect.stringContaining(why)]);
    expect(world.state.incident?.steps[0]?.refused).toMatchObject({ guardrail: 'dry-run' });
  });

  it('counts what it does not name', () => {
    const { world } = broken({ mostChanges: 100, never: [] }, () => [{ ...files, count: 101 }]);
    world.runUntil(outageAt + minutes(30));
    expect(world.orders).toEqual([]);
  });

  it('tells the backend what must not change, and refuses what it marks, whatever name is shown', () => {
    const never = ['set password for app'];
    const marked = { name: 'cmd.run (id not shown, #1a2b)', detail: 'cmd.run', forbidden: true as const };
    const told: (readonly string[] | undefined)[] = [];
    const { world } = broken({ mostChanges: 9, never }, (_, asked) => {
      told.push(asked?.never);
      return [{ id: 'minion-db1', count: 1, changes: [marked], digest: 'a' }];
    });
    world.runUntil(outageAt + minutes(30));
    expect(told).toEqual([never]);
    expect(world.orders).toEqual([]);
    expect(withdrawn(world)).toEqual([
      expect.stringContaining(`it would change ${marked.name} on minion-db1`),
    ]);
  });

  it('whose backend compared all its changes is believed, also of those that it does not name as they are', () => {
    const changes = [{ name: 'cmd.run (id not shown, #1a2b)', detail: 'cmd.run' }];
    const { world } = broken({ mostChanges: 100, never: ['cmd.*'] }, () => [
      { ...files, count: 60, changes, digest: 'a' },
    ]);
    world.runUntil(outageAt + minutes(6));
    expect(world.orders).toHaveLength(1);
  });

  it('that names fewer than it counts, of a backend that did not compare them, holds', () => {
    const { world } = broken({ mostChanges: 100, never: ['firewall*'] }, () => [{ ...files, count: 60 }]);
    world.runUntil(outageAt + minutes(30));
    expect(world.orders).toEqual([]);
    const { next } = explain(world.state, world.playbook, world.facts, world.state.fleet, world.agenda.now);
    expect(next.what).toContain('58 of its 60 changes are not named');
  });

  it.each([
    ['could not be made', [{ id: 'minion-db1', count: 0, changes: [], problem: 'no answer' }]],
    ['says nothing of a target', []],
  ])('that %s holds, and is made again', (_what, first) => {
    const { world, asked } = broken({ mostChanges: 2, never: [] }, (run) => (run < 3 ? first : [files]));
    world.runUntil(outageAt + minutes(5) + seconds(30));
    expect(
      explain(world.state, world.playbook, world.facts, world.state.fleet, world.agenda.now).next.what,
    ).toContain('is not known');
    world.runUntil(outageAt + minutes(8));
    expect(asked()).toBe(3);
    expect(world.orders).toHaveLength(1);
  });

  it('is shown to the person who is asked, in words and as data', () => {
    const { world } = broken({ mostChanges: 2, never: [] }, () => [files], 'ask');
    world.runUntil(outageAt + minutes(6));
    const shown = 'app-conf (file.managed /etc/app.conf: diff)';
    const { next } = explain(world.state, world.playbook, world.facts, world.state.fleet, world.agenda.now);
    expect(next.what).toContain(shown);
    const notes = world.commands.flatMap(({ command }) => (command.type === 'notify' ? [command.text] : []));
    expect(notes.join()).toContain(shown);
    const [incident] = viewIncidents(world.state);
    expect(incident?.attempts[0]?.predictions).toEqual([files]);
    world.command({ type: 'approve', attempt: incident?.attempts[0]?.attempt ?? '' });
    world.runUntil(outageAt + minutes(7));
    expect(world.orders).toHaveLength(1);
  });

  const other = { ...files, count: 1, changes: [{ name: 'other', detail: 'file.managed' }] };
  const many = { ...files, count: 60, digest: 'a' };
  it.each([
    ['something else', files, other],
    ['something else among what it does not name', many, { ...many, digest: 'b' }],
  ])('that says %s after the approval voids it', (_what, first, then) => {
    const policy = { mostChanges: 60, never: [] };
    const { world } = broken(policy, (run) => [run === 1 ? first : then], 'ask');
    world.runUntil(outageAt + minutes(6));
    world.command({ type: 'approve', attempt: world.state.incident?.attempt?.id ?? '' });
    world.runUntil(outageAt + minutes(6) + seconds(20));
    expect(world.orders).toEqual([]);
    expect(withdrawn(world)).toEqual([expect.stringContaining('it would change something else now')]);
  });

  it.each([
    ['named all, by an older healer that kept no digest', files, { ...files, digest: 'a' }],
    ['is the same in another order', many, { ...many, changes: [...many.changes].reverse() }],
  ])('that %s lets the approval count', (_what, first, then) => {
    const policy = { mostChanges: 60, never: [] };
    const { world } = broken(policy, (run) => [run === 1 ? first : then], 'ask');
    world.runUntil(outageAt + minutes(6));
    world.command({ type: 'approve', attempt: world.state.incident?.attempt?.id ?? '' });
    world.runUntil(outageAt + minutes(7));
    expect(world.orders).toHaveLength(1);
  });

  it('of which an older healer kept some names only is not the same as another', () => {
    const kept = (prediction: Prediction) => ({
      at: 0,
      resolved: true,
      ids: [],
      silent: [],
      failing: [],
      predictions: [prediction],
    });
    const some = { ...files, count: 60 };
    expect(samePredictions(kept(some), kept(some))).toBe(false);
    expect(samePredictions(kept(some), kept(many))).toBe(false);
    expect(samePredictions(kept(files), kept(files))).toBe(true);
  });
});

describe('a playbook', () => {
  const actions: ReadonlyMap<string, ActionFacts> = new Map([
    ['a.state', { action: 'a.state', effect: 'repairs', highestAutonomy: 'auto', dryRuns: true }],
    ['a.other', { action: 'a.other', effect: 'repairs', highestAutonomy: 'auto' }],
  ]);
  const parse = (step: string) =>
    parsePlaybook(`playbook: a\nfor: a/b\nladder: [{ ${step} }]\n`, 'a.yaml', { actions });

  it('says how much a dry run may predict, with defaults', () => {
    expect(parse('action: a.state, dryRun: {}').playbooks[0]?.ladder[0].dryRun).toEqual({
      mostChanges: 10,
      never: [],
    });
  });

  it('is refused where nobody can tell beforehand, and where it makes no sense', () => {
    expect(parse('action: a.other, dryRun: {}').problems).toMatchObject([{ code: 'dry-run-unknown' }]);
    expect(parse('action: a.state, dryRun: { mostChanges: -1 }').playbooks).toEqual([]);
    expect(parse('action: a.state, dryRun: yes').playbooks).toEqual([]);
  });
});
