import type { ObserverView } from '@prunella/core';
import type { ResourceDetail } from '../../api/resources.ts';
import { Button } from '../../components/button.tsx';
import { conditionTones } from '../../components/condition-tones.ts';
import { Moment } from '../../components/times.tsx';
import { observersText } from '../../text/observers.ts';
import { duration } from '../../text/time.ts';
import type { ResourceState } from './resource-state.ts';

/** What each instance of an application sees of it. */
export function Instances(props: {
  readonly state: ResourceState;
  readonly detail: ResourceDetail;
  /** When it was told. */
  readonly at: number;
}) {
  const { state, detail, at } = props;
  const { instances, observers } = detail;
  const all = Math.max(
    instances.length,
    Object.values(observers).reduce((sum, count) => sum + count, 0),
  );
  const rest = all - instances.length;
  return (
    <section aria-labelledby="instances">
      <h2 id="instances">Instances {all}</h2>
      <p class="hint-above">
        {observersText(observers)}, as of <Moment at={at} />.
      </p>
      {instances.length === 0 ? null : (
        <ul class="parts">
          {instances.map((instance) => (
            <Instance key={instance.instance} instance={instance} />
          ))}
        </ul>
      )}
      {rest <= 0 ? null : state.canTellMore ? (
        <Button onClick={() => state.tellMore()}>{`Show more of ${all}`}</Button>
      ) : (
        <p class="hint">
          {rest} more are not shown, those that are well last. <code>prunella resources</code> tells them.
        </p>
      )}
    </section>
  );
}

function Instance({ instance: given }: { readonly instance: ObserverView }) {
  const {
    instance,
    service,
    host,
    condition,
    sinceMs,
    kinds,
    lastSuccessAgeMs,
    cacheAgeMs,
    silent,
    heardAgeMs,
  } = given;
  return (
    <li class="part">
      <span class="part-name">
        {instance}{' '}
        <span class="faint">
          {service}
          {host === null ? '' : ` on ${host}`}
        </span>
      </span>
      <span class="part-text">
        <strong class={`part-word tone-${conditionTones[condition]}`}>{silent ? 'silent' : condition}</strong>{' '}
        for {duration(sinceMs)}
        {kinds.length === 0 ? '' : `: ${kinds.join(', ')}`}
        {silent ? `; its newest report is ${duration(heardAgeMs)} old, so nobody knows how it sees it` : ''}
        <span class="line faint">
          {lastSuccessAgeMs === null
            ? 'It has had no success.'
            : `Last success ${duration(lastSuccessAgeMs)} before.`}
          {cacheAgeMs === null
            ? ''
            : ` It answers from its cache; the newest value is ${duration(cacheAgeMs)} old.`}
        </span>
      </span>
    </li>
  );
}
