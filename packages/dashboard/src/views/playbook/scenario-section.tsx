import { Button } from '../../components/button.tsx';
import type { Lived, Story } from '../../core-worker/messages.ts';
import { ProblemList } from './problem-list.tsx';
import { Source } from './source.tsx';
import { scenarioFile, type Trial } from './trial.ts';

const hrefOf = (line: number) => `#S${line}`;

/** A small world in which the playbook is lived, in the browser, and what came of it. */
export function ScenarioSection({ trial }: { readonly trial: Trial }) {
  const text = trial.scenario.value;
  const lived = trial.lived.value;
  return (
    <section aria-labelledby="scenario">
      <h2 id="scenario">What it would do</h2>
      <p class="playbook-tools faint">
        A scenario is a small world, what happens in it, and what is expected. It is lived here in virtual
        time, by the healer's own rules; nothing outside of this browser is touched.
      </p>
      {text === null ? null : (
        <Source
          name="S"
          label="Scenario"
          text={text}
          problems={lived === null ? [] : [...lived.problems.filter(isOfScenario), ...differencesIn(lived)]}
          onEdit={(changed) => trial.writeScenario(changed)}
        />
      )}
      <ScenarioButtons trial={trial} />
      <p class="playbook-verdict" role="status">
        {lived === null ? '' : sumOf(lived)}
      </p>
      {lived === null ? null : (
        <>
          <ProblemList
            problems={lived.problems}
            label="Why it cannot be lived"
            hrefOf={hrefOf}
            file={scenarioFile}
          />
          {lived.stories.map((story, index) => (
            <StoryTold key={index} story={story} />
          ))}
        </>
      )}
    </section>
  );
}

function ScenarioButtons({ trial }: { readonly trial: Trial }) {
  const isBusy = trial.isRunning.value;
  const cannot = isBusy ? 'At work …' : null;
  if (trial.scenario.value === null) {
    return (
      <p class="buttons">
        <Button disabledBecause={cannot} onClick={() => void trial.makeScenario()}>
          Write a scenario
        </Button>
      </p>
    );
  }
  return (
    <p class="buttons playbook-verdict">
      <Button kind="main" disabledBecause={cannot} onClick={() => void trial.run()}>
        Run the scenario
      </Button>
      {isBusy ? (
        <Button onClick={() => trial.stopRunning()}>Stop</Button>
      ) : (
        <Button kind="quiet" onClick={() => void trial.makeScenario()}>
          Write it anew
        </Button>
      )}
      {trial.isChanged.value ? <span class="reason">Under the text as you changed it.</span> : null}
    </p>
  );
}

function isOfScenario({ file }: Lived['problems'][number]): boolean {
  return file === scenarioFile;
}

function differencesIn(lived: Lived) {
  return lived.stories.flatMap(({ differences }) => differences);
}

function sumOf({ stories, problems }: Lived): string {
  if (stories.length === 0)
    return problems.length === 0 ? 'There is no scenario in it.' : 'It cannot be lived.';
  const judged = stories.filter(({ isJudged }) => isJudged);
  const differing = judged.filter(({ differences }) => differences.length > 0).length;
  const lives = stories.length === 1 ? 'It was lived' : `${stories.length} scenarios were lived`;
  if (judged.length === 0) return `${lives}; nothing was expected.`;
  if (differing === 0) return `${lives}: all is as expected.`;
  const what = stories.length === 1 ? 'it differs' : `${differing} of ${judged.length} differ`;
  return `${lives}: ${what} from what was expected.`;
}

function StoryTold({ story }: { readonly story: Story }) {
  return (
    <div class="playbook-story">
      <h3>{story.scenario}</h3>
      <ProblemList
        problems={story.differences.map((difference) => ({
          ...difference,
          message: `${difference.expectation}: ${expected(difference.text)}${difference.message}`,
          text: '',
        }))}
        word="Differs"
        label={`Where it differs: ${story.scenario}`}
        hrefOf={hrefOf}
      />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls by keys */}
      <section class="playbook-timeline" tabIndex={0} aria-label={`Timeline: ${story.scenario}`}>
        <ol>
          {story.timeline.map(({ offset, of, resource, type, text }, index) => (
            <li key={index} class={`playbook-moment${lookOf(of, type)}`}>
              <span class="playbook-moment-at">{offset}</span>
              <span>
                {resource === null ? null : <code>{resource}</code>} {text}
              </span>
            </li>
          ))}
        </ol>
      </section>
      {story.more === 0 ? null : <p class="hint">{story.more} more. `prunella simulate` tells them all.</p>}
    </div>
  );
}

function expected(text: string): string {
  return text === '' ? '' : `expected ${text}: `;
}

const deeds: ReadonlySet<string> = new Set(['attempt-dispatched', 'approval-requested', 'attempt-shadowed']);

function lookOf(of: 'healer' | 'world', type: string): string {
  if (of === 'world') return ' playbook-moment-world';
  return deeds.has(type) ? ' playbook-moment-deed' : '';
}
