import { useEffect } from 'preact/hooks';
import { resourceHref } from '../../api/resources.ts';
import { StateMark } from '../../components/state-mark.tsx';
import { Age, Sentence } from '../../components/times.tsx';
import { observersText } from '../../text/observers.ts';
import type { ShownResource } from './filter-resources.ts';
import type { ResourceList } from './resource-list.ts';

/** One row of the list; asks anew for its resource while it is seen. */
export function ResourceLine({
  list,
  shown,
}: {
  readonly list: ResourceList;
  readonly shown: ShownResource;
}) {
  const { resource, state, since, reason, row } = shown;
  useEffect(() => list.show(resource), [list, resource]);
  return (
    <div class="resource-line">
      <StateMark state={state} />
      <span class="resource-line-name">
        <a href={resourceHref(resource)}>{resource}</a>
        {since === null ? null : (
          <span class="since">
            {' '}
            for <Age since={since} />
          </span>
        )}
      </span>
      <span class="resource-line-observers faint">{row === null ? '' : observersText(row.observers)}</span>
      <span class="resource-line-playbook faint">
        {row === null ? '' : row.playbook === null ? 'no playbook' : `playbook ${row.playbook}`}
      </span>
      <span class="resource-line-reason" title={reason}>
        <Sentence text={reason} />
      </span>
    </div>
  );
}
