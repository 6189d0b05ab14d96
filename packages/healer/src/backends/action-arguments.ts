import { type ArgumentSchema, type ArgumentsSchema, argumentsSchema } from '@prunella/core';

/**
 * What each action takes, for people, editors and the page. The backends themselves read arguments strictly, since they
 * know more than a schema says; a test holds the two to each other.
 */

const duration = '^\\d+(?:\\.\\d+)?(?:ms|s|m|h|d)$';
const service: ArgumentSchema = {
  type: 'string',
  description: 'the name of a service',
  pattern: '^[A-Za-z0-9][A-Za-z0-9_.@:\\-]{0,199}$',
};
const stateText = '^[A-Za-z0-9_][A-Za-z0-9_.\\/\\-]{0,199}$';
const states: ArgumentSchema = {
  type: ['string', 'array'],
  description: 'the name of a state, or a list of names',
  pattern: stateText,
};
const revision: ArgumentSchema = {
  type: 'string',
  description: 'an environment that the master serves, such as a branch or a tag',
  pattern: '^[A-Za-z0-9][A-Za-z0-9_.\\/\\-]{0,199}$',
};
const functionName: ArgumentSchema = {
  type: 'string',
  description: 'the name of a function, such as rabbitmq.start_app',
  pattern: '^[A-Za-z_]\\w{0,99}\\.[A-Za-z_]\\w{0,99}$',
};
const values: ArgumentSchema = { type: 'object', description: 'values by their names' };
const expected: ArgumentSchema = {
  type: 'object',
  description: 'what it must give back: retcode, at, equals, contains, lacks',
};
const serverName = '^[A-Za-z][A-Za-z0-9_.\\-]{0,99}$';

const none = argumentsSchema({});
const applied = argumentsSchema({ states, revision }, ['states']);
const ofService = argumentsSchema({ service }, ['service']);
const called = argumentsSchema({ function: functionName, arguments: values, expect: expected }, ['function']);
const spared: ArgumentSchema = {
  type: 'string',
  description: 'a duration from 1s to 60s',
  pattern: duration,
};

const schemas: Readonly<Record<string, ArgumentsSchema>> = {
  'guard.shed': argumentsSchema({
    for: spared,
    share: { type: 'number', description: 'a number above 0, at most 1: the share of calls to refuse' },
  }),
  'guard.serve-cache': argumentsSchema({ for: spared }),
  'process.start': none,
  'process.restart': none,
  'process.stop': none,
  'process.apply': none,
  'rethinkdb.emergency-repair': argumentsSchema({
    tables: {
      type: 'array',
      description: 'a list of `database.table` or `database.*`',
      pattern: '^\\w{1,100}\\.(?:\\w{1,100}|\\*)$',
    },
    patience: { type: 'string', description: 'a duration from 1s to 10m', pattern: duration },
  }),
  'salt.state.highstate': argumentsSchema({ revision }),
  'salt.state.apply': applied,
  'salt.state.test': applied,
  'salt.service.start': ofService,
  'salt.service.reload': ofService,
  'salt.service.restart': ofService,
  'salt.service.stop': ofService,
  'salt.cmd.run': argumentsSchema(
    {
      command: { type: 'string', description: 'one of the commands that the backend salt lists' },
      expect: expected,
    },
    ['command'],
  ),
  'salt.function': called,
  'salt.runner': called,
  'salt.orchestrate': argumentsSchema(
    {
      states: { type: 'string', description: 'the name of an orchestration', pattern: stateText },
      pillar: values,
    },
    ['states'],
  ),
  'salt.cloud.create': argumentsSchema(
    {
      profile: {
        type: 'string',
        description: 'the name of a cloud profile of the master',
        pattern: serverName,
      },
      names: {
        type: ['string', 'array'],
        description: 'the name of a server, or up to 10 of them',
        pattern: serverName,
      },
    },
    ['profile', 'names'],
  ),
};

/** What the action takes; null where a configuration makes it, so that its arguments go on as they are. */
export function argumentsOf(action: string): ArgumentsSchema | null {
  return schemas[action] ?? null;
}
