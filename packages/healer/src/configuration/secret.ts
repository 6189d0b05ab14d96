import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { filePath, type PathBase } from './file-path.ts';

/** Where a secret is; the secret itself never stands in the configuration. */
export type SecretReference = { readonly environment: string } | { readonly file: string };

export type Environment = Readonly<Record<string, string | undefined>>;

/** `{ environment: NAME }` or `{ file: path }`. */
export function secretReference(base: PathBase) {
  const message = 'must be { environment: NAME } or { file: path }: a secret never stands in this file';
  return z.union(
    [
      z.strictObject({
        environment: z
          .string()
          .regex(/^[A-Za-z_]\w{0,199}$/, 'must be the name of an environment variable')
          .describe('Name of the environment variable that holds it.'),
      }),
      z.strictObject({
        file: filePath(base).describe('File that holds it; white space at its end is left out.'),
      }),
    ],
    { error: (issue) => (isReferenceLike(issue.input) ? undefined : message) },
  );
}

function isReferenceLike(input: unknown): boolean {
  return typeof input === 'object' && input !== null && ('environment' in input || 'file' in input);
}

/** A secret that is not where the configuration says. The message never holds the secret. */
export class SecretError extends Error {
  override readonly name = 'SecretError';
  readonly code: 'secret-not-set' | 'secret-file-unreadable' | 'secret-empty' | 'secret-too-long';

  constructor(code: SecretError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const longestSecret = 64 * 1024;

/** Reads a secret now, so that a rotated file is seen. Rejects with a `SecretError` that says what to do. */
export async function readSecret(reference: SecretReference, environment: Environment): Promise<string> {
  if ('environment' in reference) {
    const value = environment[reference.environment];
    if (value !== undefined && value !== '') return value;
    throw new SecretError(
      'secret-not-set',
      `the environment variable ${reference.environment} is not set: set it, or name another one in prunella.yaml`,
    );
  }
  const text = await readFile(reference.file, 'utf8').catch((error: unknown) => {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new SecretError(
      'secret-file-unreadable',
      `the secret's file ${reference.file} cannot be read (${reason}): create it, readable for this user only`,
      { cause: error },
    );
  });
  if (text.length > longestSecret) {
    throw new SecretError('secret-too-long', `the secret's file ${reference.file} is longer than 64 KiB`);
  }
  const secret = text.trimEnd();
  if (secret !== '') return secret;
  throw new SecretError(
    'secret-empty',
    `the secret's file ${reference.file} is empty: write the secret into it`,
  );
}
