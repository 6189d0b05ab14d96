import { z } from 'zod';

export const signalShapes = {
  SignalReceipt: z.object({
    accepted: z.literal(true),
    duplicate: z.boolean().describe('It was taken before, and nothing was done twice.'),
  }),
  CallbackBody: z.looseObject({}).describe('What the backend whose order it is expects; it is signed.'),
  CallbackReceipt: z.object({ taken: z.literal(true) }),
};
