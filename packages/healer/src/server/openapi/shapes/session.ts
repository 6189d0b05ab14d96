import { z } from 'zod';
import { time } from './terms.ts';

export const sessionShapes = {
  Session: z.object({
    name: z.string(),
    role: z.enum(['viewer', 'operator', 'admin']),
    csrfToken: z.string().describe('For the header `x-prunella-csrf` of everything but GET.'),
    expiresAt: time.describe('When it ends at the latest, milliseconds since the Unix epoch.'),
  }),
};
