import { useSignalEffect } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { Incident } from '../../api/answers.ts';
import { incidentHref } from '../../app/router.ts';
import { StateMark } from '../../components/state-mark.tsx';
import { Moment, Sentence } from '../../components/times.tsx';
import { now } from '../../live/clock.ts';
import { incidentsTurn } from '../../live/fleet.ts';
import { IncidentList } from '../incidents/incident-list.ts';

const dayMs = 86_400_000;
const shownMost = 5;

/** What was broken within a day and is not any more: the answer to "what was that?". */
export function RecentlyOver({ isAllOk }: { readonly isAllOk: boolean }) {
  const list = useMemo(() => new IncidentList(shownMost), []);
  useEffect(() => () => list.stop(), [list]);
  useSignalEffect(() => list.filter({ open: false }));
  useSignalEffect(() => {
    void incidentsTurn.value;
    list.refresh();
  });
  // What holds for the whole page, such as that nobody answers, is said above.
  const over = list.rows.value;
  if (over === null) return null;
  const recent = over.filter(({ closedAt }) => closedAt !== null && now.value - closedAt < dayMs);
  if (recent.length === 0 && !isAllOk) return null;
  return (
    <section aria-labelledby="over">
      <h2 id="over">Over since yesterday</h2>
      {recent.length === 0 ? (
        <p class="faint">No incident has ended since yesterday.</p>
      ) : (
        <Rows recent={recent} />
      )}
    </section>
  );
}

function Rows({ recent }: { readonly recent: readonly Incident[] }) {
  return (
    <ul class="list-rows list-rows-joined">
      {recent.map(({ incident, resource, story, closedAt }) => (
        <li key={incident} class="list-row">
          <span class="list-row-title">
            <a href={incidentHref(incident)}>{resource}</a> <StateMark state="closed" />
            {closedAt === null ? null : (
              <span class="list-row-aside faint">
                <Moment at={closedAt} />
              </span>
            )}
          </span>
          <span class="line faint">
            <Sentence text={story} />
          </span>
        </li>
      ))}
    </ul>
  );
}
