/**
 * Keeps Node's "SQLite is an experimental feature" out of the output of a command; every other warning goes
 * its way. For a process of our own only: a library leaves its host's warnings alone. Call it before the first
 * store is opened.
 */
export function silenceSqliteWarning(): void {
  const emit = process.emitWarning;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    const text = typeof warning === 'string' ? warning : warning.message;
    if (text.startsWith('SQLite is an experimental feature')) {
      return;
    }
    Reflect.apply(emit, process, [warning, ...rest]);
  };
}
