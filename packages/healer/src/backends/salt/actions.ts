import type { ActionFacts, Effect } from '@prunella/core';
import { SaltError } from './salt-error.ts';
import type { JsonRecord } from './value.ts';

/** A Salt function with its parameters by name, in the order in which it declares them. */
export interface OrderedCall {
  readonly function: string;
  readonly parameters: readonly { readonly name: string; readonly value: string }[];
  /** What `service.status` must say of `service` afterwards; null where that is not asked. */
  readonly expectsRunning: boolean | null;
  readonly service: string | null;
  /** The webhook that does the same; null where there is none. */
  readonly hook: string | null;
}

interface ActionDefinition {
  readonly effect: Effect;
  readonly call: (given: JsonRecord) => OrderedCall;
}

const serviceName = /^[A-Za-z0-9][A-Za-z0-9_.@:-]{0,199}$/;
const stateName = /^[A-Za-z0-9_][A-Za-z0-9_./-]{0,199}$/;

const definitions: Readonly<Record<string, ActionDefinition>> = {
  'salt.state.highstate': { effect: 'repairs', call: highstate },
  'salt.state.apply': { effect: 'repairs', call: states('salt.state.apply', 'state.apply') },
  // Says what it would change, and changes nothing.
  'salt.state.test': { effect: 'restores', call: states('salt.state.test', 'state.test') },
  'salt.service.start': { effect: 'repairs', call: service('start', true) },
  'salt.service.reload': { effect: 'repairs', call: service('reload', true) },
  'salt.service.restart': { effect: 'disrupts', call: service('restart', true) },
  'salt.service.stop': { effect: 'disrupts', call: service('stop', false) },
};

/** Every action of the backend by its full name. */
export const saltActions: ReadonlyMap<string, ActionFacts> = new Map(
  Object.entries(definitions).map(([action, { effect }]) => [
    action,
    { action, effect, highestAutonomy: 'auto' },
  ]),
);

/** What an action with these arguments means to Salt. Throws `SaltError` for arguments that mean nothing. */
export function callOf(action: string, given: JsonRecord): OrderedCall {
  const definition = definitions[action];
  if (!definition) {
    throw new SaltError(
      'salt-argument',
      `${action} is no action of Salt; there are ${[...saltActions.keys()].join(', ')}`,
      false,
    );
  }
  return definition.call(given);
}

function highstate(given: JsonRecord): OrderedCall {
  only('salt.state.highstate', given, []);
  return {
    function: 'state.highstate',
    parameters: [],
    expectsRunning: null,
    service: null,
    hook: 'states/highstate',
  };
}

function states(action: string, saltFunction: string): (given: JsonRecord) => OrderedCall {
  return (given) => {
    only(action, given, ['states']);
    const names: readonly unknown[] = Array.isArray(given['states']) ? given['states'] : [given['states']];
    if (names.length === 0 || !names.every((name) => typeof name === 'string' && stateName.test(name))) {
      throw new SaltError(
        'salt-argument',
        `${action} needs "states": the name of a state, or a list of names`,
        false,
      );
    }
    return {
      function: saltFunction,
      parameters: [{ name: 'mods', value: names.join(',') }],
      expectsRunning: null,
      service: null,
      hook: null,
    };
  };
}

function service(verb: string, expectsRunning: boolean): (given: JsonRecord) => OrderedCall {
  return (given) => {
    only(`salt.service.${verb}`, given, ['service']);
    const { service: name } = given;
    if (typeof name !== 'string' || !serviceName.test(name)) {
      throw new SaltError(
        'salt-argument',
        `salt.service.${verb} needs "service": the name of a service`,
        false,
      );
    }
    return {
      function: `service.${verb}`,
      parameters: [{ name: 'name', value: name }],
      expectsRunning,
      service: name,
      hook: `services/${verb}`,
    };
  };
}

function only(action: string, given: JsonRecord, known: readonly string[]): void {
  const strange = Object.keys(given).filter((name) => !known.includes(name));
  if (strange.length > 0) {
    const takes = known.length > 0 ? `it takes ${known.join(', ')}` : 'it takes none';
    throw new SaltError('salt-argument', `${action} has no argument ${strange.join(', ')}; ${takes}`, false);
  }
}
