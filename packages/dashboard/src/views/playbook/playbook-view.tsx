import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { askWholePlaybook, type WholePlaybook } from '../../api/playbooks.ts';
import { HealerProblem, sentenceOf } from '../../api/problem.ts';
import { Owned } from '../playbooks/playbooks-view.tsx';
import type { ViewProps } from '../view.ts';
import { ScenarioSection } from './scenario-section.tsx';
import { SourceSection } from './source-section.tsx';
import { Trial } from './trial.ts';

/** One playbook as it is in force: its text, what is wrong with it, and what it would do. */
export function PlaybookView({ parameters }: ViewProps) {
  const name = parameters['playbook'] ?? '';
  const playbook = useSignal<WholePlaybook | null>(null);
  const problem = useSignal<string | null>(null);
  useEffect(() => {
    const stopping = new AbortController();
    askWholePlaybook(name, stopping.signal).then(
      (found) => {
        playbook.value = found;
      },
      (error: unknown) => {
        if (stopping.signal.aborted) return;
        const isGone = error instanceof HealerProblem && error.status === 404;
        problem.value = isGone ? 'No playbook in force is called so.' : sentenceOf(error);
      },
    );
    return () => stopping.abort();
  }, [name]);
  if (playbook.value === null) {
    return (
      <article aria-busy={problem.value === null}>
        <h1>{problem.value === null ? 'Asking the healer …' : `No playbook ${name}`}</h1>
        {problem.value === null ? null : (
          <p class="note">
            {problem} <a href="/playbooks">All playbooks</a>
          </p>
        )}
      </article>
    );
  }
  return <KnownPlaybook key={name} playbook={playbook.value} />;
}

function KnownPlaybook({ playbook }: { readonly playbook: WholePlaybook }) {
  const trial = useMemo(() => new Trial(playbook), [playbook]);
  useEffect(() => () => trial.end(), [trial]);
  const { name, text } = playbook;
  return (
    <article>
      <h1>Playbook {name}</h1>
      <p class="playbook-facts faint">
        <Owned playbook={playbook} />
      </p>
      {trial.failure.value === null ? null : (
        <p class="problem" role="alert">
          {trial.failure}
        </p>
      )}
      {text === null ? (
        <p class="hint">It came from no file, so there is no text to show.</p>
      ) : (
        <>
          <SourceSection trial={trial} text={text} />
          <ScenarioSection trial={trial} />
        </>
      )}
    </article>
  );
}
