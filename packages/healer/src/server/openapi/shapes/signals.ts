import { z } from 'zod';

export const signalShapes = {
  SignalReceipt: z.object({
    accepted: z.literal(true),
    duplicate: z.boolean().describe('It was taken before, and nothing was done twice.'),
  }),
  SlackInteraction: z
    .looseObject({ payload: z.string() })
    .describe('A form (`application/x-www-form-urlencoded`) of Slack; it is signed.'),
  CallbackBody: z.looseObject({}).describe('What the backend whose order it is expects; it is signed.'),
  CallbackReceipt: z.object({ taken: z.literal(true) }),
};
