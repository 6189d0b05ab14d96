import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { filePath, type PathBase } from '../../configuration/file-path.ts';
import type { TlsMaterial } from './http.ts';
import { SaltError } from './salt-error.ts';

/** Certificates for an address that begins with https. */
export function tlsConfiguration(base: PathBase) {
  return z
    .strictObject({
      ca: filePath(base)
        .optional()
        .describe("PEM file with the CA that made salt-api's certificate; default: those that Node knows."),
      certificate: filePath(base)
        .optional()
        .describe('PEM file with the own certificate, where a proxy before salt-api asks for one.'),
      key: filePath(base).optional().describe('PEM file with its key, readable for the healer only.'),
      serverName: z
        .string()
        .min(1)
        .max(253)
        .optional()
        .describe("The name in salt-api's certificate, where it is not the host of the address."),
    })
    .refine(
      ({ certificate, key }) => (certificate === undefined) === (key === undefined),
      'must name both `certificate` and `key`, or neither',
    );
}

export type TlsFiles = z.output<ReturnType<typeof tlsConfiguration>>;

const longestFile = 1024 * 1024;

/** Reads the files now. Rejects with a `SaltError` that names the one that cannot be read. */
export async function readTls(files: TlsFiles | undefined): Promise<TlsMaterial> {
  if (files === undefined) return {};
  const { ca, certificate, key, serverName } = files;
  return {
    ...(ca === undefined ? {} : { ca: await read(ca, 'ca') }),
    ...(certificate === undefined ? {} : { cert: await read(certificate, 'certificate') }),
    ...(key === undefined ? {} : { key: await read(key, 'key') }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
}

async function read(file: string, name: string): Promise<string> {
  try {
    const text = await readFile(file, 'utf8');
    if (text.length <= longestFile) return text;
    throw new RangeError('too long');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'longer than 1 MiB';
    throw new SaltError(
      'salt-tls',
      `the file ${file} ("tls: { ${name} }" of the backend "salt") cannot be read (${why})`,
      false,
      { cause: error },
    );
  }
}
