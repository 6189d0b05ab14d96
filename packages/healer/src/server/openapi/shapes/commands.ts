import { z } from 'zod';

export const commandShapes = {
  CommandReceipt: z.object({
    accepted: z.literal(true),
    note: z.string().describe('What became of it, for a person.'),
  }),
  Pause: z.object({ paused: z.boolean() }),
};
