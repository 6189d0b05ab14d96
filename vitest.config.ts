import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['prunella-source'] },
  ssr: { resolve: { conditions: ['prunella-source'] } },
  test: {
    execArgv: ['--conditions=prunella-source'],
    include: [
      'packages/*/{src,test}/**/*.test.ts',
      'labs/test/**/*.test.ts',
      'examples/*/test/**/*.test.ts',
      'demo/**/*.test.ts',
      'bench/*.test.ts',
    ],
    // Generous: a test waits on conditions, and how fast a machine is belongs into a benchmark.
    testTimeout: 60_000,
    hookTimeout: 180_000,
    passWithNoTests: false,
    allowOnly: false,
  },
});
