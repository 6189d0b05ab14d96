import { useSignalEffect } from '@preact/signals';
import { useEffect, useId, useMemo } from 'preact/hooks';
import type { Incident } from '../../api/answers.ts';
import { incidentHref, query, setQuery } from '../../app/router.ts';
import { Button } from '../../components/button.tsx';
import { type MarkState, StateMark } from '../../components/state-mark.tsx';
import { Age, Moment, Sentence } from '../../components/times.tsx';
import { fleet, incidentsTurn } from '../../live/fleet.ts';
import { duration } from '../../text/time.ts';
import { type IncidentFilters, IncidentList } from './incident-list.ts';

const pageSize = 50;

/** All incidents, the newest first, as the address filters them. */
export function IncidentsView() {
  const list = useMemo(() => new IncidentList(pageSize), []);
  const { rows, next, problem } = list;
  useEffect(() => () => list.stop(), [list]);
  useSignalEffect(() => list.filter(filtersIn(query.value)));
  useSignalEffect(() => {
    void incidentsTurn.value;
    list.refresh();
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
      {next.value === null ? null : <Button onClick={() => void list.older()}>Older ones</Button>}
    </article>
  );
}

function filtersIn(words: URLSearchParams): IncidentFilters {
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
