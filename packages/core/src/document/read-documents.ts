import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isScalar,
  LineCounter,
  Parser,
  type Scalar,
  visit,
  type YAMLError,
} from 'yaml';
import { hiddenText, type Problem } from './problem.ts';
import type { ProblemCode } from './problem-codes.ts';
import { mayShowSecret } from './secret-text.ts';
import { SourceDocument, shorten } from './source-document.ts';

/** What a text may cost to read. Beyond it the text is refused whole. */
export const documentLimits = {
  /** In UTF-16 code units. */
  length: 256 * 1024,
  depth: 32,
  documents: 100,
  /** Nodes that aliases may add up to; the guard against `*a *a *a` bombs. */
  aliases: 100,
  problems: 100,
} as const;

/** Its own search for keys written twice takes time with the square of their number; see `wrongKeys`. */
const composeOptions = { prettyErrors: false, logLevel: 'error', uniqueKeys: false } as const;

export interface ReadDocuments {
  /** Only those without an error of syntax. */
  readonly documents: readonly SourceDocument[];
  readonly problems: readonly Problem[];
}

/**
 * YAML 1.2 to values that know their places. Never throws; takes bounded time and memory for any text. Bytes
 * are read as UTF-8. `maxLength` replaces `documentLimits.length`.
 */
export function readDocuments(
  input: string | Uint8Array,
  file: string,
  maxLength: number = documentLimits.length,
): ReadDocuments {
  const size = input.length;
  if (size > maxLength) {
    return refuse(file, 'too-large', `the file has ${size} characters, and at most ${maxLength} are read`);
  }
  const text = typeof input === 'string' ? input : decoded(input);
  if (text === null) {
    const suggestion = 'save it as UTF-8; UTF-16 and binary files are not read';
    return {
      documents: [],
      problems: [{ ...refusal(file, 'not-utf-8', 'the file is no UTF-8 text'), suggestion }],
    };
  }
  const lines = new LineCounter();
  try {
    return readTokens(text, file, lines);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return refuse(file, 'yaml-unreadable', `the file cannot be read as YAML: ${shorten(detail)}`);
  }
}

/** Null where the bytes are no UTF-8 text: other encodings of it are full of NUL. */
function decoded(bytes: Uint8Array): string | null {
  if (bytes.includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function readTokens(text: string, file: string, lines: LineCounter): ReadDocuments {
  const tokens: CST.Token[] = [];
  for (const token of new Parser(lines.addNewLine).parse(text)) {
    tokens.push(token);
    if (tokens.length > documentLimits.documents * 20) {
      return refuse(
        file,
        'too-many-documents',
        `more than ${documentLimits.documents} documents in one file`,
      );
    }
    const offset = findTooDeep(token, documentLimits.depth);
    if (offset !== null) {
      const { line, col } = lines.linePos(offset);
      const message = `nested more than ${documentLimits.depth} deep`;
      return refuse(file, 'too-deep', message, line, col);
    }
  }
  const composed = [...new Composer(composeOptions).compose(tokens, true, text.length)];
  if (composed.length > documentLimits.documents) {
    return refuse(file, 'too-many-documents', `more than ${documentLimits.documents} documents in one file`);
  }
  const documents: SourceDocument[] = [];
  const problems: Problem[] = [];
  for (const document of composed) {
    // What is beyond the limit is never looked at: a broken file may hold a mistake in every character.
    const mostErrors = documentLimits.problems - problems.length;
    const errors = document.errors.slice(0, mostErrors);
    const warnings = document.warnings.slice(0, mostErrors - errors.length);
    problems.push(
      ...errors.map((error) => syntaxProblem(error, 'error', file, text, lines)),
      ...warnings.map((warning) => syntaxProblem(warning, 'warning', file, text, lines)),
    );
    const wrong = wrongKeys(document, documentLimits.problems - problems.length);
    problems.push(...wrong.map((key) => wrongKey(key, file, lines)));
    if (document.errors.length + wrong.length > 0 || isEmpty(document)) continue;
    const read = toValue(document, file, text, lines);
    if (read instanceof SourceDocument) documents.push(read);
    else problems.push(read);
  }
  return { documents, problems };
}

/** A `---` with nothing after it is no document of anybody's. */
function isEmpty(document: Document): boolean {
  return document.contents === null || document.contents.range?.[0] === document.contents.range?.[1];
}

function toValue(
  document: Document,
  file: string,
  text: string,
  lines: LineCounter,
): SourceDocument | Problem {
  try {
    const value: unknown = document.toJS({ maxAliasCount: documentLimits.aliases });
    if (isDeeper(value, documentLimits.depth)) {
      const message = 'an alias stands inside what it stands for, or leads too deep';
      return refusal(file, 'yaml-aliases', message);
    }
    return new SourceDocument(file, text, document, lines, value);
  } catch (error) {
    const alias = aliasForNothing(document);
    if (alias !== null) {
      const { line, col } = lines.linePos(alias.range?.[0] ?? 0);
      const message = `YAML takes what begins with \`*\` for an alias, and there is no anchor of that name before it`;
      const problem = refusal(file, 'yaml-aliases', message, Math.max(1, line), Math.max(1, col));
      return { ...problem, text: shorten(`*${alias.source}`), suggestion: quoteTheStar };
    }
    const detail = error instanceof Error ? error.message : String(error);
    return refusal(file, 'yaml-aliases', `the document's aliases cannot be followed: ${shorten(detail)}`);
  }
}

const quoteTheStar = "write a text that begins with `*` in quotes: '*'";

/** The first alias without an anchor before it, or null. One look at each node. */
function aliasForNothing(document: Document): Alias | null {
  const anchors = new Set<string>();
  let found: Alias | null = null;
  visit(document, {
    Node(_, node) {
      if (isAlias(node)) {
        if (anchors.has(node.source)) return undefined;
        found = node;
        return visit.BREAK;
      }
      if (node.anchor !== undefined) anchors.add(node.anchor);
      return undefined;
    },
  });
  return found;
}

const syntaxSuggestions: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  TAB_AS_INDENT: 'indent with spaces',
  BAD_ALIAS: quoteTheStar,
};

function syntaxProblem(
  error: YAMLError,
  severity: Problem['severity'],
  file: string,
  text: string,
  lines: LineCounter,
): Problem {
  const [start, end] = error.pos;
  const { line, col } = lines.linePos(start);
  const secret = mayShowSecret(lineAround(text, start));
  return {
    severity,
    code: 'yaml-syntax',
    file,
    line: Math.max(1, line),
    column: Math.max(1, col),
    text: secret ? hiddenText : shorten(text.slice(start, Math.max(end, start + 1))),
    message: secret ? `YAML: ${error.code.toLowerCase().replaceAll('_', ' ')}` : `YAML: ${error.message}`,
    suggestion: syntaxSuggestions[error.code] ?? null,
  };
}

/** The keys that an earlier one of the same map already says, and those of YAML 1.1 that merge maps. */
function wrongKeys(document: Document, most: number): Scalar[] {
  const wrong: Scalar[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if ((seen.has(name) || isMerge(key)) && wrong.length < most) wrong.push(key);
        seen.add(name);
      }
    },
  });
  return wrong;
}

function isMerge(key: Scalar): boolean {
  return key.value === '<<' && key.type === 'PLAIN';
}

function wrongKey(key: Scalar, file: string, lines: LineCounter): Problem {
  const { line, col } = lines.linePos(key.range?.[0] ?? 0);
  const text = shorten(String(key.value));
  const [code, message, suggestion] = isMerge(key)
    ? ([
        'merge-key',
        'YAML 1.2 has no merge keys',
        'write the keys out; a playbook can use `extends`',
      ] as const)
    : (['duplicate-key', `\`${text}\` is written twice`, 'keep one of the two'] as const);
  return {
    severity: 'error',
    code,
    file,
    line: Math.max(1, line),
    column: Math.max(1, col),
    text,
    message,
    suggestion,
  };
}

/** The line before an offset and the one it is on: a key may stand on the line before its value. */
function lineAround(text: string, offset: number): string {
  const nearby = text.slice(Math.max(0, offset - 2_000), offset + 2_000);
  const at = Math.min(offset, 2_000);
  const lineStart = nearby.lastIndexOf('\n', at - 1);
  const start = lineStart < 1 ? 0 : nearby.lastIndexOf('\n', lineStart - 1) + 1;
  const end = nearby.indexOf('\n', at);
  return nearby.slice(start, end < 0 ? nearby.length : end);
}

function refuse(file: string, code: ProblemCode, message: string, line = 1, column = 1): ReadDocuments {
  return { documents: [], problems: [refusal(file, code, message, line, column)] };
}

function refusal(file: string, code: ProblemCode, message: string, line = 1, column = 1): Problem {
  return { severity: 'error', code, file, line, column, text: '', message, suggestion: null };
}

/** Also true of a value that contains itself: it has no end. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((part) => isDeeper(part, levels - 1));
}

/** The offset of the first token nested deeper than the limit, or null. Without recursion of its own. */
function findTooDeep(root: CST.Token, limit: number): number | null {
  const waiting: { token: CST.Token; depth: number }[] = [{ token: root, depth: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { token, depth } = next;
    if (depth > limit) return token.offset;
    if (token.type === 'document' && token.value !== undefined) waiting.push({ token: token.value, depth });
    if (!('items' in token)) continue;
    for (const item of token.items) {
      if (item.key) waiting.push({ token: item.key, depth: depth + 1 });
      if (item.value) waiting.push({ token: item.value, depth: depth + 1 });
    }
  }
  return null;
}
