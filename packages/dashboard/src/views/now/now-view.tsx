import { useSignal } from '@preact/signals';
import type { Explanation } from '@prunella/core';
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import type { Incident } from '../../api/answers.ts';
import { Button } from '../../components/button.tsx';
import type { Tone } from '../../components/state-mark.tsx';
import { areIncidentsCut, type Fleet, fleet, openIncidents, openLimit } from '../../live/fleet.ts';
import { fleetSentence, needsPerson, type Question, questionsOf } from '../../text/fleet-sentence.ts';
import { inOrder } from '../../text/urgency.ts';
import { Drills } from './drills.tsx';
import { QuestionCard } from './question-card.tsx';
import { RecentlyOver } from './recently-over.tsx';
import { ResourceCard } from './resource-card.tsx';

const shownAtOnce = 30;

/** What is broken, since when, why, what is done about it, and what is left to a person. */
export function NowView() {
  const known = fleet.value;
  if (known === null) {
    return (
      <article class="now" aria-busy="true">
        <h1>Asking the healer …</h1>
      </article>
    );
  }
  return <KnownFleet known={known} incidents={openIncidents.value ?? []} />;
}

function KnownFleet({
  known,
  incidents,
}: {
  readonly known: Fleet;
  readonly incidents: readonly Incident[];
}) {
  const questions = questionsOf(incidents);
  const asked = new Set(questions.map(({ incident }) => incident.resource));
  const notOk = inOrder([...known.notOk.values()], asked);
  return (
    <article class="now">
      <h1 class={`sentence tone-${isEmpty(known) ? 'rest' : toneOf(notOk, asked)}`}>
        {fleetSentence(known.states, notOk, asked)}
      </h1>
      {areIncidentsCut.value ? (
        <p class="note">
          More than {openLimit} incidents are open. Questions and repairs of the newest {openLimit} are shown
          here; <a href="/incidents?state=open">Incidents</a> has them all.
        </p>
      ) : null}
      <Questions questions={questions} known={known} />
      <NotOk explanations={notOk} more={known.more} incidents={incidents} />
      {isEmpty(known) ? <FirstResource /> : <RecentlyOver isAllOk={notOk.length === 0} />}
      <Drills />
    </article>
  );
}

function isEmpty({ states }: Fleet): boolean {
  return Object.values(states).every((count) => count === 0);
}

function FirstResource() {
  return (
    <section class="first-steps" aria-label="What to do first">
      <p>
        Name what can break under <code>resources</code> in <code>prunella.yaml</code>, and write a playbook
        for it; <code>prunella reload</code> takes the change. In an empty folder <code>prunella init</code>{' '}
        asks a few questions and writes both.
      </p>
    </section>
  );
}

function toneOf(notOk: readonly Explanation[], asked: ReadonlySet<string>): Tone {
  if (notOk.length === 0) return 'well';
  if (notOk.some((each) => needsPerson(each, asked))) return 'bad';
  const isDoubt = notOk.every(({ state }) => state === 'suspected' || state === 'undecided');
  return isDoubt ? 'doubt' : 'work';
}

function Questions({ questions, known }: { readonly questions: readonly Question[]; readonly known: Fleet }) {
  if (questions.length === 0) return null;
  return (
    <section aria-labelledby="questions">
      <h2 id="questions">
        {questions.length === 1
          ? 'One repair waits for your answer'
          : `${questions.length} repairs wait for your answer`}
      </h2>
      {questions.map((question) => (
        <QuestionCard
          key={question.attempt.attempt}
          question={question}
          explanation={known.notOk.get(question.incident.resource)}
        />
      ))}
    </section>
  );
}

interface NotOkProps {
  readonly explanations: readonly Explanation[];
  /** Not told by the healer. */
  readonly more: number;
  readonly incidents: readonly Incident[];
}

function NotOk({ explanations, more, incidents }: NotOkProps) {
  const limit = useSignal(shownAtOnce);
  const cardOf = useCards();
  if (explanations.length === 0) return null;
  const rest = explanations.length - limit.value;
  return (
    <section aria-labelledby="not-ok">
      <h2 id="not-ok">Not ok</h2>
      {explanations.slice(0, limit.value).map((explanation) =>
        cardOf(
          explanation,
          incidents.find(({ incident }) => incident === explanation.incident),
        ),
      )}
      {rest > 0 ? (
        <Button
          onClick={() => {
            limit.value += shownAtOnce;
          }}
        >
          {`Show ${Math.min(rest, shownAtOnce)} more of ${rest + more}`}
        </Button>
      ) : more > 0 ? (
        <p class="hint">
          {more} more are not ok, of lesser urgency. <a href="/resources?state=not-ok">Resources</a> has them
          all.
        </p>
      ) : null}
    </section>
  );
}

interface Card {
  readonly explanation: Explanation;
  readonly incident: Incident | undefined;
  readonly element: VNode;
}

/** Cards of which nothing changed stay the elements that they were: of many changes a second most concern a few. */
function useCards(): (explanation: Explanation, incident: Incident | undefined) => VNode {
  const cards = useRef(new Map<string, Card>());
  const before = cards.current;
  const shown = new Map<string, Card>();
  cards.current = shown;
  return (explanation, incident) => {
    const known = before.get(explanation.resource);
    const isSame = known?.explanation === explanation && known.incident === incident;
    const element = isSame ? (
      known.element
    ) : (
      <ResourceCard key={explanation.resource} explanation={explanation} incident={incident} />
    );
    shown.set(explanation.resource, { explanation, incident, element });
    return element;
  };
}
