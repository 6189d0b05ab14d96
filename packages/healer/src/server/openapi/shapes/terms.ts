import { conditions, faultKinds } from '@prunella/protocol';
import { z } from 'zod';

/** What several shapes have in common. */
export const time = z.number().describe("Milliseconds since the Unix epoch, by the healer's clock.");
export const count = z.int().nonnegative();
export const condition = z.enum(conditions);
export const faultKind = z.enum(faultKinds);
export const verdict = z.enum(['effective', 'ineffective', 'unverified']);
export const autonomy = z.enum(['shadow', 'ask', 'auto']);
export const effect = z.enum(['restores', 'repairs', 'disrupts']);
export const pause = z
  .object({ by: z.string(), at: time, reason: z.string().describe('May be empty.') })
  .nullable()
  .describe('Who paused everything; null where nothing is paused.');
export const refusedConfiguration = z
  .object({
    at: time,
    code: z.string(),
    reason: z.string().describe('All that is wrong, with file, line and column.'),
  })
  .nullable()
  .describe('A newer configuration that cannot be used; the former is in force then. Null: there is none.');
export const next = z
  .string()
  .optional()
  .describe('Where the list goes on: the `cursor` of the next request. Left out where this was all.');
