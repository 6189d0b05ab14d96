import type { Attempt, Incident } from '../../api/answers.ts';
import { Moment } from '../../components/times.tsx';
import { becameOf, sentOf } from '../../text/attempt-words.ts';

const shown = 4;

/** What the healer has done in an incident, the newest last. */
export function DoneSoFar({ incident }: { readonly incident: Incident }) {
  const sent = sentOf(incident.attempts);
  if (sent.length === 0) return <>nothing was sent yet</>;
  const left = sent.length - shown;
  return (
    <>
      {left > 0 ? (
        <span class="line faint">{left === 1 ? 'one run before' : `${left} runs before`}</span>
      ) : null}
      {sent.slice(-shown).map((attempt) => (
        <span key={attempt.attempt} class="line">
          <Moment at={attempt.startedAt} /> <code>{attempt.action}</code>
          {onText(attempt)}: {becameOf(attempt)}
        </span>
      ))}
    </>
  );
}

function onText({ targets }: Attempt): string {
  if (targets.length === 0) return '';
  return targets.length > 3 ? ` on ${targets.length} targets` : ` on ${targets.join(', ')}`;
}
