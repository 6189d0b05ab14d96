import { isError, type Problem } from '../document/problem.ts';
import { documentLimits, readDocuments } from '../document/read-documents.ts';
import type { WrittenDocument } from '../document/source-document.ts';
import { validate } from '../document/validate.ts';
import { type Path, pathName, valueAt } from '../document/value-path.ts';
import { checkOverrides } from './check-overrides.ts';
import { checkPlaybook } from './check-playbook.ts';
import type { PlaybookContext } from './context.ts';
import { type Draft, extend } from './extend.ts';
import type { PlacedPlaybook } from './placed.ts';
import type { Playbook } from './playbook.ts';
import { playbookText } from './text.ts';
import { toPlaybook } from './to-playbook.ts';
import { unknownActions } from './unknown-actions.ts';

export interface ParsedPlaybooks {
  /** In the order of the text; only those without an error of their own, and no templates. */
  readonly playbooks: readonly Playbook[];
  /** All that were found, errors and warnings, in the order of the text. */
  readonly problems: readonly Problem[];
}

/** One file that people wrote. */
export interface PlaybookSource {
  readonly file: string;
  readonly text: string | Uint8Array;
}

export interface ReadPlaybooks {
  readonly placed: readonly PlacedPlaybook[];
  readonly problems: readonly Problem[];
}

/** Reads the playbooks of one text, one a YAML document. Never throws, whatever the text or bytes. */
export function parsePlaybook(
  text: string | Uint8Array,
  fileName: string,
  context: PlaybookContext = {},
): ParsedPlaybooks {
  const { placed, problems } = readPlaybooks([{ file: fileName, text }], context);
  return { playbooks: placed.map(({ playbook }) => playbook), problems };
}

/** Reads files together: a playbook may extend one of another file. Never throws. */
export function readPlaybooks(
  sources: readonly PlaybookSource[],
  context: PlaybookContext = {},
): ReadPlaybooks {
  const problems: Problem[] = [];
  const drafts: Draft[] = [];
  for (const { file, text } of sources) {
    const read = readDocuments(text, file);
    problems.push(...read.problems);
    if (read.documents.length === 0 && !read.problems.some(isError)) problems.push(noPlaybook(file, text));
    for (const document of read.documents) {
      const { value, problems: found } = validate(document, playbookText());
      const unknown = unknownActions(document, context);
      drafts.push({ document, file, text: value, problems: [...found, ...unknown] });
    }
  }
  const byName = new Map<string, Draft>();
  for (const draft of drafts) {
    const name = draft.text?.playbook;
    if (name !== undefined && !byName.has(name)) byName.set(name, draft);
  }
  const placed: PlacedPlaybook[] = [];
  for (const draft of drafts) {
    const { playbook, document, problems: found } = readDraft(draft, byName, context);
    problems.push(...found);
    const isWhole = playbook !== null && !found.some(isError);
    if (isWhole && draft.text?.template !== true) placed.push({ playbook, file: draft.file, document });
  }
  return { placed, problems: inOrder(problems, sources) };
}

function readDraft(
  draft: Draft,
  byName: ReadonlyMap<string, Draft>,
  context: PlaybookContext,
): {
  readonly playbook: Playbook | null;
  readonly document: WrittenDocument;
  readonly problems: readonly Problem[];
} {
  const problems = [...draft.problems];
  const { whole, problems: extending } = extend(draft, byName);
  problems.push(...extending);
  if (whole === null) {
    const takesOver = valueAt(draft.document.value, ['extends']) !== undefined;
    if (!takesOver) problems.push(...findMissing(draft.document));
    return { playbook: null, document: draft.document, problems };
  }
  const { document, text } = whole;
  const missing = findMissing(document);
  problems.push(...missing);
  if (text.ladder === undefined || text.ladder.some(({ action }) => action === undefined)) {
    return { playbook: null, document, problems };
  }
  const playbook = toPlaybook(text, text.ladder, document, context);
  const own = checkPlaybook(playbook, document, context);
  problems.push(...own, ...checkOverrides(playbook, document, context, own));
  return { playbook, document, problems };
}

/** What the schema lets be left out, since it may come from the playbook that is extended. */
function findMissing(document: WrittenDocument): readonly Problem[] {
  const { value } = document;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const isTemplate = valueAt(value, ['template']) === true;
  const missing = (path: Path) =>
    document.problemAt(path, { code: 'missing', message: `\`${pathName(path)}\` is missing` });
  const ladder = valueAt(value, ['ladder']);
  const steps: readonly unknown[] = Array.isArray(ladder) ? ladder : [];
  const hasFor = valueAt(value, ['for']) !== undefined;
  return [
    ...(hasFor || isTemplate ? [] : [missing(['for'])]),
    ...(hasFor && isTemplate ? [document.problemAt(['for'], templateWithFor)] : []),
    ...(ladder !== undefined || isTemplate ? [] : [missing(['ladder'])]),
    ...steps.flatMap((step, index) => {
      const isMap = typeof step === 'object' && step !== null && !Array.isArray(step);
      return isMap && !Object.hasOwn(step, 'action') ? [missing(['ladder', index, 'action'])] : [];
    }),
  ].slice(0, documentLimits.problems);
}

const templateWithFor = {
  code: 'template-with-for',
  message: 'a template heals nothing itself',
  suggestion: 'leave `for` out, or `template`',
} as const;

/** File by file, each in the order of its text; what is said of a text that several extend is said once. */
function inOrder(problems: readonly Problem[], sources: readonly PlaybookSource[]): readonly Problem[] {
  const rank = new Map(sources.map(({ file }, index) => [file, index]));
  const known = new Set<string>();
  const once = problems.filter((problem) => {
    const key = JSON.stringify(problem);
    if (known.has(key)) return false;
    known.add(key);
    return true;
  });
  const fileOf = ({ file }: Problem) => rank.get(file) ?? 0;
  return once.sort(
    (left, right) => fileOf(left) - fileOf(right) || left.line - right.line || left.column - right.column,
  );
}

/**
 * A file of comments is what a person leaves who takes a playbook out for a while; one with nothing in it is what a
 * write leaves that failed, and would take a playbook out of force without a word.
 */
function noPlaybook(file: string, text: string | Uint8Array): Problem {
  const isBlank = (typeof text === 'string' ? text : new TextDecoder().decode(text)).trim() === '';
  const message = isBlank ? 'the file is empty' : 'the file holds no playbook';
  const suggestion = isBlank
    ? 'write a playbook, or remove the file; one that is out of force for a while can stand in comments'
    : 'begin with `playbook:`, `for:` and `ladder:`';
  return {
    severity: isBlank ? 'error' : 'warning',
    code: 'no-playbook',
    file,
    line: 1,
    column: 1,
    text: '',
    message,
    suggestion,
  };
}
