import { useSignal } from '@preact/signals';
import type { LogEntry, WhyNot } from '@prunella/core';
import { describeEvent } from '@prunella/core/describe';
import {
  type Attempt,
  askWhyNot,
  type Incident,
  type Playbook,
  type PlaybookStep,
} from '../../api/answers.ts';
import { sentenceOf } from '../../api/problem.ts';
import { PlaybookLine } from '../../components/playbook-line.tsx';
import { Countdown, Moment, Sentence } from '../../components/times.tsx';
import { now } from '../../live/clock.ts';
import { becameOf } from '../../text/attempt-words.ts';
import { duration, timeOfDay } from '../../text/time.ts';

export interface StepsProps {
  readonly incident: Incident;
  readonly playbook: Playbook | null;
  readonly entries: readonly LogEntry[];
}

/** The ladder: of each step what was decided and why, where its playbook says so, and why it does not run now. */
export function Steps({ incident, playbook, entries }: StepsProps) {
  const ids = new Set([
    ...(playbook?.steps ?? []).map(({ id }) => id),
    ...incident.attempts.map(({ step }) => step),
  ]);
  if (ids.size === 0) return null;
  return (
    <section aria-labelledby="steps">
      <h2 id="steps">The ladder, mildest first</h2>
      {[...ids].map((id) => (
        <StepCard
          key={id}
          id={id}
          step={playbook?.steps.find((each) => each.id === id)}
          playbook={playbook}
          incident={incident}
          entries={entriesOf(id, incident, entries)}
        />
      ))}
    </section>
  );
}

/** What was decided on the step, and on its attempts. */
function entriesOf(step: string, { attempts }: Incident, entries: readonly LogEntry[]): readonly LogEntry[] {
  const ids = new Set(attempts.filter((each) => each.step === step).map(({ attempt }) => attempt));
  return entries.filter(({ event }) => {
    const about = event as { readonly attempt?: unknown; readonly step?: unknown };
    return about.step === step || (typeof about.attempt === 'string' && ids.has(about.attempt));
  });
}

interface StepCardProps {
  readonly id: string;
  readonly step: PlaybookStep | undefined;
  readonly playbook: Playbook | null;
  readonly incident: Incident;
  readonly entries: readonly LogEntry[];
}

function StepCard({ id, step, playbook, incident, entries }: StepCardProps) {
  const attempts = incident.attempts.filter((each) => each.step === id);
  return (
    <section class="card step" aria-label={`Step ${id}`}>
      <header class="card-head">
        <h3>{id}</h3>
        {step === undefined ? null : (
          <span class="faint">
            {id === step.action ? '' : `${step.action}, `}after {duration(step.afterMs)}, at most {step.max}{' '}
            {step.max === 1 ? 'run' : 'runs'}
          </span>
        )}
      </header>
      <div class="step-body">
        {attempts.length === 0 ? <p class="faint">Not tried in this incident.</p> : null}
        {attempts.map((attempt) => (
          <AttemptLine key={attempt.attempt} attempt={attempt} />
        ))}
        {entries.length === 0 ? null : <Decisions entries={entries} />}
        {incident.state === 'open' ? <WhyNotNow resource={incident.resource} action={id} /> : null}
        {step === undefined || playbook === null ? null : <PlaybookLine playbook={playbook} step={step} />}
      </div>
    </section>
  );
}

function AttemptLine({ attempt }: { readonly attempt: Attempt }) {
  const { run, targets, startedAt, verdict, reason } = attempt;
  const look =
    verdict === 'effective'
      ? 'well'
      : verdict === 'ineffective'
        ? 'bad'
        : verdict === null
          ? 'work'
          : 'doubt';
  return (
    <p class={`attempt tone-${look}`}>
      <strong>
        Run {run}: {becameOf(attempt)}
      </strong>
      {startedAt === null ? null : (
        <>
          {' '}
          · started <Moment at={startedAt} />
        </>
      )}
      {targets.length === 0 ? null : ` · on ${targets.join(', ')}`}
      {attempt.fenced || startedAt === null || attempt.phase === 'dispatched' ? '' : ' · fences: no'}
      {reason === null ? null : (
        <span class="line faint">
          <Sentence text={reason} />
        </span>
      )}
    </p>
  );
}

const decisionsShown = 200;

function Decisions({ entries }: { readonly entries: readonly LogEntry[] }) {
  return (
    <details>
      <summary>What was decided, and why ({entries.length})</summary>
      <ol class="decisions">
        {entries.slice(-decisionsShown).map(({ sequence, at, event }) => (
          <li key={sequence}>
            <span class="ticking faint">{timeOfDay(at, now.peek())}</span>
            <span>
              <Sentence text={describeEvent(event)} />
              {event.type === 'attempt-held' ? (
                <span class="line faint">
                  {event.hold.until === null ? 'Looked at again when something changes. ' : null}
                  You can: <Sentence text={event.hold.remedy} />
                </span>
              ) : null}
            </span>
          </li>
        ))}
      </ol>
      {entries.length > decisionsShown ? (
        <p class="hint">The newest {decisionsShown}; all are in the list of events.</p>
      ) : null}
    </details>
  );
}

/** Asked for when somebody wants to know, and again each time it is opened. */
function WhyNotNow({ resource, action }: { readonly resource: string; readonly action: string }) {
  const answer = useSignal<WhyNot | null>(null);
  const problem = useSignal<string | null>(null);
  const ask = () =>
    askWhyNot(resource, action).then(
      (given) => {
        answer.value = given;
        problem.value = null;
      },
      (error: unknown) => {
        problem.value = sentenceOf(error);
      },
    );
  const given = answer.value;
  return (
    <details
      onToggle={(event) => {
        if (event.currentTarget.open) void ask();
      }}
    >
      <summary>Why not now?</summary>
      {problem.value === null ? null : <p class="problem">{problem}</p>}
      {given === null ? null : given.reasons.length === 0 ? (
        <p>
          <Sentence text={given.answer} />
        </p>
      ) : (
        <ul class="reasons">
          {given.reasons.map(({ rule, reason, until, remedy }) => (
            <li key={`${rule} ${reason}`}>
              <strong>{rule}</strong>: <Sentence text={reason} />
              {until === null ? null : (
                <span class="due">
                  <Countdown at={until} />
                </span>
              )}
              {remedy === null ? null : (
                <span class="line faint">
                  You can: <Sentence text={remedy} />
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
    </details>
  );
}
