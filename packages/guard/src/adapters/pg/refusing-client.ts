import type { Client } from 'pg';

/** The client, whose `query` is refused where there is a reason. */
export function refusingClient(client: Client, reason: () => Error | null): Client {
  return new Proxy(client, {
    get: (target, property) => {
      const refused = property === 'query' ? reason() : null;
      if (refused !== null) return () => Promise.reject(refused);
      const value: unknown = Reflect.get(target, property);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
