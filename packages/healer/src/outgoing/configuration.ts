import { z } from 'zod';
import { isAddressRange } from '../configuration/address-ranges.ts';

/** What holds for all requests that the healer sends to addresses of the configuration. */
export function outgoingConfiguration() {
  return z.strictObject({
    allow: z
      .array(z.string().refine(isAddressRange, 'must be an address or a range, such as 169.254.10.0/24'))
      .max(100)
      .prefault([])
      .describe(
        'Link-local and cloud metadata addresses that requests may go to all the same. All others of these are refused.',
      ),
  });
}
