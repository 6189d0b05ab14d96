import type { Marks } from './row.ts';

/** What can be read from one thrown value; undefined where it does not say. */
export interface ErrorFacts {
  readonly code: string | undefined;
  readonly name: string | undefined;
  readonly text: string | undefined;
  readonly className: string | undefined;
  readonly syscall: string | undefined;
  readonly type: number | undefined;
}

const errorsAtMost = 16;

/**
 * Where drivers and ORMs put the error that they wrap: `cause` by standard, `driverError` (TypeORM), `meta`
 * (Prisma), `original` and `parent` (Sequelize), `lastNodeError` (ioredis), `socketError` (node-redis), `errors`
 * (AggregateError, which a refused connection to a name with several addresses gives), and, among what a
 * transaction of node-redis answered, the errors in `replies`.
 */
const links = [
  'cause',
  'driverError',
  'meta',
  'driverAdapterError',
  'original',
  'parent',
  'lastNodeError',
  'socketError',
];

/** The facts of an error and of all that it wraps, the outermost first; at most 16, cycles cut. */
export function factsWithin(thrown: unknown): readonly ErrorFacts[] {
  const seen = new Set<unknown>();
  const waiting: unknown[] = [thrown];
  const facts: ErrorFacts[] = [];
  while (waiting.length > 0 && seen.size < errorsAtMost) {
    const next = waiting.shift();
    if (typeof next !== 'object' || next === null || seen.has(next)) continue;
    seen.add(next);
    facts.push(factsOf(next));
    for (const link of links) waiting.push(read(next, link));
    waiting.push(...listed(next, 'errors'), ...listed(next, 'replies').filter(isError));
  }
  return facts;
}

export function fits(facts: ErrorFacts, marks: Marks): boolean {
  return (
    (marks.code === undefined || textFits(facts.code, marks.code)) &&
    (marks.name === undefined || textFits(facts.name, marks.name)) &&
    (marks.text === undefined || textFits(facts.text, marks.text)) &&
    (marks.className === undefined || textFits(facts.className, marks.className)) &&
    (marks.syscall === undefined || facts.syscall === marks.syscall) &&
    (marks.type === undefined || facts.type === marks.type)
  );
}

function factsOf(error: object): ErrorFacts {
  // `errorCode`: Prisma, where it could not start.
  const code = read(error, 'code') ?? read(error, 'originalCode') ?? read(error, 'errorCode');
  const text = read(error, 'message') ?? read(error, 'originalMessage');
  const name = read(error, 'name');
  const syscall = read(error, 'syscall');
  const type = read(error, 'type');
  const className = read(Object(read(error, 'constructor')), 'name');
  return {
    code: typeof code === 'string' ? code : undefined,
    name: typeof name === 'string' ? name : undefined,
    text: typeof text === 'string' ? text : undefined,
    className: typeof className === 'string' ? className : undefined,
    syscall: typeof syscall === 'string' ? syscall : undefined,
    type: typeof type === 'number' ? type : undefined,
  };
}

function listed(object: object, property: string): readonly unknown[] {
  try {
    const list = read(object, property);
    return Array.isArray(list) ? list.slice(0, errorsAtMost) : [];
  } catch {
    return [];
  }
}

function isError(value: unknown): boolean {
  try {
    return value instanceof Error;
  } catch {
    return false;
  }
}

/** A thrown value can be anything, also an object whose getters throw. */
function read(object: object, property: string): unknown {
  try {
    return Reflect.get(object, property);
  } catch {
    return undefined;
  }
}

function textFits(text: string | undefined, mark: string | RegExp): boolean {
  if (text === undefined) return false;
  return typeof mark === 'string' ? text === mark : mark.test(text);
}
