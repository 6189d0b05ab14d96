import { z } from 'zod';
import { count, refusedConfiguration, time } from './terms.ts';

export const healerShapes = {
  Liveness: z.object({ live: z.literal(true) }),
  Readiness: z.object({ ready: z.literal(true) }),
  Healer: z.object({
    version: z.string(),
    pid: z.int(),
    startedAt: time,
    configuration: z.object({
      since: time.describe('Since when this configuration is in force.'),
      refused: refusedConfiguration,
    }),
    ledger: z
      .object({
        version: z.literal(1),
        accepted: count,
        executed: count,
        suppressed: count,
        rejected: count,
        expired: count,
        pending: count,
        pendingAt: z
          .record(z.string(), count)
          .describe('How many of the pending ones wait at which resource.'),
      })
      .describe(
        'What became of every trigger: accepted = executed + suppressed + rejected + expired + pending.',
      ),
  }),
  Reloaded: z.object({ reloaded: z.literal(true) }),
};
