import type { Suite } from './suite.ts';

interface ListedSuite {
  readonly name: string;
  readonly about: string;
  /** Loaded only when it is run: its peers take longer to load than the list to print. */
  /** What it brings to the machine, and how long it takes; left out where it brings nothing. */
  readonly needs?: string;
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
  {
    name: 'page',
    about: 'what the web page costs a browser: first load, first content, frames with much to show, heap',
    load: async () => (await import('./suites/page.ts')).pageSuite,
  },
  {
    name: 'demo',
    about: 'the outage of npm run demo, from the opening threshold to the verified recovery, phase by phase',
    load: async () => (await import('./suites/demo.ts')).demoSuite,
  },
  {
    name: 'peers',
    about: 'the same jobs done by Salt’s reactor, ansible-rulebook and monit',
    needs: `installs once, with Python 3: Salt 3008 into .local/salt (80 s, 300 MB) and
  ansible-rulebook into .local/ansible-rulebook (60 s, 200 MB; it needs Java 17 or later on the PATH);
  as root with apt: Debian's monit, whose own service is not started. Without one of them its rows are
  named as not measured, and the exit status is 1. Takes about 10 minutes, 20 with --full, which needs 6 GB of memory
  for the burst to a minion. What it starts ends with it, also at Ctrl-C.`,
    load: async () => (await import('./suites/peers.ts')).peersSuite,
  },
];
