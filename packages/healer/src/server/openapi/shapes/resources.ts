import { z } from 'zod';
import { stepRecord } from './autonomy.ts';
import { explanationShapes } from './explanations.ts';
import { autonomy, condition, count, effect, faultKind, next, time } from './terms.ts';

const age = z.number().nonnegative().describe('In ms.');

/** Some names of many. */
export const names = z.object({ names: z.array(z.string()).describe('At most 100.'), count });

const probe = z.object({
  status: z
    .enum(['none', 'waiting', 'passes', 'fails'])
    .describe('`none`: none is declared. `waiting`: it has not run since the start of the healer.'),
  since: time.nullable().describe('Since when it passes or fails without a break.'),
  at: time.nullable().describe('The end of the newest one. What is well is not probed.'),
  failure: z.string().nullable().describe('What it saw where it fails.'),
});

const row = {
  ...explanationShapes.Explanation.pick({
    resource: true,
    state: true,
    since: true,
    firstFaultAt: true,
    incident: true,
    reason: true,
    impact: true,
  }).shape,
  labels: z.record(z.string(), z.string()),
  playbook: z.string().nullable().describe('Null where none is for it.'),
  dependsOn: z.array(z.string()).describe('Resources without which it cannot be well.'),
  probe: probe.describe("The healer's own check of the resource as a whole."),
  nodes: z.array(
    z.object({
      name: z.string(),
      target: z.string().nullable().describe('Its id at the backend.'),
      domain: z.string().nullable().describe('What fails with it at once.'),
      probe,
    }),
  ),
  observers: z.record(condition, count).describe('How many instances see it so.'),
};

const instance = z.object({
  instance: z.string(),
  service: z.string(),
  host: z.string().nullable(),
  condition,
  sinceMs: age.describe('How long the condition has been this, in ms.'),
  kinds: z.array(faultKind).describe('What it names now; empty where it is not sick.'),
  lastSuccessAgeMs: age.nullable().describe('Since the beginning of its newest success, in ms.'),
  cacheAgeMs: age.nullable().describe('Of the newest value that it answers from its cache, in ms.'),
  silent: z.boolean().describe('Overdue for three heartbeats: its condition is `unknown` then.'),
  heardAgeMs: age.describe('Since its newest report, in ms.'),
});

const step = z.object({
  step: z.string(),
  action: z.string(),
  effect,
  written: autonomy,
  inForce: autonomy,
  record: stepRecord.describe('How it has done here.'),
  afterMs: age,
  everyMs: age,
  max: count.describe('Runs in one incident at most.'),
  line: z.int().describe("Of the playbook's text."),
});

export const resourceShapes = {
  Resources: z.object({ items: z.array(z.object(row)).describe('By name.'), next }),
  Resource: z.object({
    ...row,
    dependants: names.describe('Resources that cannot be well without this one.'),
    steps: z.array(step).describe('Mildest first; empty where no playbook is for it.'),
    instances: z.array(instance).describe('The sick first, then the unknown, then the well.'),
    next,
  }),
};
