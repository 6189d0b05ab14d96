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
    });
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
  ])('%s with %j is refused before anything is sent', (action, given) => {
    expect(() => callOf(action, given)).toThrow(
      expect.objectContaining({ code: 'salt-argument', maybeTaken: false }),
    );
  });
});
