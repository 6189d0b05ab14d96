import { useSignal, useSignalEffect } from '@preact/signals';
import { askIncidents, type Incident } from '../../api/answers.ts';
import { incidentHref } from '../../app/router.ts';
import { StateMark } from '../../components/state-mark.tsx';
import { Moment, Sentence } from '../../components/times.tsx';
import { now } from '../../live/clock.ts';
import { openIncidents } from '../../live/fleet.ts';

const dayMs = 86_400_000;

/** What was broken within a day and is not any more: the answer to "what was that?". */
export function RecentlyOver() {
  const over = useSignal<readonly Incident[]>([]);
  const seen = useSignal('');
  useSignalEffect(() => {
    // Asked for anew when what is open changes, not at each refresh.
    const key = (openIncidents.value ?? []).map(({ incident }) => incident).join(' ');
    if (key === seen.peek() && over.peek().length > 0) return;
    seen.value = key;
    askIncidents({ open: false, limit: 5 }).then(
      ({ incidents }) => {
        over.value = incidents;
      },
      // What holds for the whole page is said above.
      () => {},
    );
  });
  const recent = over.value.filter(({ closedAt }) => closedAt !== null && now.value - closedAt < dayMs);
  if (recent.length === 0) return null;
  return (
    <section aria-labelledby="over">
      <h2 id="over">Over since yesterday</h2>
      <ul class="over">
        {recent.map(({ incident, resource, story, closedAt }) => (
          <li key={incident}>
            <a href={incidentHref(incident)}>{resource}</a> <StateMark state="closed" />{' '}
            {closedAt === null ? null : <Moment at={closedAt} />}
            <span class="line">
              <Sentence text={story} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
