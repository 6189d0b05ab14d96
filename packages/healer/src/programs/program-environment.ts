import { z } from 'zod';
import type { PathBase } from '../configuration/file-path.ts';
import {
  type Environment,
  readSecret,
  type SecretReference,
  secretReference,
} from '../configuration/secret.ts';
import { passedOnEnvironment } from './passed-on.ts';

/** What a program is told, by name, as it stands in the configuration. */
export function programEnvironment(base: PathBase) {
  return z.record(z.string().regex(/^[A-Za-z_]\w{0,199}$/), z.union([z.string(), secretReference(base)]));
}

/** What is passed on and what is declared. Rejects with a `SecretError`. */
export async function readProgramEnvironment(
  declared: Readonly<Record<string, string | SecretReference>>,
  own: Environment,
): Promise<Record<string, string>> {
  const told = passedOnEnvironment();
  for (const [name, value] of Object.entries(declared)) {
    told[name] = typeof value === 'string' ? value : await readSecret(value, own);
  }
  return told;
}
