import { readFileSync } from 'node:fs';
import { passedOnEnvironment } from '../../../programs/passed-on.ts';
import type { SecretPlace, ServiceDefinition } from '../definition.ts';

/** Throws where a secret is not at its place. Not the healer's whole environment: it may hold the healer's own secrets. */
export function serviceEnvironment(definition: ServiceDefinition): Record<string, string> {
  const environment = passedOnEnvironment();
  for (const [name, value] of Object.entries(definition.environment)) {
    environment[name] = typeof value === 'string' ? value : readSecret(name, value);
  }
  return environment;
}

function readSecret(name: string, place: SecretPlace): string {
  if ('file' in place) return readFileSync(place.file, 'utf8').trimEnd();
  const value = process.env[place.environment];
  if (value !== undefined && value !== '') return value;
  throw new Error(
    `${name}: the variable ${place.environment} was not set where this runner was started: set it for the healer, ` +
      'and end the runner so that a new one gets it',
  );
}
