import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ActionFacts,
  checkPlaybooks,
  isError,
  type Playbook,
  type PlaybookContext,
  type PlaybookSource,
  type Problem,
  type ResourceFacts,
  readPlaybooks,
  type SourceDocument,
} from '@prunella/core';
import { isPlaybookFile } from '../scenarios/names.ts';
import { argumentProblem, argumentProblemUnder, openBackends } from './actions.ts';
import type { Configuration } from './configuration.ts';
import { uncovered } from './coverage.ts';
import { parseConfiguration } from './parse.ts';
import { placeIn } from './place.ts';
import { undeclaredServices } from './process-targets.ts';
import { readTextFile, UnreadableFile, whyUnreadable } from './read-text-file.ts';
import type { Environment } from './secret.ts';
import { missingSecretFiles } from './secret-places.ts';
import { unheard } from './unheard.ts';
import { unprobed } from './unprobed.ts';
import { meantActions, meantPlaybooks } from './what-was-meant.ts';

/** Files that a folder of playbooks may hold. */
const mostFiles = 1_000;

export interface LoadedConfiguration {
  /** Null where there is an error among the problems. */
  readonly configuration: Configuration | null;
  readonly problems: readonly Problem[];
  /** The text as read, which knows where each part stands; null where the file is no YAML. */
  readonly document: SourceDocument | null;
}

export interface LoadedPlaybooks {
  /** Not to be used where there is an error among the problems. */
  readonly playbooks: readonly Playbook[];
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
  /** Of each playbook in `playbooks`, what was read. */
  readonly written: readonly WrittenPlaybook[];
}

/** A playbook as a person wrote it. */
export interface WrittenPlaybook {
  readonly name: string;
  readonly file: string;
  /** The whole file, which may hold others, too. */
  readonly text: string;
}

/** What playbooks are checked against beyond themselves. */
export interface CheckedAgainst {
  readonly configuration: Configuration;
  /** Gives problems their place; null where the configuration was made, not read. */
  readonly document: SourceDocument | null;
  /** Whether these are all playbooks of the configuration: then no other one heals what these leave out. */
  readonly wholeSet: boolean;
}

/** Reads `prunella.yaml`. A file that cannot be read is a problem like any other. */
export async function loadConfiguration(
  file: string,
  environment: Environment,
): Promise<LoadedConfiguration> {
  const bytes = await readBytes(file);
  if (!(bytes instanceof Uint8Array)) return { configuration: null, problems: [bytes], document: null };
  const parsed = parseConfiguration(bytes, file, environment);
  const missing = parsed.document === null ? [] : await missingSecretFiles(parsed.document);
  return { ...parsed, problems: [...parsed.problems, ...missing] };
}

/** Reads all playbooks of a configuration and checks them together. With its text problems have their place. */
export async function loadPlaybooks(
  configuration: Configuration,
  actions: ReadonlyMap<string, ActionFacts>,
  document: SourceDocument | null = null,
): Promise<LoadedPlaybooks> {
  const listed = await listFiles(configuration.playbooks);
  const context = playbookContext(configuration, actions);
  // A host that heals elsewhere needs neither resources nor playbooks that fit.
  const against = configuration.healer === undefined ? { configuration, document, wholeSet: true } : null;
  const loaded = await loadPlaybookFiles(listed.files, context, against);
  return { ...loaded, problems: [...listed.problems, ...loaded.problems] };
}

/**
 * Reads the playbooks of a configuration that cannot be used, so that one look shows what is wrong with both.
 * What they mean for its resources stays unchecked.
 */
export async function loadPlaybooksOfBroken(document: SourceDocument): Promise<LoadedPlaybooks> {
  const paths = meantPlaybooks(document);
  if (paths === null) return { playbooks: [], files: [], problems: [], written: [] };
  const listed = await listFiles(paths);
  const context: PlaybookContext = { actions: meantActions(document), openBackends, argumentProblem };
  const loaded = await loadPlaybookFiles(listed.files, context, null);
  return { ...loaded, problems: [...listed.problems, ...loaded.problems] };
}

/** Reads these files, in this order. Without a configuration they are checked by themselves. */
export async function loadPlaybookFiles(
  files: readonly string[],
  context: PlaybookContext,
  against: CheckedAgainst | null,
): Promise<LoadedPlaybooks> {
  const sources: PlaybookSource[] = [];
  const problems: Problem[] = [];
  for (const file of files) {
    const text = await readBytes(file);
    if (text instanceof Uint8Array) sources.push({ file, text });
    else problems.push(text);
  }
  const { placed, problems: found } = readPlaybooks(sources, context);
  problems.push(...found);
  const allRead = !problems.some(isError);
  problems.push(...checkPlaybooks(placed, against === null ? [] : resourceFacts(against.configuration)));
  if (against !== null) {
    const { configuration, wholeSet } = against;
    const place = placeIn(against.document);
    problems.push(
      ...unprobed(placed, configuration.resources),
      ...uncovered(placed, configuration.resources, place, allRead && wholeSet),
      ...undeclaredServices(placed, configuration, place),
      ...unheard(placed, configuration, place),
    );
  }
  const texts = new Map(sources.map(({ file, text }) => [file, text]));
  const written = placed.map(({ playbook: { name }, file }) => ({
    name,
    file,
    text: textOf(texts.get(file)),
  }));
  return { playbooks: placed.map(({ playbook }) => playbook), files, problems, written };
}

function textOf(read: string | Uint8Array | undefined): string {
  return typeof read === 'string' ? read : new TextDecoder().decode(read);
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
    argumentProblem: argumentProblemUnder(configuration),
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
    nodes: Object.entries(nodes).map(([name, { target, domain }]) => ({
      name,
      ...(target === undefined ? {} : { target }),
      ...(domain === undefined ? {} : { domain }),
    })),
  }));
}

async function listFiles(paths: readonly string[]): Promise<{ files: string[]; problems: Problem[] }> {
  const listed = await Promise.all(paths.map(playbookFiles));
  return {
    files: [...new Set(listed.flatMap(({ files }) => files))],
    problems: listed.flatMap(({ problems }) => problems),
  };
}

async function playbookFiles(path: string): Promise<{ files: string[]; problems: Problem[] }> {
  try {
    if (!(await stat(path)).isDirectory()) return { files: [path], problems: [] };
    const names = (await readdir(path)).filter(isPlaybookFile).sort();
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
    return await readTextFile(file);
  } catch (error) {
    return unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): Problem {
  const reason = whyUnreadable(error);
  if (error instanceof UnreadableFile) return fileProblem(file, reason, 'name another one');
  const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  return fileProblem(
    file,
    reason,
    isMissing ? 'create it, or name another one' : 'make it readable for this user',
  );
}

function fileProblem(file: string, message: string, suggestion: string | null): Problem {
  return {
    severity: 'error',
    code: 'file-unreadable',
    file,
    line: 0,
    column: 0,
    text: '',
    message,
    suggestion,
  };
}
