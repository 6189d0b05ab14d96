import { durationText } from '@prunella/core';
import { z } from 'zod';
import { filePath, type PathBase } from '../configuration/file-path.ts';
import { sizeText } from '../configuration/size.ts';

const dayMs = 24 * 60 * 60 * 1000;

export function storeConfiguration(base: PathBase) {
  return z.strictObject({
    folder: filePath(base)
      .prefault('prunella-data')
      .describe('Where the healer keeps what must survive; made where it is missing. One healer at a time.'),
    retention: z
      .strictObject({
        age: durationText({ leastMs: dayMs })
          .prefault('90d')
          .describe(
            'An incident is kept this long after its closing, any other entry of the log by its own age.',
          ),
        size: sizeText({ leastBytes: 16 * 1024 ** 2 })
          .prefault('2GiB')
          .describe('Beyond it the oldest goes before its age, but nothing of the last hour.'),
        audit: durationText({ leastMs: 30 * dayMs })
          .prefault('366d')
          .describe('Entries of the audit are kept this long, whatever room they take.'),
      })
      .prefault({})
      .transform(({ age, size, audit }) => ({ ageMs: age, sizeBytes: size, auditAgeMs: audit }))
      .describe('How much of the past is kept. What is open is kept in any case.'),
  });
}
