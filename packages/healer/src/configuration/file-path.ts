import { resolve } from 'node:path';
import { z } from 'zod';

/** Where relative paths of a configuration start: the folder of its file. */
export interface PathBase {
  readonly folder: string;
}

/** A path in text, to an absolute one. */
export function filePath(base: PathBase) {
  return z
    .string()
    .min(1, 'must not be empty')
    .max(4_096)
    .refine((path) => !path.includes('\0'), 'must not contain a NUL character')
    .transform((path) => resolve(base.folder, path));
}
