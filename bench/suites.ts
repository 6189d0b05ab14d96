import type { Suite } from './suite.ts';

interface ListedSuite {
  readonly name: string;
  readonly about: string;
  /** Loaded only when it is run: its peers take longer to load than the list to print. */
  readonly load: () => Promise<Suite>;
}

export const suites: readonly ListedSuite[] = [
  {
    name: 'core',
    about: 'what a decision and an observation cost, and what many resources keep in memory',
    load: async () => (await import('./suites/core.ts')).coreSuite,
  },
  {
    name: 'guard',
    about: 'what a guarded call costs: time, heap, size, and on a real PostgreSQL',
    load: async () => (await import('./suites/guard.ts')).guardSuite,
  },
  {
    name: 'healer',
    about: 'what a whole healer takes in, how soon it acts, what it holds while idle, how soon it is up',
    load: async () => (await import('./suites/healer.ts')).healerSuite,
  },
];
