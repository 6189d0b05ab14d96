import { access } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Path, Problem, SourceDocument } from '@prunella/core';

/** Where `prunella.yaml` takes a `secretReference`; null stands for any name. Elsewhere its keys mean nothing. */
const places: readonly (readonly (string | null)[])[] = [
  ['tokens', null],
  ['backends', 'salt', 'password'],
  ['backends', 'salt', 'secret'],
  ['backends', 'salt', 'api', 'password'],
  ['backends', 'process', 'services', null, 'environment', null],
  ['backends', 'rethinkdb', 'password'],
  ['backends', 'http', 'actions', null, 'secret'],
  ['backends', 'http', 'actions', null, 'headers', null],
  ['sources', null, 'signature', 'secret'],
  ['notifications', 'channels', null, 'secrets', null],
  ['notifications', 'channels', null, 'password'],
  ['notifications', 'channels', null, 'token'],
  ['notifications', 'channels', null, 'signingSecret'],
  ['monitors', null, 'password'],
  ['monitors', null, 'headers', null],
  ['monitors', null, 'environment', null],
  ['resources', null, 'probe', 'password'],
  ['resources', null, 'probe', 'headers', null],
  ['resources', null, 'nodes', null, 'probe', 'password'],
  ['resources', null, 'nodes', null, 'probe', 'headers', null],
];

/** Whether the path leads to the name of a variable or of a file that holds a secret. */
export function isReference(path: Path): boolean {
  const last = path.at(-1);
  return (
    (last === 'environment' || last === 'file') && places.some((place) => isAt(path.slice(0, -1), place))
  );
}

/** Files of secrets that are not there. Warnings, since the healer may run elsewhere. */
export async function missingSecretFiles(document: SourceDocument): Promise<readonly Problem[]> {
  const folder = dirname(resolve(document.file));
  const found = places.flatMap((place) => partsAt(document.value, [...place, 'file'], []));
  const problems = found.map(async ({ path, value: name }): Promise<readonly Problem[]> => {
    if (typeof name !== 'string' || name === '' || name.includes('\0')) return [];
    if (await exists(resolve(folder, name))) return [];
    const problem = document.problemAt(path, {
      severity: 'warning',
      code: 'secret-file-missing',
      message: `the secret's file ${name.slice(0, 200)} does not exist here`,
      suggestion: 'create it where the healer runs, readable for its user only',
    });
    return [problem];
  });
  return (await Promise.all(problems)).flat();
}

function isAt(path: Path, place: readonly (string | null)[]): boolean {
  return path.length === place.length && place.every((part, index) => part === null || part === path[index]);
}

interface Part {
  readonly path: Path;
  readonly value: unknown;
}

function partsAt(value: unknown, place: readonly (string | null)[], path: Path): readonly Part[] {
  const [name, ...rest] = place;
  if (name === undefined) return [{ path, value }];
  if (typeof value !== 'object' || value === null) return [];
  const members: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return members
    .filter(([key]) => name === null || name === key)
    .flatMap(([key, member]) => partsAt(member, rest, [...path, key]));
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    (error: unknown) => !(error instanceof Error && 'code' in error && error.code === 'ENOENT'),
  );
}
