import { describe, expect, it } from 'vitest';
import { callOf, saltActions } from './actions.ts';

describe('the actions of Salt', () => {
  it('have an effect each: what stops a service disrupts, what only looks restores, all else repairs', () => {
    const effects = Object.fromEntries(
      [...saltActions.values()].map(({ action, effect }) => [action, effect]),
    );
    expect(effects).toEqual({
      'salt.state.highstate': 'repairs',
      'salt.state.apply': 'repairs',
      'salt.state.test': 'restores',
      'salt.service.start': 'repairs',
      'salt.service.reload': 'repairs',
      'salt.service.restart': 'disrupts',
      'salt.service.stop': 'disrupts',
      'salt.cmd.run': 'disrupts',
      'salt.function': 'disrupts',
      'salt.runner': 'disrupts',
      'salt.orchestrate': 'disrupts',
      'salt.cloud.create': 'disrupts',
    });
  });

  it('always ask a person where the master itself is ordered', () => {
    const asking = [...saltActions.values()].filter(({ highestAutonomy }) => highestAutonomy === 'ask');
    expect(asking.map(({ action }) => action)).toEqual([
      'salt.runner',
      'salt.orchestrate',
      'salt.cloud.create',
    ]);
  });

  it('become functions with named parameters', () => {
    expect(callOf('salt.service.restart', { service: 'rethinkdb' })).toMatchObject({
      function: 'service.restart',
      parameters: [{ name: 'name', value: 'rethinkdb' }],
      hook: 'services/restart',
    });
    expect(callOf('salt.state.apply', { states: ['app', 'db.main'] })).toMatchObject({
      function: 'state.apply',
      parameters: [{ name: 'mods', value: 'app,db.main' }],
    });
  });

  it('of states can be pinned to a revision that the master serves', () => {
    const revision = 'v1.2.3';
    expect(callOf('salt.state.highstate', { revision })).toMatchObject({
      keywords: { saltenv: revision },
      hook: null,
    });
    expect(callOf('salt.state.apply', { states: 'app', revision }).keywords).toEqual({ saltenv: revision });
    expect(callOf('salt.state.highstate', {})).toMatchObject({ keywords: {}, hook: 'states/highstate' });
    for (const bad of ['', '-x', 'a b', 7, ['a']]) {
      expect(() => callOf('salt.state.highstate', { revision: bad })).toThrow('revision');
    }
  });

  it('run a command only as the configuration has it, and other functions with arguments by name', () => {
    const allowed = { commands: new Set(['recover --now']), runners: new Set<string>() };
    expect(callOf('salt.cmd.run', { command: 'recover --now' }, allowed)).toMatchObject({
      function: 'cmd.run',
      parameters: [{ name: 'cmd', value: 'recover --now' }],
    });
    expect(() => callOf('salt.cmd.run', { command: 'recover --now; id' }, allowed)).toThrow('exactly so');
    const given = {
      function: 'rabbitmq.start_app',
      arguments: { runas: 'root' },
      expect: { contains: 'ok' },
    };
    expect(callOf('salt.function', given)).toMatchObject({
      function: 'rabbitmq.start_app',
      parameters: [],
      keywords: { runas: 'root' },
      expects: { contains: ['ok'] },
    });
  });

  it.each([
    ['salt.service.restart', {}],
    ['salt.service.restart', { service: '' }],
    ['salt.service.restart', { service: '--all' }],
    ['salt.service.restart', { service: 'a b' }],
    ['salt.service.restart', { service: ['a'] }],
    ['salt.service.restart', { service: 'a', no_block: true }],
    ['salt.state.highstate', { concurrent: true }],
    ['salt.state.apply', {}],
    ['salt.state.apply', { states: [] }],
    ['salt.state.apply', { states: ['a,b'] }],
    ['salt.cmd.run', { cmd: 'id' }],
    ['salt.cmd.run', { command: '' }],
    ['salt.cmd.run', { command: 'id' }],
    ['salt.cmd.run', { command: 'recover --now', expect: { retcodes: 0 } }],
    ['salt.function', {}],
    ['salt.function', { function: 'rabbitmq' }],
    ['salt.function', { function: 'cmd.run', arguments: { cmd: 'id' } }],
    ['salt.function', { function: 'state.highstate' }],
    ['salt.function', { function: 'module.run', arguments: { name: 'cmd.run' } }],
    ['salt.function', { function: 'rabbitmq.stop_app', arguments: ['name'] }],
    ['salt.function', { function: 'rabbitmq.stop_app', arguments: { __kwarg__: true } }],
    ['salt.function', { function: 'rabbitmq.stop_app', arguments: { name: 'x'.repeat(9_000) } }],
    ['salt.runner', { function: 'manage.up' }],
    ['salt.runner', { function: 'salt.cmd', arguments: { fun: 'cmd.run' } }],
    ['salt.runner', { function: 'state.orchestrate' }],
    ['salt.runner', { function: 'cache.grains', arguments: ['db1'] }],
    ['salt.orchestrate', {}],
    ['salt.orchestrate', { states: 'grow', pillar: { prunella: { attempt: 'forged' } } }],
    ['salt.orchestrate', { states: 'grow; id' }],
    ['salt.cloud.create', { profile: 'small' }],
    ['salt.cloud.create', { profile: 'small', names: ['--all'] }],
    ['salt.cloud.create', { profile: 'small', names: Array.from({ length: 11 }, (_, i) => `db${i}`) }],
  ])('%s with %j is refused before anything is sent', (action, given) => {
    expect(() =>
      callOf(action, given, {
        commands: new Set(['recover --now']),
        runners: new Set(['cache.grains', 'salt.cmd', 'state.orchestrate']),
      }),
    ).toThrow(expect.objectContaining({ code: 'salt-argument', maybeTaken: false }));
  });
});
