import type { ActionFacts, Effect } from '@prunella/core';
import { type Expectation, plainExpectation, readExpectation } from './expectation.ts';
import { SaltError } from './salt-error.ts';
import { isRecord, type JsonRecord } from './value.ts';

/** A Salt function with its parameters by name, in the order in which it declares them. */
export interface OrderedCall {
  readonly function: string;
  /** In its order, so that a minion's allow-list can name them by their places. */
  readonly parameters: readonly { readonly name: string; readonly value: string }[];
  /** Beside those, by name only. */
  readonly keywords: JsonRecord;
  /** What it must give back, where the function is none whose returns are known here. */
  readonly expects: Expectation;
  /** What `service.status` must say of `service` afterwards; null where that is not asked. */
  readonly expectsRunning: boolean | null;
  readonly service: string | null;
  /** The webhook that does the same; null where there is none. */
  readonly hook: string | null;
  /** By the master itself (its runners), and not by minions; the parameters are then positional. */
  readonly onMaster: boolean;
}

/** What the configuration allows beside what every installation may do. */
export interface AllowedCalls {
  /** Whole commands that `salt.cmd.run` may run; null where any may be written, because nothing is run. */
  readonly commands: ReadonlySet<string> | null;
  /** Functions that `salt.runner` may run; null as above. */
  readonly runners: ReadonlySet<string> | null;
}

const nothingMore: AllowedCalls = { commands: new Set(), runners: new Set() };

interface ActionDefinition {
  readonly effect: Effect;
  readonly call: (given: JsonRecord, allowed: AllowedCalls) => OrderedCall;
}

const rehearsable = ['salt.state.highstate', 'salt.state.apply'];

const serviceName = /^[A-Za-z0-9][A-Za-z0-9_.@:-]{0,199}$/;
const stateName = /^[A-Za-z0-9_][A-Za-z0-9_./-]{0,199}$/;
const revisionName = /^[A-Za-z0-9][A-Za-z0-9_./-]{0,199}$/;
const functionName = /^[A-Za-z_]\w{0,99}\.[A-Za-z_]\w{0,99}$/;
const parameterName = /^[A-Za-z]\w{0,99}$/;
const serverName = /^[A-Za-z][A-Za-z0-9_.-]{0,99}$/;
const mostServers = 10;
const longestCommand = 4_000;
const longestArguments = 8_000;

/** Modules whose functions `salt.function` does not order, and why. */
const notPlainly: Readonly<Record<string, string>> = {
  cmd: 'what runs commands is ordered by salt.cmd.run, which has a list of them',
  state: 'state runs are ordered by salt.state.highstate, salt.state.apply and salt.state.test',
  service: 'services are ordered by salt.service.start, reload, restart and stop',
  prunella: 'the guard at the target is not ordered by playbooks',
  module: 'it would run any other function',
  publish: 'it would order other minions',
  saltutil: "it works on the minion's own jobs and modules",
};

const definitions: Readonly<Record<string, ActionDefinition>> = {
  'salt.state.highstate': { effect: 'repairs', call: highstate },
  'salt.state.apply': { effect: 'repairs', call: states('salt.state.apply', 'state.apply') },
  // Says what it would change, and changes nothing.
  'salt.state.test': { effect: 'restores', call: states('salt.state.test', 'state.test') },
  'salt.service.start': { effect: 'repairs', call: service('start', true) },
  'salt.service.reload': { effect: 'repairs', call: service('reload', true) },
  'salt.service.restart': { effect: 'disrupts', call: service('restart', true) },
  'salt.service.stop': { effect: 'disrupts', call: service('stop', false) },
  // What these do nobody here can know.
  'salt.cmd.run': { effect: 'disrupts', call: command },
  'salt.function': { effect: 'disrupts', call: anyFunction },
  'salt.runner': { effect: 'disrupts', call: runner },
  'salt.orchestrate': { effect: 'disrupts', call: orchestrate },
  'salt.cloud.create': { effect: 'disrupts', call: createServers },
};

/** What the master itself does reaches further than the targets that a step names: a person is always asked. */
const alwaysAsk = ['salt.runner', 'salt.orchestrate', 'salt.cloud.create'];

/** Every action of the backend by its full name. */
export const saltActions: ReadonlyMap<string, ActionFacts> = new Map(
  Object.entries(definitions).map(([action, { effect }]) => [
    action,
    {
      action,
      effect,
      highestAutonomy: alwaysAsk.includes(action) ? 'ask' : 'auto',
      ...(rehearsable.includes(action) ? { dryRuns: true } : {}),
    },
  ]),
);

/** What an action with these arguments means to Salt. Throws `SaltError` for arguments that mean nothing. */
export function callOf(action: string, given: JsonRecord, allowed: AllowedCalls = nothingMore): OrderedCall {
  const definition = definitions[action];
  if (!definition) {
    throw wrong(`${action} is no action of Salt; there are ${[...saltActions.keys()].join(', ')}`);
  }
  return definition.call(given, allowed);
}

const plain = {
  keywords: {},
  expects: plainExpectation,
  expectsRunning: null,
  service: null,
  hook: null,
  onMaster: false,
} as const;

function highstate(given: JsonRecord): OrderedCall {
  only('salt.state.highstate', given, ['revision']);
  const keywords = revisionOf('salt.state.highstate', given);
  // The webhook knows nothing of revisions.
  const hook = Object.keys(keywords).length === 0 ? 'states/highstate' : null;
  return { ...plain, function: 'state.highstate', parameters: [], keywords, hook };
}

/** An environment of the master: with GitFS the name of a branch or tag, or one that the master gives to a commit. */
function revisionOf(action: string, { revision }: JsonRecord): JsonRecord {
  if (revision === undefined) return {};
  if (typeof revision !== 'string' || !revisionName.test(revision)) {
    throw wrong(
      `${action}: "revision" must be an environment that the master serves, such as a branch or a tag`,
    );
  }
  return { saltenv: revision };
}

function states(action: string, saltFunction: string): (given: JsonRecord) => OrderedCall {
  return (given) => {
    only(action, given, ['states', 'revision']);
    const names: readonly unknown[] = Array.isArray(given['states']) ? given['states'] : [given['states']];
    if (names.length === 0 || !names.every((name) => typeof name === 'string' && stateName.test(name))) {
      throw wrong(`${action} needs "states": the name of a state, or a list of names`);
    }
    const keywords = revisionOf(action, given);
    return {
      ...plain,
      function: saltFunction,
      parameters: [{ name: 'mods', value: names.join(',') }],
      keywords,
    };
  };
}

function service(verb: string, expectsRunning: boolean): (given: JsonRecord) => OrderedCall {
  return (given) => {
    only(`salt.service.${verb}`, given, ['service']);
    const { service: name } = given;
    if (typeof name !== 'string' || !serviceName.test(name)) {
      throw wrong(`salt.service.${verb} needs "service": the name of a service`);
    }
    return {
      ...plain,
      function: `service.${verb}`,
      parameters: [{ name: 'name', value: name }],
      expectsRunning,
      service: name,
      hook: `services/${verb}`,
    };
  };
}

function command(given: JsonRecord, { commands }: AllowedCalls): OrderedCall {
  only('salt.cmd.run', given, ['command', 'expect']);
  const { command: text } = given;
  if (typeof text !== 'string' || text.trim() === '' || text.length > longestCommand) {
    throw wrong(`salt.cmd.run needs "command": a text of up to ${longestCommand} characters`);
  }
  if (commands !== null && !commands.has(text)) {
    throw wrong(
      `salt.cmd.run: this command is not allowed; write it, exactly so, under "commands" of the backend "salt"`,
    );
  }
  return {
    ...plain,
    function: 'cmd.run',
    parameters: [{ name: 'cmd', value: text }],
    expects: readExpectation('salt.cmd.run', given['expect']),
  };
}

function anyFunction(given: JsonRecord): OrderedCall {
  only('salt.function', given, ['function', 'arguments', 'expect']);
  const name = functionOf('salt.function', given, 'rabbitmq.start_app');
  const [module = ''] = name.split('.', 1);
  const why = Object.hasOwn(notPlainly, module) ? notPlainly[module] : undefined;
  if (why !== undefined) throw wrong(`salt.function does not order ${name}: ${why}`);
  return {
    ...plain,
    function: name,
    parameters: [],
    keywords: namedValues('salt.function', 'arguments', given),
    expects: readExpectation('salt.function', given['expect']),
  };
}

function runner(given: JsonRecord, { runners }: AllowedCalls): OrderedCall {
  only('salt.runner', given, ['function', 'arguments', 'expect']);
  const name = functionOf('salt.runner', given, 'fileserver.update');
  if (/^(?:salt|state)\./.test(name)) {
    throw wrong(`salt.runner does not order ${name}: use salt.orchestrate, salt.state.* or salt.function`);
  }
  if (runners !== null && !runners.has(name)) {
    throw wrong(`salt.runner: ${name} is not allowed; write it under "runners" of the backend "salt"`);
  }
  return {
    ...plain,
    onMaster: true,
    function: name,
    parameters: [],
    keywords: namedValues('salt.runner', 'arguments', given),
    expects: readExpectation('salt.runner', given['expect']),
  };
}

function orchestrate(given: JsonRecord): OrderedCall {
  only('salt.orchestrate', given, ['states', 'pillar']);
  const { states: name } = given;
  if (typeof name !== 'string' || !stateName.test(name)) {
    throw wrong('salt.orchestrate needs "states": the name of an orchestration');
  }
  const pillar = namedValues('salt.orchestrate', 'pillar', given);
  if (Object.hasOwn(pillar, 'prunella')) {
    throw wrong('salt.orchestrate: "pillar" cannot hold "prunella", which tells of the attempt');
  }
  return {
    ...plain,
    onMaster: true,
    function: 'state.orchestrate',
    parameters: [{ name: 'mods', value: name }],
    keywords: { pillar },
  };
}

function createServers(given: JsonRecord): OrderedCall {
  only('salt.cloud.create', given, ['profile', 'names']);
  const { profile, names } = given;
  const list: readonly unknown[] = Array.isArray(names) ? names : [names];
  const isName = (value: unknown) => typeof value === 'string' && serverName.test(value);
  if (!isName(profile) || list.length === 0 || list.length > mostServers || !list.every(isName)) {
    throw wrong(
      `salt.cloud.create needs "profile", the name of a cloud profile of the master, and "names": a name or up to ${mostServers} of them`,
    );
  }
  return {
    ...plain,
    onMaster: true,
    // The runner that runs a function of modules on the master itself; releases differ in the runner `cloud`.
    function: 'salt.cmd',
    parameters: [{ name: 'fun', value: 'cloud.profile' }],
    keywords: { profile, names: list },
  };
}

function functionOf(action: string, given: JsonRecord, example: string): string {
  const { function: name } = given;
  if (typeof name !== 'string' || !functionName.test(name)) {
    throw wrong(`${action} needs "function": the name of a function, such as ${example}`);
  }
  return name;
}

function namedValues(action: string, key: string, given: JsonRecord): JsonRecord {
  const values = given[key] ?? {};
  if (!isRecord(values) || !Object.keys(values).every((name) => parameterName.test(name))) {
    throw wrong(`${action}: "${key}" must be values by their names`);
  }
  if (JSON.stringify(values).length > longestArguments) {
    throw wrong(`${action}: "${key}" are longer than ${longestArguments} characters`);
  }
  return values;
}

function only(action: string, given: JsonRecord, known: readonly string[]): void {
  const strange = Object.keys(given).filter((name) => !known.includes(name));
  if (strange.length > 0) {
    const takes = known.length > 0 ? `it takes ${known.join(', ')}` : 'it takes none';
    throw wrong(`${action} has no argument ${strange.join(', ')}; ${takes}`);
  }
}

function wrong(message: string): SaltError {
  return new SaltError('salt-argument', message, false);
}
