import type { Problem } from '@prunella/core';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { useMarkedLine } from './marked-line.ts';
import { yamlLines } from './yaml-tokens.ts';

/** Lines beyond it are shown without number and colour. */
const linesMost = 4_000;

export interface SourceProps {
  /** Lines have the addresses `#L12` where it is `L`: each text of a view has another one. */
  readonly name: string;
  readonly label: string;
  readonly text: string;
  readonly problems: readonly Pick<Problem, 'line' | 'severity' | 'message'>[];
  /** Null: it is only read. */
  readonly onEdit: ((text: string) => void) | null;
}

/** A text with numbered, coloured lines, and what is wrong with each of them; with a field over it to change it. */
export function Source({ name, label, text, problems, onEdit }: SourceProps) {
  const lines = useMemo(() => yamlLines(text), [text]);
  const marked = useMarkedLine(name).value;
  const field = useRef<HTMLTextAreaElement>(null);
  const seen = useRef(marked);
  const byLine = useMemo(() => Map.groupBy(problems, ({ line }) => line), [problems]);
  const isRead = onEdit === null;
  useEffect(() => {
    if (marked === null || marked === seen.current) return;
    seen.current = marked;
    const place =
      text
        .split('\n')
        .slice(0, marked - 1)
        .join('\n').length + (marked > 1 ? 1 : 0);
    field.current?.focus({ preventScroll: true });
    field.current?.setSelectionRange(place, place);
  }, [marked]);
  return (
    <div class="playbook-source" {...(isRead && { tabIndex: 0, role: 'region', 'aria-label': label })}>
      <pre class="playbook-lines" aria-hidden={isRead ? undefined : 'true'}>
        {lines.slice(0, linesMost).map((tokens, index) => {
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
        {lines.length <= linesMost ? null : (
          <span class="playbook-rest">{text.split('\n').slice(linesMost).join('\n')}</span>
        )}
      </pre>
      {onEdit === null ? null : (
        <textarea
          ref={field}
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
