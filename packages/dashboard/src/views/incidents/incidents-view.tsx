import { useSignal, useSignalEffect } from '@preact/signals';
import { useId } from 'preact/hooks';
import { askIncidents, type Incident } from '../../api/answers.ts';
import { sentenceOf } from '../../api/problem.ts';
import { incidentHref, query, setQuery } from '../../app/router.ts';
import { Button } from '../../components/button.tsx';
import { type MarkState, StateMark } from '../../components/state-mark.tsx';
import { Age, Moment, Sentence } from '../../components/times.tsx';
import { fleet, incidentsTurn } from '../../live/fleet.ts';
import { duration } from '../../text/time.ts';

const pageSize = 50;
const typingMs = 200;

/** All incidents, the newest first, as the address filters them. */
export function IncidentsView() {
  const rows = useSignal<readonly Incident[] | null>(null);
  const next = useSignal<string | null>(null);
  const problem = useSignal<string | null>(null);
  const load = async (cursor: string | null, signal?: AbortSignal) => {
    try {
      const page = await askIncidents(
        { ...filtersIn(query.peek()), ...(cursor === null ? {} : { cursor }), limit: pageSize },
        signal,
      );
      rows.value = cursor === null ? page.incidents : [...(rows.peek() ?? []), ...page.incidents];
      next.value = page.next;
      problem.value = null;
    } catch (error) {
      if (signal?.aborted !== true) problem.value = sentenceOf(error);
    }
  };
  useSignalEffect(() => {
    // Anew when the filter changes, and when an incident opens or ends; what was read further down is read again.
    void query.value.toString();
    void incidentsTurn.value;
    const stopping = new AbortController();
    const timer = setTimeout(() => void load(null, stopping.signal), rows.peek() === null ? 0 : typingMs);
    return () => {
      clearTimeout(timer);
      stopping.abort();
    };
  });
  return (
    <article>
      <h1>Incidents</h1>
      <Filters />
      {problem.value === null ? null : (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {rows.value === null ? null : rows.value.length === 0 ? (
        <p class="hint">
          {query.value.size === 0
            ? 'Nothing was ever broken here, or the store has forgotten it.'
            : 'No incident is like that.'}
        </p>
      ) : (
        <ol class="list-rows">
          {rows.value.map((incident) => (
            <IncidentRow key={incident.incident} incident={incident} />
          ))}
        </ol>
      )}
      {next.value === null ? null : <Button onClick={() => void load(next.value)}>Older ones</Button>}
    </article>
  );
}

function filtersIn(words: URLSearchParams) {
  const state = words.get('state');
  const resource = words.get('resource') ?? '';
  return {
    ...(state === 'open' || state === 'over' ? { open: state === 'open' } : {}),
    ...(resource === '' ? {} : { resource }),
  };
}

function Filters() {
  const stateField = useId();
  const resourceField = useId();
  return (
    <div class="filters">
      <label for={stateField}>Show</label>
      <select
        id={stateField}
        value={query.value.get('state') ?? ''}
        onChange={(event) => setQuery({ state: event.currentTarget.value })}
      >
        <option value="">all</option>
        <option value="open">those that are open</option>
        <option value="over">those that are over</option>
      </select>
      <label for={resourceField}>of</label>
      <input
        id={resourceField}
        type="search"
        placeholder="kind/name"
        spellcheck={false}
        value={query.value.get('resource') ?? ''}
        onChange={(event) => setQuery({ resource: event.currentTarget.value.trim() })}
      />
    </div>
  );
}

function IncidentRow({ incident }: { readonly incident: Incident }) {
  const { resource, state, story, firstFaultAt, closedAt } = incident;
  const shown: MarkState =
    state === 'closed' ? 'closed' : (fleet.value?.notOk.get(resource)?.state ?? 'open');
  return (
    <li class="list-row">
      <span class="list-row-title">
        <a href={incidentHref(incident.incident)}>{resource}</a>
        <StateMark state={shown} />
      </span>
      <span class="faint">
        <Moment at={firstFaultAt} />,{' '}
        {closedAt === null ? (
          <>
            lasts <Age since={firstFaultAt} />
          </>
        ) : (
          `took ${duration(closedAt - firstFaultAt)}`
        )}
      </span>
      <span class="line">
        <Sentence text={story} />
      </span>
    </li>
  );
}
