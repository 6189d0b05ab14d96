import type { PoolClient, QueryConfig } from 'pg';
import { AdapterError } from '../adapter-error.ts';

export type QueryCallback = (error: unknown, result?: unknown) => void;
export type ConnectCallback = (
  error: unknown,
  client: PoolClient | undefined,
  release: (error?: Error | boolean) => void,
) => void;

/** Looks like `inside` and is it in all but the replaced properties; `inside` stays as it is. */
export function faceOf<Inside extends object>(
  inside: Inside,
  replaced: Readonly<Record<string, unknown>>,
): Inside {
  return new Proxy(inside, {
    get(target, property) {
      if (typeof property === 'string' && Object.hasOwn(replaced, property)) return replaced[property];
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' && property !== 'constructor' ? value.bind(target) : value;
    },
  });
}

/** The forms of node-postgres' `query`: text or configuration, values or none, a callback or none. */
export function splitCallback(given: readonly unknown[]): {
  readonly first: string | QueryConfig;
  readonly second: readonly unknown[] | undefined;
  readonly callback: QueryCallback | undefined;
} {
  const last = given.at(-1);
  const callback = isCallback(last) ? last : undefined;
  const [first, second] = callback === undefined ? given : given.slice(0, -1);
  if (!isQuery(first)) {
    throw new TypeError(
      'a guarded pool takes a text or a query configuration; check a client out for a cursor',
    );
  }
  return { first, second: Array.isArray(second) ? second : undefined, callback };
}

/** Why a handle refuses this query, which it would never answer; null where it takes it. */
export function wrongForm(query: unknown, values: unknown, callback: unknown): AdapterError | null {
  if (typeof query === 'object' && isSubmittable(query)) {
    return new AdapterError(
      'PRUNELLA_WRONG_FORM',
      'query takes a text or a query configuration: give a cursor or a stream to submit()',
    );
  }
  if (typeof values !== 'function' && callback === undefined) return null;
  return new AdapterError(
    'PRUNELLA_WRONG_FORM',
    'query answers with a promise and calls no callback: await it, or take guardedPool for code with callbacks',
  );
}

export function isSubmittable(query: unknown): boolean {
  return typeof Reflect.get(Object(query), 'submit') === 'function';
}

export function isCallback(value: unknown): value is QueryCallback {
  return typeof value === 'function';
}

function isQuery(value: unknown): value is string | QueryConfig {
  return typeof value === 'string' || (typeof value === 'object' && value !== null && !isSubmittable(value));
}
