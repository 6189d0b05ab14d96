/** A value that the compiler would refuse. */
export type Wrong = ReturnType<typeof JSON.parse>;

export const nothing = () => {};

/** What has these methods, and does nothing. */
export function methods(...names: string[]): Wrong {
  return Object.fromEntries(names.map((name) => [name, nothing]));
}

export const pool = methods('connect', 'query', 'on', 'removeListener');
