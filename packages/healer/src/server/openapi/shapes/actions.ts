import { z } from 'zod';
import { effect } from './terms.ts';

const type = z.enum(['string', 'number', 'boolean', 'array', 'object']);

const argument = z.object({
  type: z.union([type, z.array(type)]),
  description: z.string().describe('In words, after "must be".'),
  pattern: z.string().optional().describe('Of a text, and of each text of a list.'),
});

export const actionShapes = {
  Actions: z.object({
    items: z
      .array(
        z.object({
          action: z.string(),
          backend: z.string(),
          effect,
          autonomy: z.literal('ask').describe('Where a step writes none.'),
          highestAutonomy: z.enum(['ask', 'auto']).describe('A step cannot write more.'),
          arguments: z
            .object({
              type: z.literal('object'),
              properties: z.record(z.string(), argument),
              required: z.array(z.string()),
              additionalProperties: z.literal(false),
            })
            .nullable()
            .describe('JSON Schema of what `with` may hold; null: whatever the configuration made it for.'),
          promises: z
            .object({
              finds: z.boolean().describe('An order is found again after a crash of the healer.'),
              fences: z.boolean().describe('The target refuses an order that was overtaken.'),
              cancels: z.boolean().describe('An order that runs can be stopped.'),
              dryRuns: z.boolean().describe('It can be told beforehand what would change.'),
            })
            .describe('Of its backend.'),
        }),
      )
      .describe('By name.'),
  }),
};
