import { argumentsProblem, guardActions } from '@prunella/core';
import { describe, expect, test } from 'vitest';
import { allActions, argumentProblem } from '../configuration/actions.ts';
import { argumentsOf } from './action-arguments.ts';

/** Arguments that fit, and some that do not; both as the backends themselves say. */
const cases: Readonly<Record<string, readonly [fits: readonly object[], wrong: readonly object[]]>> = {
  'guard.shed': [
    [{}, { for: '30s', share: 0.5 }],
    [{ forr: '30s' }, { for: 'soon' }, { for: 30 }, { share: 'half' }],
  ],
  'guard.serve-cache': [
    [{}, { for: '5s' }],
    [{ share: 0.5 }, { for: '' }],
  ],
  'process.start': [[{}], [{ service: 'web' }]],
  'process.restart': [[{}], [{ service: 'web' }]],
  'process.stop': [[{}], [{ service: 'web' }]],
  'process.apply': [[{}], [{ service: 'web' }]],
  'rethinkdb.emergency-repair': [
    [{}, { tables: ['app.users', 'app.*'], patience: '1m' }],
    [{ tables: 'app.users' }, { tables: ['users'] }, { patience: 'long' }, { table: ['app.users'] }],
  ],
  'salt.state.highstate': [
    [{}, { revision: 'v1.2' }],
    [{ states: 'db' }, { revision: 7 }, { revision: '..' }],
  ],
  'salt.state.apply': [
    [{ states: 'db.server' }, { states: ['db', 'web'], revision: 'main' }],
    [{}, { state: 'db' }, { states: 'db; rm' }, { states: 7 }, { states: ['db', '-x'] }],
  ],
  'salt.state.test': [[{ states: 'db' }], [{}, { states: { db: true } }]],
  'salt.service.start': [
    [{ service: 'redis@1' }],
    [{}, { servce: 'redis' }, { service: '-x' }, { service: ['a'] }],
  ],
  'salt.service.reload': [[{ service: 'redis' }], [{}]],
  'salt.service.restart': [[{ service: 'redis' }], [{}, { name: 'redis' }]],
  'salt.service.stop': [[{ service: 'redis' }], [{}]],
  'salt.cmd.run': [
    [{ command: 'uptime' }],
    [{}, { cmd: 'uptime' }, { command: 7 }, { command: 'a', expect: 'b' }],
  ],
  'salt.function': [
    [{ function: 'rabbitmq.start_app' }, { function: 'a.b', arguments: { c: 1 }, expect: { retcode: 1 } }],
    [{}, { function: 'start' }, { function: 'a.b', args: {} }, { function: 'a.b', arguments: ['c'] }],
  ],
  'salt.runner': [[{ function: 'fileserver.update' }], [{}, { function: 'update' }]],
  'salt.orchestrate': [
    [{ states: 'orch.failover', pillar: { a: 1 } }],
    [{}, { states: ['a'] }, { states: 'a', pillar: 7 }],
  ],
  'salt.cloud.create': [
    [
      { profile: 'small', names: 'db2' },
      { profile: 'small', names: ['db2', 'db3'] },
    ],
    [{}, { profile: 'small' }, { profile: 'small', names: '2db' }, { profile: 7, names: 'db2' }],
  ],
};

const actions = [...allActions().keys()];

test('every action that there is says what it takes', () => {
  expect(Object.keys(cases).sort()).toEqual([...actions].sort());
  expect([...guardActions.keys(), ...actions].filter((action) => argumentsOf(action) === null)).toEqual([]);
  expect(argumentsOf('http.reboot')).toBe(null);
});

describe('what an action says that it takes is what its backend takes', () => {
  test.each(actions)('%s', (action) => {
    const schema = argumentsOf(action);
    if (schema === null) throw new Error('it says nothing');
    const [fits = [], wrong = []] = cases[action] ?? [];
    for (const given of fits as Record<string, unknown>[]) {
      const said = [argumentProblem(action, given), argumentsProblem(action, schema, given)];
      expect(said, JSON.stringify(given)).toEqual([null, null]);
    }
    for (const given of wrong as Record<string, unknown>[]) {
      const said = [argumentProblem(action, given), argumentsProblem(action, schema, given)];
      expect(said, JSON.stringify(given)).toEqual([expect.any(String), expect.stringContaining(action)]);
    }
  });

  test('a name that is nearly right is answered with the right one', () => {
    const schema = argumentsOf('salt.service.restart');
    expect(schema && argumentsProblem('salt.service.restart', schema, { servce: 'redis' })).toBe(
      'salt.service.restart has no argument `servce`: did you mean `service`?',
    );
  });
});
