import { z } from 'zod';

const units: ReadonlyMap<string, number> = new Map([
  ['MiB', 1024 ** 2],
  ['GiB', 1024 ** 3],
  ['TiB', 1024 ** 4],
]);

const pattern = /^(\d{1,6}(?:\.\d{1,3})?)(MiB|GiB|TiB)$/;

/** `500MiB` or `2GiB`, to bytes. */
export function sizeText({ leastBytes }: { readonly leastBytes: number }) {
  const message = 'must be a size with its unit, such as 500MiB or 2GiB';
  return z
    .string(message)
    .regex(pattern, message)
    .transform((text, context) => {
      const [, number = '', unit = ''] = pattern.exec(text) ?? [];
      const bytes = Math.round(Number(number) * (units.get(unit) ?? Number.NaN));
      if (bytes >= leastBytes) return bytes;
      context.addIssue(`must be at least ${leastBytes / 1024 ** 2}MiB`);
      return z.NEVER;
    });
}
