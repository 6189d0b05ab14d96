import { z } from 'zod';

export const drillShapes = {
  Drills: z.object({
    items: z.array(
      z.object({
        name: z.string(),
        title: z.string().describe('As the label of a button.'),
        resource: z.string().describe('What is broken by it.'),
        running: z.boolean(),
      }),
    ),
  }),
  DrillOutcome: z.object({
    done: z.boolean().describe('False: the program that breaks it failed, or was not to be had.'),
    detail: z.string().describe('How it ended, and what was said; for a person.'),
  }),
};
