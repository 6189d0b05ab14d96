import { z } from 'zod';
import { count, refusedConfiguration, time } from './terms.ts';

const fates = z.object({
  taken: count,
  duplicate: count,
  ignored: count.describe('Left out by `when`.'),
  unmapped: count.describe('Could not be made a signal of a resource.'),
  refused: count.describe('No playbook owns the resource.'),
});

export const healerShapes = {
  Liveness: z.object({ live: z.literal(true) }),
  Readiness: z.object({ ready: z.literal(true) }),
  Healer: z.object({
    version: z.string(),
    pid: z.int(),
    address: z.string().nullable().describe('Where it listens; null where only on its local socket.'),
    startedAt: time,
    configuration: z.object({
      since: time.describe('Since when this configuration is in force.'),
      refused: refusedConfiguration,
    }),
    sources: z
      .record(z.string(), fates)
      .describe('What became of what each source and monitor told, since the start.'),
    health: z.object({
      healthy: z.boolean().describe('It decides, and its store takes writes.'),
      lastHealthyAt: time.nullable().describe('The newest cycle in which both was so.'),
      heartbeat: z.object({
        configured: z.boolean(),
        lastSentAt: time.nullable().describe('Null where none was taken since the start.'),
        failure: z.string().nullable().describe('Why the newest one failed.'),
      }),
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
