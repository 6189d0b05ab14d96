import { useEffect, useMemo } from 'preact/hooks';
import type { ResourceDetail } from '../../api/resources.ts';
import { StateMark } from '../../components/state-mark.tsx';
import { fleet, openIncidents } from '../../live/fleet.ts';
import { questionsOf } from '../../text/fleet-sentence.ts';
import { QuestionCard } from '../now/question-card.tsx';
import { ResourceCard } from '../now/resource-card.tsx';
import type { ViewProps } from '../view.ts';
import { Instances } from './instances.tsx';
import { Nodes } from './nodes.tsx';
import { Connections } from './resource-map.tsx';
import { ResourceState } from './resource-state.ts';
import { ResourceSteps } from './resource-steps.tsx';

/** One resource: how it is and why, who sees it how, what is done for it, and what it hangs together with. */
export function ResourceView({ parameters }: ViewProps) {
  const name = `${parameters['kind'] ?? ''}/${parameters['name'] ?? ''}`;
  const state = useMemo(() => new ResourceState(name), [name]);
  useEffect(() => {
    state.start();
    return () => state.stop();
  }, [state]);
  const told = state.told.value;
  const problem = state.problem.value;
  if (told === null) {
    return (
      <article aria-busy={problem === null}>
        <h1>{problem === null ? 'Asking the healer …' : `Nothing is known of ${name}`}</h1>
        {problem === null ? null : (
          <p class="note">
            {problem} <a href="/resources">All resources</a>
          </p>
        )}
      </article>
    );
  }
  const { detail } = told;
  const explanation = fleet.value?.notOk.get(name) ?? told.explanation;
  const incident = (openIncidents.value ?? []).find(({ resource }) => resource === name);
  return (
    <article>
      <ResourceHead detail={detail} state={explanation?.state ?? detail.state} />
      {problem === null ? null : (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {explanation === null ? null : (
        <section aria-labelledby="now">
          <h2 id="now">Now</h2>
          {questionsOf(incident === undefined ? [] : [incident]).map((question) => (
            <QuestionCard key={question.attempt.attempt} question={question} explanation={explanation} />
          ))}
          <ResourceCard explanation={explanation} incident={incident} isResourceShown />
        </section>
      )}
      <Nodes detail={detail} />
      <Instances state={state} detail={detail} at={told.at} />
      <ResourceSteps detail={detail} />
      <Connections detail={detail} state={explanation?.state ?? detail.state} />
    </article>
  );
}

function ResourceHead(props: { readonly detail: ResourceDetail; readonly state: ResourceDetail['state'] }) {
  const { resource, playbook, labels } = props.detail;
  const labelled = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
  return (
    <header class="incident-head">
      <p class="crumbs">
        <a href="/resources">Resources</a> / <code>{resource}</code>
      </p>
      <h1>
        {resource} <StateMark state={props.state} />
      </h1>
      <p class="faint">
        {playbook === null ? 'No playbook is for it: it is only shown' : `Playbook ${playbook}`}
        {labelled.length === 0 ? '' : `; ${labelled.join(', ')}`}.{' '}
        <a href={`/incidents?${new URLSearchParams({ resource })}`}>Its incidents</a>
      </p>
    </header>
  );
}
