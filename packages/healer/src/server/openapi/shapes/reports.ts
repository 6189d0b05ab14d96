import { reportLimits, reportRefusalCodes, resourceNamePattern } from '@prunella/protocol';
import { z } from 'zod';
import { nameText } from '../../read-request.ts';
import { condition, count, faultKind } from './terms.ts';

const name = nameText;
const age = z.number().nonnegative().max(Number.MAX_SAFE_INTEGER);

const resourceCondition = z.object({
  resource: name.regex(resourceNamePattern).describe('`kind/name`, such as `postgres/main`.'),
  condition,
  sinceMs: age.describe('How long the condition has been this.'),
  successes: count.describe('Successful calls and pings since the process started. Only grows.'),
  faults: z.partialRecord(faultKind, count).describe('Faults by kind since the process started. Only grow.'),
  firstFaultAgeMs: age
    .optional()
    .describe('Age of the first fault of the present sick stretch. Only while `down` or `degraded`.'),
  lastSuccessAgeMs: age.optional().describe('Age of the beginning of the newest call that succeeded.'),
  lastFaultKind: faultKind
    .optional()
    .describe('Of the newest fault that blames the resource. Only while `down` or `degraded`.'),
  sample: z
    .string()
    .max(reportLimits.sampleLength)
    .optional()
    .describe('The newest error as text, without secrets.'),
  cacheOnly: z
    .object({ newestAgeMs: age })
    .optional()
    .describe('Reads are answered from cache; how old the newest of those answers was.'),
});

const report = z.object({
  protocol: z.literal(1),
  service: name,
  host: name.optional(),
  instance: name.describe('`service/host/random id of the process`.'),
  epoch: name.describe('Random id of the process.'),
  sequence: count.describe('Grows by at least one with each report of an epoch.'),
  heartbeatMs: z
    .number()
    .min(1)
    .max(600_000)
    .describe('The longest time until the next report. Silence past three of them is `unknown`.'),
  goodbye: z.literal(true).optional().describe('An orderly exit: the instance is no observer any more.'),
  conditions: z.array(resourceCondition).max(reportLimits.conditionsPerReport),
});

export const reportShapes = {
  ReportRequest: z.object({ reports: z.array(report).max(reportLimits.reportsPerRequest) }),
  ReportResponse: z.object({
    accepted: count,
    refused: z.array(
      z.object({
        instance: z.string(),
        code: z.enum(reportRefusalCodes),
        reason: z.string(),
      }),
    ),
  }),
  Directives: z.object({
    cursor: z.string().describe('Opaque: pass it as `after` in the next request.'),
    directives: z.array(
      z.object({
        directive: z.enum(['probe', 'recovered', 'shed', 'serve-cache']),
        resource: z.string(),
        incident: z.string(),
        sequence: z.int().describe('Grows within an incident; one that is not newer is dropped.'),
        spreadMs: z.number().describe('Act at a random moment within this.'),
        forMs: z.number().optional().describe('How long it holds; `shed` and `serve-cache` only.'),
        share: z.number().optional().describe('The share of calls to refuse; `shed` only.'),
      }),
    ),
  }),
};
