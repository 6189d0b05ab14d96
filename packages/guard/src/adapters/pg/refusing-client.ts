import type { Client } from 'pg';
import { isCallback } from './face.ts';

/** The client goes back when its call is over. Given back sooner, it would be another call's, too. */
function released(): void {}

/**
 * The client, whose `query` is refused where there is a reason. `failed` is told each error of a query before the
 * application meets it, and `undefined` of a query whose end cannot be seen, such as a cursor's.
 */
export function refusingClient(
  client: Client,
  reason: () => Error | null,
  failed: (error: unknown) => void,
): Client {
  const query = (...given: unknown[]): unknown => {
    const callback = given.at(-1);
    const told = (error: unknown, ...rest: unknown[]): void => {
      if (error) failed(error);
      if (isCallback(callback)) Reflect.apply(callback, undefined, [error, ...rest]);
    };
    const args = isCallback(callback) ? [...given.slice(0, -1), told] : given;
    const answer: unknown = Reflect.apply(client.query, client, args);
    if (isCallback(callback)) return answer;
    if (answer instanceof Promise) {
      return answer.catch((error: unknown) => {
        failed(error);
        throw error;
      });
    }
    failed(undefined);
    return answer;
  };
  return new Proxy(client, {
    get: (target, property) => {
      if (property === 'query') {
        const refused = reason();
        return refused === null ? query : () => Promise.reject(refused);
      }
      const value: unknown = Reflect.get(target, property);
      if (property === 'release' && typeof value === 'function') return released;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
