import { type Signal, useSignal, useSignalEffect } from '@preact/signals';
import type { Explanation, LogEntry } from '@prunella/core';
import { useEffect, useMemo } from 'preact/hooks';
import { askIncident, askPlaybook, type Incident } from '../../api/answers.ts';
import { HealerProblem, sentenceOf } from '../../api/problem.ts';
import { resourceHref } from '../../api/resources.ts';
import { type MarkState, StateMark } from '../../components/state-mark.tsx';
import { Age, Moment, Sentence } from '../../components/times.tsx';
import { useAnswer } from '../../components/use-answer.ts';
import { fleet, openIncidents } from '../../live/fleet.ts';
import { questionsOf } from '../../text/fleet-sentence.ts';
import { duration } from '../../text/time.ts';
import { QuestionCard } from '../now/question-card.tsx';
import { ResourceCard } from '../now/resource-card.tsx';
import type { ViewProps } from '../view.ts';
import { EventList } from './event-list.tsx';
import { IncidentLog } from './incident-log.ts';
import { lanesOf } from './lanes.ts';
import { Steps } from './steps.tsx';
import { Timeline } from './timeline.tsx';

/** One incident: its story in a line, its picture, each decision with its reason, and every event. */
export function IncidentView({ parameters }: ViewProps) {
  const name = parameters['incident'] ?? '';
  const log = useMemo(() => new IncidentLog(name), [name]);
  const incident = useSignal<Incident | null>(null);
  const problem = useSignal<string | null>(null);
  useEffect(() => {
    log.start();
    return () => log.stop();
  }, [log]);
  useSignalEffect(() => {
    // What is open comes with everything else that is; what is over is asked for by itself.
    const open = openIncidents.value?.find((each) => each.incident === name);
    if (open !== undefined) incident.value = open;
    else if (openIncidents.value !== null && incident.peek()?.state !== 'closed')
      void ask(name, incident, problem);
  });
  if (incident.value === null) {
    return (
      <article aria-busy={problem.value === null}>
        <h1>{problem.value === null ? 'Asking the healer …' : 'There is no such incident'}</h1>
        {problem.value === null ? null : (
          <p class="note">
            {problem} <a href="/incidents">All incidents</a>
          </p>
        )}
      </article>
    );
  }
  return <KnownIncident incident={incident.value} log={log} />;
}

async function ask(
  name: string,
  incident: Signal<Incident | null>,
  problem: Signal<string | null>,
): Promise<void> {
  try {
    incident.value = await askIncident(name);
    problem.value = null;
  } catch (error) {
    const isGone = error instanceof HealerProblem && error.status === 404;
    problem.value = isGone
      ? 'It may have been forgotten, as the store keeps the past only for so long, or the address is wrong.'
      : sentenceOf(error);
  }
}

function KnownIncident({ incident, log }: { readonly incident: Incident; readonly log: IncidentLog }) {
  const playbook = useAnswer(incident.playbook, (signal) => askPlaybook(incident.playbook, signal));
  const explanation = fleet.value?.notOk.get(incident.resource);
  const entries = log.entries.value;
  const prelude = log.prelude.value;
  const between = log.between.value;
  const lanes = useMemo(() => {
    const rest = [...between, ...entries].sort((left, right) => left.sequence - right.sequence);
    return lanesOf([...prelude, ...rest]);
  }, [prelude, between, entries]);
  const from = beginOf(incident, entries);
  return (
    <article>
      <IncidentHead incident={incident} explanation={explanation} />
      {questionsOf([incident]).map((question) => (
        <section key={question.attempt.attempt} aria-label="A question">
          <QuestionCard question={question} explanation={explanation} />
        </section>
      ))}
      {entries.length === 0 ? null : (
        <section aria-label="The picture">
          <Timeline lanes={lanes} from={from} to={incident.closedAt} summary={summaryOf(incident, entries)} />
        </section>
      )}
      {incident.state === 'open' && explanation !== undefined ? (
        <section aria-labelledby="now">
          <h2 id="now">Now</h2>
          <ResourceCard explanation={explanation} incident={incident} isStoryShown />
        </section>
      ) : null}
      <Steps incident={incident} playbook={playbook} entries={entries} />
      {log.problem.value === null ? null : <p class="problem">{log.problem}</p>}
      {log.isCut.value ? (
        <p class="hint">
          There are more events than are shown here: <code>prunella incidents {incident.incident}</code> has
          all.
        </p>
      ) : null}
      <EventList entries={entries} />
    </article>
  );
}

/** Of the picture: a little before the first fault, so that what was well is seen to end. */
function beginOf({ firstFaultAt, openedAt, closedAt }: Incident, entries: readonly LogEntry[]): number {
  const first = Math.min(firstFaultAt, entries[0]?.at ?? openedAt);
  const last = closedAt ?? entries.at(-1)?.at ?? openedAt;
  return first - Math.max(500, (last - first) / 25);
}

function IncidentHead(props: { readonly incident: Incident; readonly explanation: Explanation | undefined }) {
  const { incident, explanation } = props;
  const state: MarkState = incident.state === 'closed' ? 'closed' : (explanation?.state ?? 'open');
  return (
    <header class="incident-head">
      <p class="crumbs">
        <a href="/incidents">Incidents</a> / <code>{incident.incident}</code>
      </p>
      <h1>
        {incident.resource} <StateMark state={state} />
      </h1>
      <p class="story">
        <Sentence text={incident.story} />
      </p>
      <p class="faint">
        First fault <Moment at={incident.firstFaultAt} />, opened <Moment at={incident.openedAt} />
        {incident.closedAt === null ? (
          <>
            , lasts <Age since={incident.firstFaultAt} />
          </>
        ) : (
          <>
            , over <Moment at={incident.closedAt} /> after{' '}
            {duration(incident.closedAt - incident.firstFaultAt)}
          </>
        )}
        . Playbook {incident.playbook}. <a href={resourceHref(incident.resource)}>The resource</a>
      </p>
    </header>
  );
}

function summaryOf(incident: Incident, entries: readonly LogEntry[]): string {
  const runs = incident.attempts.filter(({ startedAt }) => startedAt !== null).length;
  const lasted =
    incident.closedAt === null
      ? 'It is still open'
      : `It was over after ${duration(incident.closedAt - incident.firstFaultAt)}`;
  return `A picture of ${entries.length} events and ${runs} ${runs === 1 ? 'repair' : 'repairs'}. ${lasted}. The same is told below, step by step and event by event.`;
}
