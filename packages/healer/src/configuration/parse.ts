import { dirname, resolve } from 'node:path';
import {
  hasCredentialsInUrl,
  isError,
  isSecretName,
  lazySchema,
  type Path,
  type Problem,
  readDocuments,
  type SourceDocument,
  validate,
} from '@prunella/core';
import { monitorProblems } from '../monitors/problems.ts';
import { sourceProblems } from '../sources/problems.ts';
import { type Configuration, configurationText } from './configuration.ts';
import type { Environment } from './secret.ts';
import { isReference } from './secret-places.ts';

/** A configuration with 10,000 resources is about 2 MB. */
const longestConfiguration = 8 * 1024 * 1024;

export interface ParsedConfiguration {
  /** Null where there is an error among the problems. */
  readonly configuration: Configuration | null;
  /** Errors and warnings, in the order of the text. */
  readonly problems: readonly Problem[];
  /** The text as read, which knows where each part stands; null where it is no YAML. */
  readonly document: SourceDocument | null;
}

/**
 * Reads the text of `prunella.yaml`. Relative paths start at the folder of `fileName`. The environment is only
 * asked whether the variables that secrets are expected in are set. Never throws, whatever the text or bytes.
 */
export function parseConfiguration(
  text: string | Uint8Array,
  fileName: string,
  environment: Environment,
): ParsedConfiguration {
  const read = readDocuments(text, fileName, longestConfiguration);
  const problems = [...read.problems];
  const [document, second] = read.documents;
  let value: Configuration | null = null;
  if (document !== undefined) {
    const schema = lazySchema(() => configurationText({ folder: dirname(resolve(fileName)) }));
    const validated = validate(document, schema());
    value = validated.value;
    const places = new Set(validated.problems.map(placeOf));
    const secrets = checkSecrets(document, environment).filter((problem) => !places.has(placeOf(problem)));
    problems.push(
      ...validated.problems,
      ...secrets,
      ...sourceProblems(document),
      ...monitorProblems(document),
    );
  } else if (!problems.some(isError)) {
    const message = 'the file is empty';
    const suggestion = 'begin with `resources:` and `backends:`';
    problems.push({
      severity: 'error',
      code: 'empty',
      file: fileName,
      line: 1,
      column: 1,
      text: '',
      message,
      suggestion,
    });
  }
  if (second !== undefined) {
    const message = 'a configuration is one document; this is a second one';
    problems.push(second.problemAt([], { code: 'second-document', message, suggestion: 'remove the `---`' }));
  }
  problems.sort((left, right) => left.line - right.line || left.column - right.column);
  return { configuration: problems.some(isError) ? null : value, problems, document: document ?? null };
}

/** What commands need to find the healer of this host: where it listens, where its store and its tokens are. */
export type Whereabouts = Pick<Configuration, (typeof whereabouts)[number]>;

const whereabouts = ['store', 'server', 'tokens', 'healer'] as const;

/**
 * The whereabouts alone, from a file that has errors elsewhere: whoever edits it must still be able to stop the
 * healer that runs. Null where they are wrong themselves, or the file is no map.
 */
export function whereaboutsIn(document: SourceDocument, fileName: string): Whereabouts | null {
  const { value } = document;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const schema = configurationText({ folder: dirname(resolve(fileName)) });
  // A key that nobody knows may have been meant for one of them.
  if (Object.keys(value).some((key) => !Object.hasOwn(schema.shape, key))) return null;
  const own = schema.pick({ store: true, server: true, tokens: true, healer: true });
  const written = Object.entries(value).filter(([key]) => whereabouts.some((each) => each === key));
  const { data } = own.safeParse(Object.fromEntries(written));
  return data ?? null;
}

function placeOf({ line, column }: Problem): string {
  return `${line}:${column}`;
}

/** Secrets written out, and references to variables that are not set. */
function checkSecrets(document: SourceDocument, environment: Environment): Problem[] {
  const problems: Problem[] = [];
  const visit = (value: unknown, path: Path, name: string) => {
    if (typeof value === 'string') {
      if (isReference(path)) {
        if (name === 'environment' && (environment[value] ?? '') === '') {
          problems.push(notSet(document, path, value));
        }
      } else if (value !== '' && (isSecretName(name) || hasCredentialsInUrl(value))) {
        problems.push(inPlainText(document, path, name));
      }
    } else if (typeof value === 'object' && value !== null) {
      const isList = Array.isArray(value);
      for (const [key, part] of Object.entries(value)) {
        visit(part, [...path, isList ? Number(key) : key], isList ? name : key);
      }
    }
  };
  visit(document.value, [], '');
  return problems;
}

function notSet(document: SourceDocument, path: Path, variable: string): Problem {
  return document.problemAt(path, {
    severity: 'warning',
    code: 'secret-not-set',
    message: `the environment variable ${variable.slice(0, 100)} is not set here`,
    suggestion: 'set it where the healer runs',
  });
}

function inPlainText(document: SourceDocument, path: Path, name: string): Problem {
  return document.problemAt(path, {
    severity: 'warning',
    code: 'secret-in-plain-text',
    message: `\`${name}\` seems to hold a secret in plain text`,
    suggestion: 'keep it in an environment variable or in a file that only the healer can read',
  });
}
