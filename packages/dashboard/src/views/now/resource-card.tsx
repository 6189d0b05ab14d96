import type { Explanation } from '@prunella/core';
import type { ComponentChildren } from 'preact';
import type { Incident } from '../../api/answers.ts';
import { resourceHref } from '../../api/resources.ts';
import { incidentHref } from '../../app/router.ts';
import { StateMark, stateTones } from '../../components/state-mark.tsx';
import { Age, Countdown, Moment, Sentence } from '../../components/times.tsx';
import { withoutDuration } from '../../text/time.ts';
import { DoneSoFar } from './done-so-far.tsx';
import { Remedies } from './remedies.tsx';

export interface ResourceCardProps {
  readonly explanation: Explanation;
  readonly incident: Incident | undefined;
  /** It stands in the view of the whole story itself. */
  readonly isStoryShown?: boolean;
  /** It stands in the resource's own view. */
  readonly isResourceShown?: boolean;
}

/** One resource in the layout of thought of `svcs -x`. */
export function ResourceCard(props: ResourceCardProps) {
  const { explanation, incident } = props;
  const { resource, state, since, firstFaultAt, reason, lastFault, impact, next, record = [] } = explanation;
  return (
    <section class={`card tone-${stateTones[state]}`} aria-label={resource}>
      <header class="card-head">
        {props.isResourceShown === true ? null : (
          <h3>
            <a href={resourceHref(resource)}>{resource}</a>
          </h3>
        )}
        <StateMark state={state} />
        {since === null ? null : (
          <span class="since">
            for <Age since={since} />
          </span>
        )}
        {explanation.incident === null || props.isStoryShown === true ? null : (
          <a class="card-link" href={incidentHref(explanation.incident)}>
            The whole story
          </a>
        )}
      </header>
      <dl class="facts">
        <Fact label="Reason">
          <Sentence text={reason} />
        </Fact>
        {firstFaultAt === null ? null : (
          <Fact label="Began">
            first fault at <Moment at={firstFaultAt} />, <Age since={firstFaultAt} /> ago
          </Fact>
        )}
        {lastFault === null ? null : (
          <Fact label="Last fault">
            <code class="fault">{lastFault}</code>
          </Fact>
        )}
        <Fact label="Impact">
          <Sentence text={impact} />
        </Fact>
        {incident === undefined ? null : (
          <Fact label="Done">
            <DoneSoFar incident={incident} />
          </Fact>
        )}
        <Fact label="Next">
          <Sentence text={withoutDuration(next.what)} />
          {next.at === null ? null : (
            <span class="due">
              <Countdown at={next.at} /> <span class="faint">at </span>
              <Moment at={next.at} />
            </span>
          )}
        </Fact>
        {record.length === 0 ? null : (
          <Fact label="Record">
            {record.map((line) => (
              <span key={line} class="line">
                <Sentence text={line} />
              </span>
            ))}
          </Fact>
        )}
        <Fact label="You can">
          <Remedies explanation={explanation} incident={incident} />
        </Fact>
      </dl>
    </section>
  );
}

function Fact({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
