import type { Candidates, CompletionNode, CompletionOption } from './tree.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** The script for a shell. Only names that the healer knows are asked for when they are wanted. */
export function completionScript(shell: Shell, tree: readonly CompletionNode[]): string {
  return scripts[shell](tree);
}

/** In the loop over the words before the present one, alike in bash and zsh: which command they lead to. */
const followWord = `    if ((skip)); then skip=0; continue; fi
    case $word in
      -*) [[ -n $(_prunella_value "$place" "$word") ]] && skip=1 ;;
      *) if _prunella_is_command "$place" "$word"; then place=\${place:+$place }$word; else ((given++)); fi ;;
    esac
  done
`;

const scripts: Readonly<Record<Shell, (tree: readonly CompletionNode[]) => string>> = {
  bash: (tree) => `# prunella: completion for bash. Put into ~/.bashrc: source <(prunella completion bash)
${posixTables(tree)}
_prunella() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  local place='' given=0 skip=0 index word kind
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
${followWord}  if [[ $prev == -* ]]; then kind=$(_prunella_value "$place" "$prev"); fi
  if [[ -z $kind ]]; then
    if [[ $cur == -* ]]; then
      COMPREPLY=($(compgen -W "$(_prunella_options "$place")" -- "$cur"))
      return
    fi
    kind=$(_prunella_argument "$place" "$given")
    if ((given == 0)); then
      COMPREPLY=($(compgen -W "$(_prunella_commands "$place")" -- "$cur"))
    fi
  fi
  case $kind in
    '' | anything) ;;
    files) compopt -o filenames 2>/dev/null; COMPREPLY+=($(compgen -f -- "$cur")) ;;
    words:*) COMPREPLY+=($(compgen -W "\${kind#words:}" -- "$cur")) ;;
    *) COMPREPLY+=($(compgen -W "$("\${COMP_WORDS[0]}" completion names "$kind" -- "\${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)" -- "$cur")) ;;
  esac
}
complete -F _prunella prunella
`,
  zsh: (tree) => `#compdef prunella
# prunella: completion for zsh. Put into ~/.zshrc, after compinit: source <(prunella completion zsh)
${posixTables(tree)}
_prunella() {
  local cur=\${words[CURRENT]} prev=\${words[CURRENT-1]}
  local place='' given=0 skip=0 index word kind
  for ((index = 2; index < CURRENT; index++)); do
    word=\${words[index]}
${followWord}  if [[ $prev == -* ]]; then kind=$(_prunella_value "$place" "$prev"); fi
  if [[ -z $kind ]]; then
    if [[ $cur == -* ]]; then
      compadd -- \${=$(_prunella_options "$place")}
      return
    fi
    kind=$(_prunella_argument "$place" "$given")
    ((given == 0)) && compadd -- \${=$(_prunella_commands "$place")}
  fi
  case $kind in
    '' | anything) ;;
    files) _files ;;
    words:*) compadd -- \${=\${kind#words:}} ;;
    *) compadd -- \${(f)"$(\${words[1]} completion names "$kind" -- "\${(@)words[2,CURRENT-1]}" 2>/dev/null)"} ;;
  esac
}
(( $+functions[compdef] )) && compdef _prunella prunella
`,
  fish: (
    tree,
  ) => `# prunella: completion for fish. Put into a file: prunella completion fish > ~/.config/fish/completions/prunella.fish
${fishTables(tree)}
function __prunella_complete
  set -l before (commandline -opc)
  set -l cur (commandline -ct)
  set -l path ''
  set -l given 0
  set -l skip 0
  set -l kind ''
  for word in $before[2..-1]
    if test $skip = 1
      set skip 0
      continue
    end
    switch $word
      case '-*'
        set kind (__prunella_value "$path" "$word")
        test -n "$kind"; and set skip 1
      case '*'
        set kind ''
        if __prunella_is_command "$path" "$word"
          set path (string trim "$path $word")
        else
          set given (math $given + 1)
        end
    end
  end
  test $skip = 1; or set kind ''
  if test -z "$kind"
    if string match -q -- '-*' "$cur"
      __prunella_options "$path"
      return
    end
    set kind (__prunella_argument "$path" "$given")
    test $given = 0; and __prunella_commands "$path"
  end
  switch "$kind"
    case '' anything
    case files
      __fish_complete_path "$cur"
    case 'words:*'
      string split ' ' (string replace 'words:' '' "$kind")
    case '*'
      $before[1] completion names "$kind" -- $before[2..-1] 2>/dev/null
  end
end
complete -c prunella -f -a '(__prunella_complete)'
`,
};

/** Tables as functions, in what bash and zsh have in common. */
function posixTables(tree: readonly CompletionNode[]): string {
  const table = (name: string, subject: string, rows: readonly (readonly [string, string])[]) =>
    `${name}() {\n  case ${subject} in\n${rows.map(([pattern, body]) => `    ${pattern}) ${body} ;;\n`).join('')}  esac\n}\n`;
  const echo = (text: string) => `echo ${quoted(text)}`;
  return [
    table(
      '_prunella_commands',
      '"$1"',
      tree
        .filter(({ commands }) => commands.length > 0)
        .map(({ path, commands }) => [quoted(path), echo(commands.map(({ name }) => name).join(' '))]),
    ),
    table('_prunella_is_command', '"$1 $2"', [
      ...tree.flatMap(({ path, commands }) =>
        commands.map(({ name }): [string, string] => [quoted(`${path} ${name}`), 'return 0']),
      ),
      ['*', 'return 1'],
    ]),
    table(
      '_prunella_options',
      '"$1"',
      tree.map(({ path, options }) => [quoted(path), echo(options.flatMap(({ names }) => names).join(' '))]),
    ),
    table(
      '_prunella_value',
      '"$1 $2"',
      valuesOf(tree).map(([path, names, kind]) => [
        names.map((name) => quoted(`${path} ${name}`)).join(' | '),
        echo(kind),
      ]),
    ),
    table(
      '_prunella_argument',
      '"$1 $2"',
      argumentsOf(tree).map(([path, place, kind]) => [
        place === 'rest' ? `${quoted(`${path} `)}*` : quoted(`${path} ${place}`),
        echo(kind),
      ]),
    ),
  ].join('\n');
}

function fishTables(tree: readonly CompletionNode[]): string {
  const table = (name: string, subject: string, rows: readonly (readonly [string, readonly string[]])[]) =>
    `function ${name}\n  switch ${subject}\n${rows
      .map(([pattern, lines]) => `    case ${pattern}\n${lines.map((line) => `      ${line}\n`).join('')}`)
      .join('')}  end\nend\n`;
  const echo = (text: string) => `echo ${quoted(text)}`;
  const told = (name: string, description: string) =>
    `printf '%s\\t%s\\n' ${quoted(name)} ${quoted(description)}`;
  const optionLines = ({ names, description }: CompletionOption) =>
    names.map((name) => told(name, description));
  return [
    table(
      '__prunella_commands',
      '"$argv[1]"',
      tree
        .filter(({ commands }) => commands.length > 0)
        .map(({ path, commands }) => [
          quoted(path),
          commands.map(({ name, description }) => told(name, description)),
        ]),
    ),
    table('__prunella_is_command', '"$argv[1] $argv[2]"', [
      ...tree.flatMap(({ path, commands }) =>
        commands.map(({ name }): [string, string[]] => [quoted(`${path} ${name}`), ['return 0']]),
      ),
      ["'*'", ['return 1']],
    ]),
    table(
      '__prunella_options',
      '"$argv[1]"',
      tree.map(({ path, options }) => [quoted(path), options.flatMap(optionLines)]),
    ),
    table(
      '__prunella_value',
      '"$argv[1] $argv[2]"',
      valuesOf(tree).map(([path, names, kind]) => [
        names.map((name) => quoted(`${path} ${name}`)).join(' '),
        [echo(kind)],
      ]),
    ),
    table(
      '__prunella_argument',
      '"$argv[1] $argv[2]"',
      argumentsOf(tree).map(([path, place, kind]) => [
        quoted(place === 'rest' ? `${path} *` : `${path} ${place}`),
        [echo(kind)],
      ]),
    ),
  ].join('\n');
}

function valuesOf(
  tree: readonly CompletionNode[],
): readonly (readonly [string, readonly string[], string])[] {
  return tree.flatMap(({ path, options }) =>
    options.flatMap(({ names, value }): (readonly [string, readonly string[], string])[] =>
      value === null ? [] : [[path, names, kindText(value)]],
    ),
  );
}

function argumentsOf(
  tree: readonly CompletionNode[],
): readonly (readonly [string, number | 'rest', string])[] {
  return tree.flatMap(({ path, arguments: places, takesMore }) => {
    const rows = places.map((place, index): [string, number | 'rest', string] => [
      path,
      index,
      kindText(place),
    ]);
    const last = places.at(-1);
    return takesMore && last !== undefined
      ? [...rows, [path, 'rest' as const, kindText(last)] as const]
      : rows;
  });
}

function kindText(candidates: Candidates): string {
  return 'words' in candidates ? `words:${candidates.words.join(' ')}` : candidates.of;
}

/** In single quotes, for all three shells. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '').replaceAll("'", '’')}'`;
}
