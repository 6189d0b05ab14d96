import { registry } from './registry.ts';

const mostWarnings = 100;

/** Tells a person by a process warning; what has the same key only once, and not without end. */
export function warnOnce(text: string, key = text): void {
  const { warned } = registry;
  if (warned.has(key) || warned.size >= mostWarnings) return;
  warned.add(key);
  process.emitWarning(text, 'PrunellaWarning');
}
