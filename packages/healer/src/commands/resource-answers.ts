import { z } from 'zod';

/** The healer's answers about resources and playbooks, checked as far as commands rely on them. */
const time = z.number().nullable();
const next = z.string().exactOptional();
const names = z.looseObject({ names: z.array(z.string()), count: z.number() });

const probe = z.looseObject({ status: z.string(), since: time, failure: z.string().nullable() });

const row = {
  resource: z.string(),
  labels: z.record(z.string(), z.string()),
  state: z.string(),
  since: time,
  reason: z.string(),
  impact: z.string(),
  incident: z.string().nullable(),
  playbook: z.string().nullable(),
  dependsOn: z.array(z.string()),
  probe,
  nodes: z.array(z.looseObject({ name: z.string(), target: z.string().nullable(), probe })),
  observers: z.looseObject({ ok: z.number(), degraded: z.number(), down: z.number(), unknown: z.number() }),
};

const instance = z.looseObject({
  instance: z.string(),
  host: z.string().nullable(),
  condition: z.string(),
  sinceMs: z.number(),
  kinds: z.array(z.string()),
  lastSuccessAgeMs: time,
  cacheAgeMs: time,
  silent: z.boolean(),
});

const step = z.looseObject({
  step: z.string(),
  action: z.string(),
  effect: z.string(),
  written: z.string(),
  inForce: z.string(),
  record: z.looseObject({
    decisions: z.number(),
    runs: z.number(),
    effective: z.number(),
    ineffective: z.number(),
    unverified: z.number(),
    harmful: z.number(),
  }),
});

const problem = z.looseObject({
  severity: z.enum(['error', 'warning']),
  code: z.string(),
  file: z.string(),
  line: z.number(),
  column: z.number(),
  text: z.string(),
  message: z.string(),
  suggestion: z.string().nullable(),
});

const playbook = {
  name: z.string(),
  for: z.string(),
  dependsOn: z.array(z.string()),
  file: z.string().nullable(),
  resources: names,
  problems: z.array(problem),
  steps: z.array(
    z.looseObject({
      id: z.string(),
      action: z.string(),
      effect: z.string(),
      autonomy: z.string(),
      afterMs: z.number(),
      everyMs: z.number(),
      max: z.number(),
      line: z.number(),
    }),
  ),
};

export const resourceAnswers = {
  resources: z.looseObject({ items: z.array(z.looseObject(row)), next }),
  resource: z.looseObject({
    ...row,
    dependants: names,
    steps: z.array(step),
    instances: z.array(instance),
    next,
  }),
  playbooks: z.looseObject({ items: z.array(z.looseObject(playbook)), next }),
  playbook: z.looseObject({ ...playbook, text: z.string().nullable() }),
};

export type ResourceRow = z.output<typeof resourceAnswers.resources>['items'][number];
export type ResourceAnswer = z.output<typeof resourceAnswers.resource>;
export type PlaybookRow = z.output<typeof resourceAnswers.playbooks>['items'][number];
export type PlaybookAnswer = z.output<typeof resourceAnswers.playbook>;
