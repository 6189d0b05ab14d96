import type { Problem } from '@prunella/core';
import { Sentence } from '../../components/times.tsx';

export interface ProblemListProps {
  readonly problems: readonly Problem[];
  readonly label: string;
  /** In place of `Error` and `Warning`. */
  readonly word?: string;
  /** Those of other files are told with the name of theirs, without a way to it. Left out: all are of one. */
  readonly file?: string;
  /** Leads to the line. */
  readonly hrefOf: (line: number) => string;
}

/** What is wrong, each with its line and what to write instead. */
export function ProblemList({ problems, label, word, file, hrefOf }: ProblemListProps) {
  if (problems.length === 0) return null;
  return (
    <ol class="playbook-problems" aria-label={label}>
      {problems.map((problem, index) => (
        <li key={index} class={problem.severity === 'error' ? 'tone-bad' : 'tone-doubt'}>
          <span class="playbook-severity">
            {word ?? (problem.severity === 'error' ? 'Error' : 'Warning')}
          </span>{' '}
          <Place
            problem={problem}
            isElsewhere={file !== undefined && problem.file !== file}
            hrefOf={hrefOf}
          />
          : <Sentence text={problem.message} />
          {problem.text === '' ? null : (
            <>
              : <code>{problem.text}</code>
            </>
          )}
          {problem.suggestion === null ? null : (
            <span class="line playbook-hint">
              <Sentence text={problem.suggestion} />
            </span>
          )}
        </li>
      ))}
    </ol>
  );
}

function Place({
  problem: { file, line },
  isElsewhere,
  hrefOf,
}: Pick<ProblemListProps, 'hrefOf'> & { readonly problem: Problem; readonly isElsewhere: boolean }) {
  if (isElsewhere) return <>{line > 0 ? `${file}, line ${line}` : file}</>;
  return line > 0 ? <a href={hrefOf(line)}>line {line}</a> : <>of the whole</>;
}
