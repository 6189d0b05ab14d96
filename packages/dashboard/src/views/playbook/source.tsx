import type { Problem } from '@prunella/core';
import { useMemo } from 'preact/hooks';
import { yamlLines } from './yaml-tokens.ts';

/** Lines beyond it are there, and are neither numbered nor coloured. */
const linesMost = 4_000;

export interface SourceProps {
  /** Without blanks; lines have the addresses `#L12`, so only one source of a view may be called `L`. */
  readonly name: string;
  readonly label: string;
  readonly text: string;
  readonly problems: readonly Pick<Problem, 'line' | 'severity' | 'message'>[];
  /** The line that the address means. */
  readonly marked: number | null;
  /** Null: it is only read. */
  readonly onEdit: ((text: string) => void) | null;
}

/** A text with numbered, coloured lines, and what is wrong with each of them; with a field over it to change it. */
export function Source({ name, label, text, problems, marked, onEdit }: SourceProps) {
  const lines = useMemo(() => yamlLines(text).slice(0, linesMost), [text]);
  const byLine = useMemo(() => Map.groupBy(problems, ({ line }) => line), [problems]);
  const isRead = onEdit === null;
  return (
    <div class="playbook-source" {...(isRead && { tabIndex: 0, role: 'region', 'aria-label': label })}>
      <pre class="playbook-lines" aria-hidden={isRead ? undefined : 'true'}>
        {lines.map((tokens, index) => {
          const number = index + 1;
          const found = byLine.get(number) ?? [];
          const isBad = found.some(({ severity }) => severity === 'error');
          const look =
            found.length === 0 ? '' : isBad ? ' tone-bad playbook-wrong' : ' tone-doubt playbook-wrong';
          return (
            <span
              key={number}
              id={`${name}${number}`}
              class={`playbook-line${look}${number === marked ? ' playbook-marked' : ''}`}
            >
              {isRead ? (
                <a class="playbook-number" href={`#${name}${number}`} tabIndex={-1}>
                  {number}
                </a>
              ) : (
                <span class="playbook-number">{number}</span>
              )}
              {tokens.map(({ kind, text: part }, place) => (
                <span key={place} class={`yaml-${kind}`}>
                  {part}
                </span>
              ))}
              {found.length === 0 ? null : (
                <span class="playbook-message">{`${isBad ? '✕' : '!'} ${found[0]?.message ?? ''}`}</span>
              )}
              {'\n'}
            </span>
          );
        })}
      </pre>
      {onEdit === null ? null : (
        <textarea
          class="playbook-field"
          aria-label={label}
          value={text}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          wrap="off"
          onInput={(event) => onEdit(event.currentTarget.value)}
        />
      )}
    </div>
  );
}
