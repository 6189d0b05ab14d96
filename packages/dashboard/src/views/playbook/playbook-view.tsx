import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect } from 'preact/hooks';
import { askWholePlaybook, type WholePlaybook } from '../../api/playbooks.ts';
import { HealerProblem, sentenceOf } from '../../api/problem.ts';
import { Owned } from '../playbooks/playbooks-view.tsx';
import type { ViewProps } from '../view.ts';
import { showMarkedLine, useMarkedLine } from './marked-line.ts';
import { ProblemList } from './problem-list.tsx';
import { Source } from './source.tsx';

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
        {problem.value === null ? null : <p class="problem">{problem}</p>}
      </article>
    );
  }
  return <KnownPlaybook key={name} playbook={playbook.value} />;
}

function KnownPlaybook({ playbook }: { readonly playbook: WholePlaybook }) {
  const { name, file, text } = playbook;
  const marked = useMarkedLine();
  useLayoutEffect(showMarkedLine, []);
  return (
    <article>
      <h1>Playbook {name}</h1>
      <p class="playbook-facts faint">
        <Owned playbook={playbook} />
      </p>
      {text === null ? (
        <p class="hint">It came from no file, so there is no text to show.</p>
      ) : (
        <section aria-labelledby="source">
          <h2 id="source">{file ?? 'Its text'}</h2>
          <Source
            name="L"
            label={`Source of ${name}`}
            text={text}
            problems={playbook.problems}
            marked={marked.value}
            onEdit={null}
          />
          <ProblemList problems={playbook.problems} label="Problems" hrefOf={(line) => `#L${line}`} />
        </section>
      )}
    </article>
  );
}
