import { useSignal, useSignalEffect } from '@preact/signals';
import { askIncidents, type Incident } from '../../api/answers.ts';
import { incidentHref } from '../../app/router.ts';
import { StateMark } from '../../components/state-mark.tsx';
import { Moment, Sentence } from '../../components/times.tsx';
import { now } from '../../live/clock.ts';
import { incidentsTurn } from '../../live/fleet.ts';

const dayMs = 86_400_000;
const settleMs = 150;

/** What was broken within a day and is not any more: the answer to "what was that?". */
export function RecentlyOver({ isAllOk }: { readonly isAllOk: boolean }) {
  const over = useSignal<readonly Incident[] | null>(null);
  useSignalEffect(() => {
    void incidentsTurn.value;
    const stopping = new AbortController();
    // Many may end at once: they are asked for together.
    const timer = setTimeout(
      () =>
        askIncidents({ open: false, limit: 5 }, stopping.signal).then(
          ({ incidents }) => {
            over.value = incidents;
          },
          // What holds for the whole page is said above.
          () => {},
        ),
      settleMs,
    );
    return () => {
      clearTimeout(timer);
      stopping.abort();
    };
  });
  if (over.value === null) return null;
  const recent = over.value.filter(({ closedAt }) => closedAt !== null && now.value - closedAt < dayMs);
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
