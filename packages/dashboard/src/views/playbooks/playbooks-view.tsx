import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { askPlaybooks, type PlaybookRow } from '../../api/playbooks.ts';
import { sentenceOf } from '../../api/problem.ts';
import { playbookHref } from '../../app/router.ts';
import { Button } from '../../components/button.tsx';
import { duration } from '../../text/time.ts';

const pageSize = 100;
const shownResources = 3;

/** The playbooks in force: whose they are, what they do and when, and what is wrong with them. */
export function PlaybooksView() {
  const rows = useSignal<readonly PlaybookRow[] | null>(null);
  const next = useSignal<string | null>(null);
  const problem = useSignal<string | null>(null);
  const load = async (cursor: string | null, signal?: AbortSignal) => {
    try {
      const page = await askPlaybooks({ limit: pageSize, ...(cursor === null ? {} : { cursor }) }, signal);
      rows.value = cursor === null ? page.items : [...(rows.peek() ?? []), ...page.items];
      next.value = page.next;
      problem.value = null;
    } catch (error) {
      if (signal?.aborted !== true) problem.value = sentenceOf(error);
    }
  };
  useEffect(() => {
    const stopping = new AbortController();
    void load(null, stopping.signal);
    return () => stopping.abort();
  }, []);
  return (
    <article aria-busy={rows.value === null && problem.value === null}>
      <h1>Playbooks</h1>
      {problem.value === null ? null : (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {rows.value === null ? null : rows.value.length === 0 ? (
        <p class="hint">
          No playbook is in force: nothing is repaired. <code>prunella init</code> writes a first one.
        </p>
      ) : (
        <ol class="list-rows">
          {rows.value.map((playbook) => (
            <Row key={playbook.name} playbook={playbook} />
          ))}
        </ol>
      )}
      {next.value === null ? null : <Button onClick={() => void load(next.value)}>More</Button>}
    </article>
  );
}

/** A warning is no error, and a playbook in force has none. */
function countOf(problems: PlaybookRow['problems']): string {
  const word = problems.every(({ severity }) => severity === 'warning') ? 'warning' : 'problem';
  return problems.length === 1 ? `1 ${word}` : `${problems.length} ${word}s`;
}

function Row({ playbook }: { readonly playbook: PlaybookRow }) {
  const { name, file, steps, problems } = playbook;
  return (
    <li class="list-row">
      <span class="list-row-title">
        <a href={playbookHref(name)}>{name}</a>
        <code class="faint">{file ?? 'of no file'}</code>
        {problems.length === 0 ? null : <span class="playbook-count tone-doubt">{countOf(problems)}</span>}
      </span>
      <span class="line faint">
        <Owned playbook={playbook} />
      </span>
      <ol class="playbook-steps" aria-label={`Steps of ${name}`}>
        {steps.map(({ id, action, afterMs, autonomy }) => (
          <li key={id}>
            <code>{action}</code>{' '}
            <span class="faint">
              after {duration(afterMs)}, {autonomy}
            </span>
          </li>
        ))}
      </ol>
    </li>
  );
}

/** Which resources a playbook owns, in a sentence. */
export function Owned({ playbook }: { readonly playbook: PlaybookRow }) {
  const { names, count } = playbook.resources;
  const more = count - Math.min(shownResources, names.length);
  if (count === 1 && names[0] === playbook.for) return <>For {playbook.for}</>;
  return (
    <>
      For <code>{playbook.for}</code>:{' '}
      {count === 0 ? 'no resource is its own now' : names.slice(0, shownResources).join(', ')}
      {more > 0 ? ` and ${more} more` : ''}
    </>
  );
}
