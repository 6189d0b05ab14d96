import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ActionFacts,
  checkPlaybooks,
  type PlacedPlaybook,
  type Playbook,
  type PlaybookContext,
  type Problem,
  parsePlaybook,
  type ResourceFacts,
} from '@prunella/core';
import { argumentProblem } from './actions.ts';
import type { Configuration } from './configuration.ts';
import { parseConfiguration } from './parse.ts';
import type { Environment } from './secret.ts';
import { unprobed } from './unprobed.ts';

/** Files that a folder of playbooks may hold. */
const mostFiles = 1_000;

export interface LoadedConfiguration {
  /** Null where there is an error among the problems. */
  readonly configuration: Configuration | null;
  readonly problems: readonly Problem[];
}

export interface LoadedPlaybooks {
  /** Not to be used where there is an error among the problems. */
  readonly playbooks: readonly Playbook[];
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
}

/** Reads `prunella.yaml`. A file that cannot be read is a problem like any other. */
export async function loadConfiguration(
  file: string,
  environment: Environment,
): Promise<LoadedConfiguration> {
  const bytes = await readBytes(file);
  if (bytes instanceof Uint8Array) return parseConfiguration(bytes, file, environment);
  return { configuration: null, problems: [bytes] };
}

/** Reads all playbooks of a configuration and checks them together. */
export async function loadPlaybooks(
  configuration: Configuration,
  actions: ReadonlyMap<string, ActionFacts>,
): Promise<LoadedPlaybooks> {
  const context = playbookContext(configuration, actions);
  const listed = await Promise.all(configuration.playbooks.map(playbookFiles));
  const files = [...new Set(listed.flatMap(({ files }) => files))];
  const problems = listed.flatMap((one) => one.problems);
  const loaded = await loadPlaybookFiles(files, context, configuration);
  return { ...loaded, problems: [...problems, ...loaded.problems] };
}

/** Reads these files, in this order. Without a configuration they are checked by themselves. */
export async function loadPlaybookFiles(
  files: readonly string[],
  context: PlaybookContext,
  configuration: Configuration | null,
): Promise<LoadedPlaybooks> {
  const placed: PlacedPlaybook[] = [];
  const problems: Problem[] = [];
  for (const file of files) {
    const bytes = await readBytes(file);
    if (!(bytes instanceof Uint8Array)) {
      problems.push(bytes);
      continue;
    }
    const parsed = parsePlaybook(bytes, file, context);
    problems.push(...parsed.problems);
    placed.push(...parsed.playbooks.map((playbook) => ({ playbook, file })));
  }
  problems.push(...checkPlaybooks(placed, configuration === null ? [] : resourceFacts(configuration)));
  if (configuration !== null) problems.push(...unprobed(placed, configuration.resources));
  return { playbooks: placed.map(({ playbook }) => playbook), files, problems };
}

/** What a configuration says that playbooks are read with. */
export function playbookContext(
  configuration: Configuration,
  actions: ReadonlyMap<string, ActionFacts>,
): PlaybookContext {
  const { salt } = configuration.backends;
  const blind = salt?.mode === 'hook' && salt.api === undefined;
  return {
    actions,
    argumentProblem,
    unresolvingBackends: new Set(blind ? ['salt'] : []),
    heartbeatMs: configuration.timing.reportHeartbeatMs,
    graceAfterStartMs: configuration.timing.graceAfterStartMs,
  };
}

/** The declared resources, as `decide` and the checks take them. */
export function resourceFacts(configuration: Configuration): readonly ResourceFacts[] {
  return Object.entries(configuration.resources).map(([resource, { labels, nodes }]) => ({
    resource,
    labels,
    nodes: Object.entries(nodes).map(([name, { target }]) =>
      target === undefined ? { name } : { name, target },
    ),
  }));
}

async function playbookFiles(path: string): Promise<{ files: string[]; problems: Problem[] }> {
  try {
    if (!(await stat(path)).isDirectory()) return { files: [path], problems: [] };
    const names = (await readdir(path)).filter((name) => /\.ya?ml$/.test(name)).sort();
    if (names.length <= mostFiles) return { files: names.map((name) => join(path, name)), problems: [] };
    return {
      files: [],
      problems: [fileProblem(path, `more than ${mostFiles} playbook files in one folder`, null)],
    };
  } catch (error) {
    return { files: [], problems: [unreadable(path, error)] };
  }
}

async function readBytes(file: string): Promise<Uint8Array | Problem> {
  try {
    return await readFile(file);
  } catch (error) {
    return unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): Problem {
  const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const remedy = reason === 'ENOENT' ? 'create it, or name another one' : 'make it readable for this user';
  return fileProblem(file, `cannot be read (${reason})`, remedy);
}

function fileProblem(file: string, message: string, suggestion: string | null): Problem {
  return {
    severity: 'error',
    code: 'file-unreadable',
    file,
    line: 1,
    column: 1,
    text: '',
    message,
    suggestion,
  };
}
