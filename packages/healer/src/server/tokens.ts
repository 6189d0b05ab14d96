import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Environment, readSecret, type SecretReference } from '../configuration/secret.ts';
import type { AccessToken } from './access.ts';
import type { TokensConfiguration } from './configuration.ts';

/** The tokens that every healer with a port has: an application's, and a person's. */
export type StandingRole = 'reporter' | 'operator';

export interface ReadTokens {
  readonly tokens: readonly AccessToken[];
  /** For people: `the environment variable X`, or the path of a file. Never the token. */
  readonly places: Readonly<Record<StandingRole, string>>;
}

/** Where a token is that the configuration does not name: made at the first start, readable for this user. */
export function tokenFile(storeFolder: string, role: StandingRole): string {
  return join(storeFolder, 'tokens', role);
}

/** Reads both tokens; makes those that the configuration does not name. Rejects with a `SecretError`. */
export async function readTokens(
  configuration: TokensConfiguration,
  storeFolder: string,
  environment: Environment,
): Promise<ReadTokens> {
  const read = async (role: StandingRole): Promise<AccessToken> => {
    const reference = configuration[role];
    const token =
      reference === undefined
        ? await readOrMakeToken(storeFolder, role)
        : await readSecret(reference, environment);
    return { name: role, role, token };
  };
  const place = (role: StandingRole) => placeOf(configuration[role], storeFolder, role);
  return {
    tokens: [await read('reporter'), await read('operator')],
    places: { reporter: place('reporter'), operator: place('operator') },
  };
}

/** For the one that holds the store: nobody else makes the file at the same moment. */
async function readOrMakeToken(storeFolder: string, role: StandingRole): Promise<string> {
  const file = tokenFile(storeFolder, role);
  const folder = join(storeFolder, 'tokens');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const present = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
  if (present.trim() !== '') return present.trim();
  const token = randomBytes(32).toString('base64url');
  await writeFile(file, `${token}\n`, { mode: 0o600 });
  return token;
}

function placeOf(reference: SecretReference | undefined, storeFolder: string, role: StandingRole): string {
  if (reference === undefined) return tokenFile(storeFolder, role);
  return 'file' in reference ? reference.file : `the environment variable ${reference.environment}`;
}
