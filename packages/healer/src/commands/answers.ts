import type { Explanation, LogEntry } from '@prunella/core';
import { z } from 'zod';
import type { IncidentView } from '../engine/engine.ts';
import { CommandFailure } from './failure.ts';

/**
 * The healer's answers, checked as far as a command relies on them: a newer healer may say more. What is
 * not relied on is passed on to `--json` as it came.
 */
const time = z.number().nullable();

const explanation: z.ZodType<Explanation> = z.looseObject({
  resource: z.string(),
  state: z.enum(['ok', 'undecided', 'suspected', 'open', 'attempting', 'verifying', 'paused', 'exhausted']),
  since: time,
  firstFaultAt: time,
  incident: z.string().nullable(),
  reason: z.string(),
  lastFault: z.string().nullable(),
  impact: z.string(),
  next: z.looseObject({ what: z.string(), at: time }),
  record: z.array(z.string()).exactOptional(),
  remedies: z.array(z.string()),
});

const attempt = z.looseObject({
  attempt: z.string(),
  step: z.string(),
  action: z.string(),
  run: z.number(),
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
  startedAt: time,
  targets: z.array(z.string()),
  targetsResolved: z.boolean(),
  fenced: z.boolean(),
  outcome: z.enum(['succeeded', 'failed', 'unknown']).nullable(),
  verdict: z.enum(['effective', 'ineffective', 'unverified']).nullable(),
  reason: z.string().nullable().default(null),
});

const incident: z.ZodType<IncidentView> = z.looseObject({
  incident: z.string(),
  resource: z.string(),
  playbook: z.string(),
  state: z.enum(['open', 'closed']),
  openedAt: z.number(),
  firstFaultAt: z.number(),
  closedAt: time,
  story: z.string(),
  attempts: z.array(attempt),
});

/** Of an event only its type: what a type holds is checked where it is printed. */
const logEntry = z.looseObject({
  sequence: z.number(),
  at: z.number(),
  resource: z.string(),
  incident: z.string().nullable(),
  event: z.looseObject({ type: z.string() }),
});

/** A log entry of this healer's version or of a newer one. */
export type AnsweredLogEntry = z.output<typeof logEntry> | LogEntry;

const stepAutonomy = z.looseObject({
  resource: z.string(),
  step: z.string(),
  written: z.enum(['shadow', 'ask', 'auto']),
  inForce: z.enum(['shadow', 'ask', 'auto']),
  record: z.looseObject({
    decisions: z.number(),
    recoveredFirst: z.number(),
    agreed: z.number(),
    disagreed: z.number(),
    runs: z.number(),
    effective: z.number(),
    harmful: z.number(),
  }),
  advice: z.string(),
});

const refusedConfiguration = z.looseObject({ at: z.number(), reason: z.string() }).nullable().default(null);

/** A healer that does not tell of its pause is not taken for paused. */
const paused = z.looseObject({ by: z.string(), reason: z.string(), at: z.number() }).nullable().default(null);

/** Left out by a healer that tells nobody. */
const deadChannels = z
  .array(
    z.looseObject({ channel: z.string(), since: time, error: z.string().nullable(), waiting: z.number() }),
  )
  .default([]);

const notificationChannel = z.looseObject({
  channel: z.string(),
  type: z.string(),
  state: z.string(),
  failingSince: time,
  lastError: z.string().nullable(),
  waiting: z.number(),
  delivered: z.number(),
  lost: z.number(),
});

const delivery = z.looseObject({
  channel: z.string(),
  state: z.string(),
  kind: z.string(),
  resource: z.string().nullable(),
  text: z.string(),
  at: z.number(),
  error: z.string().nullable(),
});

const fleet = {
  paused,
  refusedConfiguration,
  states: z.record(z.string(), z.number()),
};

export const answers = {
  explanation,
  streamFleet: z.looseObject(fleet),
  streamNow: z.looseObject({ ...fleet, explanations: z.array(explanation), more: z.number() }),
  incidents: z.looseObject({ paused, incidents: z.array(incident), next: z.string().optional() }),
  explanations: z.looseObject({
    paused,
    refusedConfiguration,
    deadChannels,
    explanations: z.array(explanation),
    known: z.number(),
    next: z.string().optional(),
  }),
  notifications: z.looseObject({ channels: z.array(notificationChannel), items: z.array(delivery) }),
  notificationTest: z.looseObject({ delivered: z.boolean(), problem: z.string().nullable() }),
  logEntry,
  log: z.looseObject({ entries: z.array(logEntry) }),
  receipt: z.looseObject({
    accepted: z.boolean(),
    note: z.string().optional(),
    reason: z.string().optional(),
  }),
  paused: z.looseObject({ paused: z.boolean() }),
  reloaded: z.looseObject({ reloaded: z.literal(true) }),
  autonomy: z.looseObject({ steps: z.array(stepAutonomy) }),
  whyNot: z.looseObject({
    answer: z.string(),
    runs: z.boolean(),
    reasons: z.array(
      z.looseObject({ rule: z.string(), reason: z.string(), until: time, remedy: z.string().nullable() }),
    ),
  }),
} as const;

export function readAnswer<Schema extends z.ZodType>(schema: Schema, answer: unknown): z.output<Schema> {
  const read = schema.safeParse(answer);
  if (read.success) return read.data;
  const where = read.error.issues[0]?.path.join('.') ?? '';
  throw new CommandFailure(
    1,
    'answer-not-understood',
    `the healer's answer is not understood${where === '' ? '' : ` at ${where}`}`,
    'use the version of `prunella` that the healer has',
  );
}
