import { z } from 'zod';
import type { PathBase } from '../configuration/file-path.ts';
import { secretReference } from '../configuration/secret.ts';

export function serverConfiguration() {
  return z.strictObject({
    host: z.string().min(1).max(253).prefault('127.0.0.1').describe('Address to listen on.'),
    port: z.int().min(0).max(65_535).prefault(7766).describe('Port to listen on; 0 takes a free one.'),
  });
}

export function tokensConfiguration(base: PathBase) {
  return z.strictObject({
    reporter: secretReference(base).optional().describe('Of applications: it can report, and nothing else.'),
    operator: secretReference(base)
      .optional()
      .describe('Of people: it can also approve, reject, pause and resume.'),
  });
}

export type TokensConfiguration = z.output<ReturnType<typeof tokensConfiguration>>;
