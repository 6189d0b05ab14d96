/** The part of vitest's test context that is needed here; labs itself does not depend on vitest. */
interface SkippableContext {
  readonly task: { readonly meta: object };
  skip(note?: string): never;
}

/**
 * Leaves a test out because a part cannot be had on this machine. The reason is printed by name at the end of
 * `npm test`; in CI only "needs a real rethinkdb on the PATH" is accepted.
 */
export function notRun(context: SkippableContext, reason: string): never {
  Object.assign(context.task.meta, { notRun: reason });
  return context.skip(reason);
}
