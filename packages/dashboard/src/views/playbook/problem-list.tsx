import type { Problem } from '@prunella/core';

export interface ProblemListProps {
  readonly problems: readonly Problem[];
  readonly label: string;
  /** Leads to the line. */
  readonly hrefOf: (line: number) => string;
}

/** What is wrong, each with its line and what to write instead. */
export function ProblemList({ problems, label, hrefOf }: ProblemListProps) {
  if (problems.length === 0) return null;
  return (
    <ol class="playbook-problems" aria-label={label}>
      {problems.map((problem, index) => (
        <li key={index} class={problem.severity === 'error' ? 'tone-bad' : 'tone-doubt'}>
          <span class="playbook-severity">{problem.severity === 'error' ? 'Error' : 'Warning'}</span>{' '}
          {problem.line > 0 ? <a href={hrefOf(problem.line)}>line {problem.line}</a> : 'of the whole'}:{' '}
          {problem.message}
          {problem.text === '' ? null : (
            <>
              : <code>{problem.text}</code>
            </>
          )}
          {problem.suggestion === null ? null : <span class="line playbook-hint">{problem.suggestion}</span>}
        </li>
      ))}
    </ol>
  );
}
