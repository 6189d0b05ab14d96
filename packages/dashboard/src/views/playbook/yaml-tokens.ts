type TokenKind = 'plain' | 'comment' | 'key' | 'text' | 'number' | 'word' | 'punctuation' | 'reference';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

/** What comes next in a line, in the order in which it is tried. Only for colours: core alone reads YAML. */
const rules: readonly (readonly [TokenKind, RegExp])[] = [
  ['comment', /(?<=^|\s)#.*/y],
  ['punctuation', /^(?:---|\.\.\.)(?=\s|$)/y],
  ['key', /(?:"(?:[^"\\]|\\.){0,200}"|'[^']{0,200}'|[\w./*-][\w ./*-]{0,200}?)(?=\s{0,20}:(?:\s|$))/y],
  ['text', /"(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?/y],
  ['reference', /[&*!][\w-]+/y],
  ['number', /-?\d+(?:\.\d+)?(?:%|ms|[smhd])?(?:\d+(?:ms|[smhd]))*(?=[\s,\]}]|$)/y],
  ['word', /(?:true|false|null|yes|no|auto|ask|shadow)(?=[\s,\]}]|$)/y],
  ['punctuation', /[-:,[\]{}|>?]/y],
  ['plain', /\s+|[^\s,[\]{}:#]+|./y],
];

const blockStart = /(?:^|[\s:-])[|>][+-]?\d?\s*(?:#.*)?$/;

/** Each line in coloured pieces, whose texts together are the line. */
export function yamlLines(text: string): readonly (readonly Token[])[] {
  let blockIndent: number | null = null;
  return text.split('\n').map((line) => {
    const indent = line.length - line.trimStart().length;
    if (blockIndent !== null && (line.trim() === '' || indent > blockIndent))
      return [{ kind: 'text', text: line }];
    blockIndent = blockStart.test(line) && !line.trimStart().startsWith('#') ? indent : null;
    return tokensOf(line);
  });
}

function tokensOf(line: string): readonly Token[] {
  const tokens: Token[] = [];
  let place = 0;
  while (place < line.length) {
    const token = tokenAt(line, place);
    const before = tokens.at(-1);
    if (before?.kind === token.kind) tokens[tokens.length - 1] = { ...token, text: before.text + token.text };
    else tokens.push(token);
    place += token.text.length;
  }
  return tokens;
}

function tokenAt(line: string, place: number): Token {
  for (const [kind, rule] of rules) {
    rule.lastIndex = place;
    const text = rule.exec(line)?.[0] ?? '';
    if (text !== '') return { kind, text };
  }
  return { kind: 'plain', text: line.slice(place) };
}
