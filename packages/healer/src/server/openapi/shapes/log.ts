import { z } from 'zod';
import { next, time } from './terms.ts';

const entry = z.object({
  sequence: z.int().describe('Grows by one over the whole store.'),
  at: time,
  resource: z.string(),
  incident: z.string().nullable(),
  event: z
    .looseObject({ type: z.string() })
    .describe(
      'What happened, by `type`. `instances-changed` tells what single instances saw: `instances` with `instance`, ' +
        '`service`, `host`, `condition` (ok, degraded, down, unknown, silent, left), `kind` where it is sick, `since`, ' +
        'and `last` where no more of it is told; `others` counts those without a name. ' +
        'A newer healer may write types and fields that a reader must pass over.',
    ),
});

export const logShapes = {
  LogEntry: entry,
  LogEntries: z.object({ entries: z.array(entry).describe('The oldest first.'), next }),
};
