import { useSignal } from '@preact/signals';
import { Button } from '../../components/button.tsx';
import { type Fleet, fleet } from '../../live/fleet.ts';
import { fleetSentence, needsPerson, type Question, questionsOf } from '../../text/fleet-sentence.ts';
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
  return <KnownFleet known={known} />;
}

function KnownFleet({ known }: { readonly known: Fleet }) {
  const questions = questionsOf(known.openIncidents);
  const asked = new Set(questions.map(({ incident }) => incident.resource));
  const sick = known.explanations.filter(({ state }) => state !== 'ok');
  const tone = sick.length === 0 ? 'well' : sick.some((each) => needsPerson(each, asked)) ? 'bad' : 'work';
  return (
    <article class="now">
      <h1 class={`sentence tone-${tone}`}>{fleetSentence(known.explanations, asked)}</h1>
      <Questions questions={questions} known={known} />
      <Sick known={known} asked={asked} />
      <RecentlyOver />
    </article>
  );
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
          explanation={known.explanations.find(({ resource }) => resource === question.incident.resource)}
        />
      ))}
    </section>
  );
}

function Sick({ known, asked }: { readonly known: Fleet; readonly asked: ReadonlySet<string> }) {
  const limit = useSignal(shownAtOnce);
  const sick = known.explanations.filter(({ state }) => state !== 'ok');
  if (sick.length === 0) return null;
  const ordered = [...sick].sort(
    (left, right) => Number(needsPerson(right, asked)) - Number(needsPerson(left, asked)),
  );
  const rest = ordered.length - limit.value;
  return (
    <section aria-labelledby="sick">
      <h2 id="sick">Not ok</h2>
      {ordered.slice(0, limit.value).map((explanation) => (
        <ResourceCard
          key={explanation.resource}
          explanation={explanation}
          incident={known.openIncidents.find(({ incident }) => incident === explanation.incident)}
        />
      ))}
      {rest <= 0 ? null : (
        <Button
          onClick={() => {
            limit.value += shownAtOnce;
          }}
        >
          {`Show ${Math.min(rest, shownAtOnce)} more of ${rest}`}
        </Button>
      )}
    </section>
  );
}
