import { type Environment, readSecret } from '../../configuration/secret.ts';
import { http } from '../../node-http.ts';
import type { HttpActionConfiguration } from './configuration.ts';

/**
 * The configured headers with their secrets, names in small letters. Rejects where a secret is not at its place, or
 * cannot stand in a header: fetch would say so with the secret in its message.
 */
export async function configuredHeaders(
  { headers }: HttpActionConfiguration,
  environment: Environment,
): Promise<Record<string, string>> {
  const entries = Object.entries(headers).map(async ([name, given]) => {
    const value = typeof given === 'string' ? given : await readSecret(given, environment);
    try {
      http.validateHeaderValue(name, value);
    } catch (error) {
      const message = `the value of the header ${name} has characters that no header may have, such as a line break: correct it`;
      throw new Error(message, { cause: error });
    }
    return [name.toLowerCase(), value] as const;
  });
  return { accept: 'application/json', ...Object.fromEntries(await Promise.all(entries)) };
}
