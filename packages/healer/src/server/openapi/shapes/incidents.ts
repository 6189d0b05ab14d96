import { z } from 'zod';
import { count, effect, next, pause, time, verdict } from './terms.ts';

const prediction = z.object({
  id: z.string().describe('Of the target.'),
  count: count.describe('How many changes there would be; `changes` may name fewer.'),
  changes: z.array(
    z.object({
      name: z.string(),
      detail: z.string(),
      forbidden: z.literal(true).optional().describe('One that the playbook says must not change.'),
    }),
  ),
  digest: z.string().optional().describe('Stands for all changes: another one where others would change.'),
  problem: z.string().optional().describe('Why the dry run could not tell.'),
});

const attempt = z.object({
  attempt: z.string(),
  step: z.string(),
  action: z.string(),
  run: z.int(),
  effect: effect.optional().describe('Left out in incidents that an older healer kept.'),
  phase: z.enum([
    'proposed',
    'awaiting-approval',
    'held',
    'dispatched',
    'verifying',
    'ended',
    'withdrawn',
    'shadowed',
  ]),
  startedAt: time.nullable(),
  targets: z.array(z.string()),
  targetsResolved: z.boolean(),
  predictions: z.array(prediction).optional().describe('What a dry run said that it would change.'),
  approval: z
    .object({ expiresAt: time, by: z.string().nullable().describe('Who said yes.') })
    .optional()
    .describe('Where a person was asked: until when the answer counts.'),
  fenced: z.boolean(),
  outcome: z.enum(['succeeded', 'failed', 'unknown']).nullable(),
  verdict: verdict.nullable(),
  reason: z.string().nullable().describe('What the backend said of it, or why it is held or was withdrawn.'),
});

const credit = z.discriminatedUnion('to', [
  z.object({ to: z.literal('attempt'), attempt: z.string() }),
  z.object({ to: z.literal('itself') }),
  z.object({ to: z.literal('late') }),
  z.object({ to: z.literal('person'), name: z.string() }),
]);

const incident = z.object({
  incident: z.string(),
  resource: z.string(),
  playbook: z.string(),
  state: z.enum(['open', 'closed']),
  openedAt: time,
  firstFaultAt: time,
  closedAt: time.nullable(),
  credit: credit.nullable().optional().describe('Who is credited with the recovery.'),
  story: z.string().describe('One line: what happened and what became of it.'),
  attempts: z.array(attempt),
});

export const incidentShapes = {
  Attempt: attempt,
  Incident: incident,
  Incidents: z.object({
    paused: pause,
    incidents: z.array(incident).describe('The newest first.'),
    next,
  }),
};
