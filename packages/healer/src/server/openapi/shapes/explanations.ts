import { z } from 'zod';
import { deadChannel } from './notifications.ts';
import { count, pause, refusedConfiguration, time } from './terms.ts';

const explanation = z.object({
  resource: z.string(),
  state: z.enum(['ok', 'undecided', 'suspected', 'open', 'attempting', 'verifying', 'paused', 'exhausted']),
  since: time.nullable().describe('When this state began; null where that is not known.'),
  firstFaultAt: time.nullable().describe('The earliest fault that is known; null where nobody is sick.'),
  incident: z.string().nullable(),
  reason: z.string().describe('Why it is in this state, with its numbers.'),
  lastFault: z.string().nullable().describe('The newest fault, for a person.'),
  impact: z.string().describe('Who is hit: how many instances of which services.'),
  next: z
    .object({ what: z.string(), at: time.nullable().describe('Null: when something is heard.') })
    .describe('What the healer does next, and when it looks again.'),
  record: z.array(z.string()).optional().describe('How well each step has done here so far.'),
  remedies: z.array(z.string()).describe('What a person can do, as commands or sentences.'),
});

export const explanationShapes = {
  Explanation: explanation,
  Explanations: z.object({
    paused: pause,
    refusedConfiguration,
    deadChannels: z
      .array(deadChannel)
      .describe('Ways to people that deliver nothing: who should hear of this does not.'),
    known: count.describe('How many resources there are, whatever was asked for.'),
    explanations: z.array(explanation).describe('The sick first, then by name.'),
    next: z.string().optional(),
  }),
  WhyNot: z.object({
    resource: z.string(),
    action: z.string(),
    runs: z.boolean().describe('It runs, or nothing stands against it: then there is no reason.'),
    answer: z.string(),
    reasons: z.array(
      z.object({
        rule: z.string().describe('A guardrail, or `playbook`, `incident`, `ladder`, `attempt`.'),
        reason: z.string(),
        until: time.nullable().describe('When it is looked at again; null where only an event changes it.'),
        remedy: z.string().nullable().describe('What a person can do.'),
      }),
    ),
  }),
};
