import { type ASTNode, Environment } from '@marcbachmann/cel-js';

/** What a condition may cost. Beyond it is refused when the playbook is read. */
export const conditionLimits = {
  /** In UTF-16 code units. */
  length: 1_000,
  nodes: 200,
  depth: 24,
  listElements: 64,
  mapEntries: 16,
  callArguments: 4,
} as const;

/** Where a condition stands decides what it can ask. */
export type ConditionPlace = 'signal' | 'step';

/** The names that a condition can use, and what each means; for messages and the documents. */
export const conditionNames: Readonly<Record<string, string>> = {
  resource: 'the name of the resource, such as `postgres/main`',
  kind: 'its first part, `postgres`',
  name: 'its second part, `main`',
  labels: 'the labels of the resource: `labels.tier`',
  signal:
    'the signal: `signal.type`, `.source`, `.node`, `.summary` and `.data`, such as `signal.data.severity`',
  faults: "kinds of fault that the incident shows, for a step: `'timeout' in faults`",
};

const variables = [
  ['resource', 'string'],
  ['kind', 'string'],
  ['name', 'string'],
  ['labels', 'map<string, string>'],
] as const;

let environments: Readonly<Record<ConditionPlace, Environment>> | undefined;

/** The typed environment of a place; made at first use, so that importing has no effect. */
export function environmentOf(place: ConditionPlace): Environment {
  environments ??= {
    signal: baseEnvironment(),
    step: baseEnvironment().registerVariable('faults', 'list<string>'),
  };
  return environments[place];
}

/** Without a variable. */
export function boundedEnvironment(): Environment {
  return new Environment({
    limits: {
      maxAstNodes: conditionLimits.nodes,
      maxDepth: conditionLimits.depth,
      maxListElements: conditionLimits.listElements,
      maxMapEntries: conditionLimits.mapEntries,
      maxCallArguments: conditionLimits.callArguments,
    },
  });
}

function baseEnvironment(): Environment {
  const environment = boundedEnvironment();
  for (const [variable, type] of variables) environment.registerVariable(variable, type);
  return environment.registerVariable({
    name: 'signal',
    schema: { type: 'string', source: 'string', node: 'string', summary: 'string', data: 'map<string, dyn>' },
  });
}

/** Each is linear in what it looks at. `matches` is not: a regular expression can take for ever. */
export const allowedFunctions: ReadonlySet<string> = new Set([
  'size',
  'has',
  'startsWith',
  'endsWith',
  'contains',
  'exists',
  'exists_one',
  'all',
  'filter',
  'lowerAscii',
  'upperAscii',
  'trim',
  'int',
  'double',
  'string',
]);

const loops: ReadonlySet<string> = new Set(['exists', 'exists_one', 'all', 'filter']);

export interface Forbidden {
  readonly message: string;
  readonly suggestion: string;
  readonly start: number;
  readonly end: number;
}

/**
 * What makes an expression cost more than its size times that of its facts: functions outside the list, and a
 * loop inside a loop. Null where there is nothing of the kind.
 */
export function findForbidden(
  root: ASTNode,
  allowed: ReadonlySet<string> = allowedFunctions,
): Forbidden | null {
  const waiting: { readonly node: ASTNode; readonly inLoop: boolean }[] = [{ node: root, inLoop: false }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, inLoop } = next;
    const called = node.op === 'call' || node.op === 'rcall' ? node.args[0] : null;
    if (called !== null && !allowed.has(called)) {
      return {
        message: `\`${called}\` cannot be used ${allowed === allowedFunctions ? 'in a condition' : 'here'}`,
        suggestion: `these can: ${[...allowed].join(', ')}`,
        start: node.start,
        end: node.end,
      };
    }
    const isLoop = called !== null && loops.has(called);
    if (isLoop && inLoop) {
      return {
        message: `\`${called}\` stands inside another loop, and loops cannot be nested`,
        suggestion: 'ask it of one list, or in two conditions',
        start: node.start,
        end: node.end,
      };
    }
    for (const part of partsOf(node.args)) waiting.push({ node: part, inLoop: inLoop || isLoop });
  }
  return null;
}

/** The expression and all its parts. */
export function nodesOf(root: ASTNode): readonly ASTNode[] {
  const found = [root];
  for (const node of found) found.push(...partsOf(node.args));
  return found;
}

function partsOf(args: unknown): ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(partsOf);
  return isNode(args) ? [args] : [];
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}
