import { problemCodes } from '@prunella/core';
import { z } from 'zod';
import { names } from './resources.ts';
import { autonomy, count, effect, next } from './terms.ts';

const problem = z.object({
  severity: z.enum(['error', 'warning']),
  code: z.enum(Object.keys(problemCodes) as [keyof typeof problemCodes]),
  file: z.string(),
  line: z.int().describe('1 is the first; 0 where the file as a whole is meant.'),
  column: z.int(),
  text: z.string().describe('The offending text, cut.'),
  message: z.string(),
  suggestion: z.string().nullable(),
});

const row = {
  name: z.string(),
  for: z.string().describe('A resource name, or one with `*`.'),
  dependsOn: z.array(z.string()),
  file: z.string().nullable().describe("Relative to the configuration's folder; null: it came from none."),
  resources: names.describe('The resources that it owns.'),
  problems: z.array(problem).describe('Warnings about its file, in the order of the text.'),
  steps: z
    .array(
      z.object({
        id: z.string(),
        action: z.string(),
        effect,
        autonomy,
        afterMs: z.number(),
        everyMs: z.number(),
        max: count,
        line: z.int().describe('On which it begins.'),
      }),
    )
    .describe('Mildest first.'),
};

export const playbookShapes = {
  Playbooks: z.object({ items: z.array(z.object(row)).describe('By name.'), next }),
  Playbook: z.object({
    ...row,
    text: z.string().nullable().describe('The whole file as it was read, which may hold others, too.'),
  }),
};
