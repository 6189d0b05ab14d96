import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import {
  isError,
  type PlacedPlaybook,
  type PlaybookSource,
  type Problem,
  type ReadPlaybooks,
  readPlaybooks,
} from '@prunella/core';
import { parseScenarios, type Scenario } from '@prunella/core/scenario';
import { allActions, argumentProblem, openBackends } from '../configuration/actions.ts';
import { readTextFile, whyUnreadable } from '../configuration/read-text-file.ts';
import { isPlaybookFile, isScenarioFile } from './names.ts';

/** Beyond it a file cannot be read as YAML anyhow. */
const longestFile = 1024 * 1024;

export interface ScenarioFile {
  readonly file: string;
  readonly scenarios: readonly {
    readonly scenario: Scenario;
    readonly playbooks: readonly PlacedPlaybook[];
  }[];
  /** Of the scenarios and of the playbooks that they name. */
  readonly problems: readonly Problem[];
}

/** The scenario files that are meant: a folder's, or the file itself. Rejects where there is nothing. */
export async function scenarioFiles(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const names = (await readdir(path)).filter(isScenarioFile).sort();
  return names.map((name) => join(path, name));
}

/** Reads scenarios with their playbooks; playbooks of a folder are read once for all of its scenarios. */
export class ScenarioReader {
  readonly #read = new Map<string, Promise<ReadPlaybooks>>();

  async read(file: string): Promise<ScenarioFile> {
    const { scenarios, problems } = parseScenarios(await readText(file), file);
    const found = [...problems];
    const ready: { scenario: Scenario; playbooks: readonly PlacedPlaybook[] }[] = [];
    for (const scenario of scenarios) {
      const named = scenario.text.playbooks?.map((name) => resolve(dirname(file), name));
      const { placed, problems: ofPlaybooks } = await this.#playbooks(dirname(file), named);
      found.push(...ofPlaybooks.filter(isError));
      ready.push({ scenario, playbooks: placed });
    }
    return { file, scenarios: ready, problems: [...new Set(found)] };
  }

  #playbooks(folder: string, named: readonly string[] | undefined): Promise<ReadPlaybooks> {
    const key = named === undefined ? folder : named.join('\n');
    const known = this.#read.get(key);
    if (known !== undefined) return known;
    const reading = readPlaybookFiles(folder, named);
    this.#read.set(key, reading);
    return reading;
  }
}

async function readPlaybookFiles(
  folder: string,
  named: readonly string[] | undefined,
): Promise<ReadPlaybooks> {
  const files = named ?? (await playbookFilesOf(folder));
  const sources: PlaybookSource[] = [];
  const problems: Problem[] = [];
  for (const file of files) {
    try {
      sources.push({ file, text: await readText(file) });
    } catch (error) {
      problems.push(unreadable(file, error));
    }
  }
  const read = readPlaybooks(sources, { actions: allActions(), openBackends, argumentProblem });
  return { placed: read.placed, problems: [...problems, ...read.problems] };
}

async function playbookFilesOf(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter(isPlaybookFile);
  return names.sort().map((name) => join(folder, name));
}

async function readText(file: string): Promise<Uint8Array> {
  const bytes = await readTextFile(file);
  return bytes.length > longestFile ? bytes.subarray(0, longestFile) : bytes;
}

function unreadable(file: string, error: unknown): Problem {
  return {
    severity: 'error',
    code: 'file-unreadable',
    file,
    line: 0,
    column: 0,
    text: basename(file),
    message: whyUnreadable(error),
    suggestion: null,
  };
}
