import { z } from 'zod';
import { autonomy, count, time, verdict } from './terms.ts';

export const stepRecord = z.object({
  step: z.string(),
  firstAt: time,
  lastAt: time,
  decisions: count,
  recoveredFirst: count,
  agreed: count,
  disagreed: count,
  unanswered: count,
  runs: count,
  effective: count,
  ineffective: count,
  unverified: count,
  credited: count,
  relapsed: count,
  harmful: count,
  recent: z.array(z.object({ attempt: z.string(), at: time, verdict })).describe('The newest last.'),
  demoted: z
    .object({ at: time, attempt: z.string(), reason: z.string() })
    .nullable()
    .describe('After a harmful result, until a person lifts it: the step is `ask` at most.'),
});

const stepAutonomy = z.object({
  resource: z.string(),
  playbook: z.string(),
  step: z.string(),
  action: z.string(),
  domain: z.string().describe('Its failure domain.'),
  written: autonomy,
  inForce: autonomy,
  record: stepRecord,
  recommended: autonomy.nullable().describe('Null where its record does not speak for more.'),
  advice: z.string(),
});

export const autonomyShapes = {
  StepAutonomy: stepAutonomy,
  Autonomy: z.object({ steps: z.array(stepAutonomy) }),
};
