import type { Problem } from '@prunella/core';
import { useLayoutEffect } from 'preact/hooks';
import { Button } from '../../components/button.tsx';
import { showMarkedLine } from './marked-line.ts';
import { ProblemList } from './problem-list.tsx';
import { Source } from './source.tsx';
import type { Trial } from './trial.ts';

/** A playbook's text as it is in force, or as somebody tries it. */
export function SourceSection({ trial, text }: { readonly trial: Trial; readonly text: string }) {
  const { playbook } = trial;
  useLayoutEffect(showMarkedLine, []);
  const tried = trial.text.value;
  const problems = tried === null ? playbook.problems : trial.problems.value;
  const label = tried === null ? `Source of ${playbook.name}` : `Source of ${playbook.name}, as you try it`;
  return (
    <section aria-labelledby="source">
      <h2 id="source">{playbook.file ?? 'Its text'}</h2>
      <p class="buttons playbook-tools">
        {tried === null ? (
          <Button onClick={() => trial.begin()}>Try a change</Button>
        ) : (
          <>
            <Button onClick={() => trial.leave()}>
              {trial.isChanged.value ? 'Forget the change' : 'Leave it as it is'}
            </Button>
            <span class="reason">
              Only in this browser: nothing is saved on the host, and the healer goes on with what is in
              force.
            </span>
          </>
        )}
      </p>
      <Source
        name="L"
        label={label}
        text={tried ?? text}
        problems={problems ?? []}
        onEdit={tried === null ? null : (changed) => trial.edit(changed)}
      />
      {tried === null ? null : (
        <>
          <p class="playbook-verdict" role="status">
            {problems !== null
              ? verdictOn(problems)
              : trial.failure.value === null
                ? 'Checking …'
                : 'It was not checked.'}
          </p>
          <p class="reason">
            Which commands and runners a backend lists is not known here: <code>prunella check</code> says it.
          </p>
        </>
      )}
      <ProblemList problems={problems ?? []} label="Problems" hrefOf={(line) => `#L${line}`} />
    </section>
  );
}

function verdictOn(problems: readonly Problem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  if (problems.length === 0) return 'Nothing wrong was found.';
  const counts = [
    ...(errors === 0 ? [] : [errors === 1 ? '1 error' : `${errors} errors`]),
    ...(warnings === 0 ? [] : [warnings === 1 ? '1 warning' : `${warnings} warnings`]),
  ].join(', ');
  return errors === 0 ? `${counts}; it could be used.` : `${counts}: it would not be taken.`;
}
