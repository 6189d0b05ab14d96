import { z } from 'zod';
import { filePath, type PathBase } from '../configuration/file-path.ts';

export function storeConfiguration(base: PathBase) {
  return z.strictObject({
    folder: filePath(base)
      .prefault('prunella-data')
      .describe('Where the healer keeps what must survive; made where it is missing. One healer at a time.'),
  });
}
